-- Single items that an owner has handed to somebody to read.
CREATE TABLE handed (
    id       {id},
    item     {number} NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    layer    {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    owner    {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at       {number} NOT NULL,
    UNIQUE (item, user_id)
) {table};
CREATE INDEX handed_by_user ON handed (user_id, owner);
CREATE INDEX handed_by_layer ON handed (layer);
CREATE INDEX handed_by_owner ON handed (owner);
