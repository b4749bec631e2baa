-- How many minutes before it an account is reminded of what has no alarm of its own, by the sort of item or the kind of a
-- platform's records; of events their owners' devices say it, in default alarms. No row: what is usual.
CREATE TABLE default_reminders (
    user_id     {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind        {text} NOT NULL,
    minutes     {number},                               -- NULL: not at all
    PRIMARY KEY (user_id, kind)
) {keyed};
INSERT INTO jobs (kind, subject, due) SELECT 'remind', id, 0 FROM users WHERE id > 0 ON CONFLICT DO NOTHING;
