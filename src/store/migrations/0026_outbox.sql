-- What accounts are told. No words of items stand here: they are read with the rights that the reader has by then.
CREATE TABLE outbox (
    id          {id},
    name        {text} NOT NULL UNIQUE,                 -- drawn; what programs call it
    user_id     {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind        {text} NOT NULL,
    once        {text} NOT NULL,                        -- what of an account's is told once
    other       {number} REFERENCES users (id) ON DELETE CASCADE,       -- whose doing it is
    view        {number} REFERENCES views (id) ON DELETE CASCADE,
    item        {number} REFERENCES items (id) ON DELETE CASCADE,
    occurrence  {text},                                 -- its RECURRENCE-ID
    at          {number} NOT NULL,
    seen        {number},                               -- when it was read
    called      {number},                               -- when the webhook had it
    UNIQUE (user_id, once)
) {table};
CREATE INDEX outbox_by_user ON outbox (user_id, at, name);
CREATE INDEX outbox_by_age ON outbox (at);
CREATE INDEX outbox_by_other ON outbox (other);
CREATE INDEX outbox_by_view ON outbox (view);
CREATE INDEX outbox_by_item ON outbox (item);

-- Kinds that the account does not want to be told of, as bits.
ALTER TABLE users ADD COLUMN muted {number} NOT NULL DEFAULT 0;
