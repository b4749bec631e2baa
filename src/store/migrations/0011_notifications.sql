-- What sharees and sharers are told of a share; the newest word of each.
CREATE TABLE notifications (
    id          {id},
    user_id     {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    share       {number} NOT NULL,
    other       {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,    -- who has shared, or has answered
    layer       {text} NOT NULL,                                              -- its name in the sharer's home
    message     {text} NOT NULL,                                              -- invited, changed, withdrawn; accepted, declined
    access      {text} NOT NULL,
    summary     {text},
    components  {text} NOT NULL,
    at          {number} NOT NULL
) {table};
CREATE UNIQUE INDEX notifications_once ON notifications (user_id, share);
CREATE INDEX notifications_by_other ON notifications (other);
