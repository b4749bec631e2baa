-- Calendars of others. One source for all who subscribe to the same address.
CREATE TABLE sources (
    id        {id},
    digest    {bytes} NOT NULL UNIQUE,      -- of the whole address, under the key that seals it
    address   {bytes} NOT NULL,             -- sealed
    shown     {text} NOT NULL,              -- what of the address may be shown
    etag      {text},                       -- of the answer that was last taken in
    modified  {text},
    hash      {bytes},                      -- of its body
    version   {number} NOT NULL DEFAULT 0,  -- counts the bodies
    pause     {number},                     -- seconds that its publisher asks for
    created   {number} NOT NULL
) {table};

-- Who subscribes: a layer, filled from a source.
CREATE TABLE feeds (
    id         {id},
    layer      {number} NOT NULL UNIQUE REFERENCES layers (id) ON DELETE CASCADE,
    source     {number} NOT NULL REFERENCES sources (id),
    pause      {text} NOT NULL,             -- 15m, 1h, 6h, 1d
    status     {text} NOT NULL,             -- pending, ok, error
    error      {text},
    version    {number} NOT NULL DEFAULT 0, -- of the source, as far as it stands in the layer
    shrunk     {number},                    -- an answer came without most of what stands there
    tried      {number},
    succeeded  {number},
    asked      {number},                    -- when its owner last asked for a fetch
    refused    {number} NOT NULL DEFAULT 0, -- items of the last answer that were not taken
    reasons    {text} NOT NULL DEFAULT '',  -- of the first of them: line TAB reason TAB UID, one a line
    created    {number} NOT NULL,
    updated    {number} NOT NULL
) {table};
CREATE INDEX feeds_by_source ON feeds (source);
