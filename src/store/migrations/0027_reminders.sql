-- Until when the account was told of its alarms, and the work that tells it of the next.
ALTER TABLE users ADD COLUMN reminded {number} NOT NULL DEFAULT 0;
INSERT INTO jobs (kind, subject, due) SELECT 'remind', id, 0 FROM users;
