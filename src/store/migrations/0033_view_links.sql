-- Links that show a shared view to whoever holds them. A view without one is its members'.
CREATE TABLE view_links (
    id          {id},
    view        {number} NOT NULL UNIQUE REFERENCES views (id) ON DELETE CASCADE,
    token_hash  {bytes} NOT NULL UNIQUE,
    created     {number} NOT NULL,
    last_used   {number}
) {table};

-- 1: the member agrees that such a link shows strangers what the member shows to everyone.
ALTER TABLE view_members ADD COLUMN open {number} NOT NULL DEFAULT 0;
