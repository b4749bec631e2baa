-- When a letter was given to the mail server: from then on it is not given again, whatever became of it.
ALTER TABLE outbox ADD COLUMN mailed {number};
-- Kinds that the account does not want to be told of by mail, as bits.
ALTER TABLE users ADD COLUMN unmailed {number} NOT NULL DEFAULT 0;
