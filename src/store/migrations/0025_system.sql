-- What a platform shows of its own in its users' calendars. Items of these layers are never kept: a row of `items` without a text
-- is what sync needs of one, and says neither a word nor a time.

ALTER TABLE layers ADD COLUMN system_kind {text};
-- Not to be seen for now: 1 as its owner wants it, 2 as its kind is switched off for all; both together.
ALTER TABLE layers ADD COLUMN hidden {number} NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX layers_of_system ON layers (owner, system_kind) WHERE system_kind IS NOT NULL;

-- How often the records of a kind have changed.
CREATE TABLE record_kinds (
    kind    {text} NOT NULL PRIMARY KEY,
    number  {number} NOT NULL
) {table};

-- Records that a platform has written. Of sensitive ones the words were never taken in.
CREATE TABLE records (
    id           {id},
    kind         {text} NOT NULL,
    record       {text} NOT NULL,           -- the platform's own name of it
    owner        {number} REFERENCES users (id) ON DELETE CASCADE,    -- none: everybody
    start_at     {number} NOT NULL,
    end_at       {number} NOT NULL,
    all_day      {number} NOT NULL,
    zone         {text},
    title        {text},
    description  {text},
    location     {text},
    url          {text},
    status       {text} NOT NULL,           -- confirmed, tentative, cancelled
    sensitive    {number} NOT NULL,
    updated      {number} NOT NULL
) {table};
CREATE UNIQUE INDEX records_by_name ON records (kind, record);
CREATE INDEX records_by_owner ON records (kind, owner);
CREATE INDEX records_of_account ON records (owner);
