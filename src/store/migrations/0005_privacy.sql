-- Who sees what of a layer, and what a layer in one home shows of another.

-- What the row shows instead of items of its own: a share, a friend's calendar, a shared view. It stands in its viewer's home, with the
-- viewer's own name, colour and order.
ALTER TABLE layers ADD COLUMN mount_kind {text};
ALTER TABLE layers ADD COLUMN mount_id   {number};
CREATE INDEX layers_by_mount ON layers (mount_kind, mount_id) WHERE mount_kind IS NOT NULL;

-- Counts changes to the rules by which others see the layer: what they were told before is no longer the base of anything.
ALTER TABLE layers ADD COLUMN rules      {number} NOT NULL DEFAULT 0;
-- Is it kept what delegates see? From the first share on.
ALTER TABLE layers ADD COLUMN shared     {number} NOT NULL DEFAULT 0;

-- What the rules need to know of an item, packed, so that a listing for others reads no text (src/model/face.rs). NULL: not
-- reckoned yet, and there for its owner alone.
ALTER TABLE items ADD COLUMN face {bytes};

-- What changed for a class of viewers, for each item that the class could ever see. Numbers are the class's own: what it does not see
-- draws none.
CREATE TABLE audiences (
    layer         {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    class         {number} NOT NULL,
    item          {number} NOT NULL,        -- of items, which may have gone
    name          {text} NOT NULL,
    number        {number} NOT NULL,
    at            {number} NOT NULL,
    whole_until   {number} NOT NULL DEFAULT 0,   -- the change with which it ceased to be seen under its own name
    masked_until  {number} NOT NULL DEFAULT 0,   -- the same of its masked one
    PRIMARY KEY (layer, class, item)
) {keyed};
CREATE INDEX audiences_by_number ON audiences (layer, class, number);
CREATE INDEX audiences_by_age ON audiences (at);

-- How far a class has come.
CREATE TABLE layer_audiences (
    layer    {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    class    {number} NOT NULL,
    number   {number} NOT NULL,
    horizon  {number} NOT NULL DEFAULT 0,   -- what vanished at or below it has been forgotten
    PRIMARY KEY (layer, class)
) {keyed};

-- Keys of this server, drawn when they are first needed: one for each purpose.
CREATE TABLE secrets (
    purpose  {text} NOT NULL PRIMARY KEY,
    key      {bytes} NOT NULL
) {table};

-- What stands here already is reckoned anew, and gets its faces with it.
DELETE FROM zone_data;
