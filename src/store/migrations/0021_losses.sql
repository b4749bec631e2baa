-- Mass losses: not only deletions, but items that are moved away or overwritten, and whole layers.

DROP TABLE deletions;  -- counts of the last minutes

-- How many items one device has taken from a layer, or overwritten there, since it first did of late; app_password 0 is the
-- account's own.
CREATE TABLE losses (
    layer         {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    user_id       {number} NOT NULL,
    app_password  {number} NOT NULL,
    kind          {text} NOT NULL,          -- gone (deleted or moved away), overwritten
    began         {number} NOT NULL,
    latest        {number} NOT NULL,
    stood         {number} NOT NULL,        -- items that the layer held when it began
    items         {number} NOT NULL,
    brake         {number},                 -- the mass loss that these have been found to be
    PRIMARY KEY (layer, user_id, app_password, kind)
) {keyed};

ALTER TABLE brakes ADD COLUMN kind {text} NOT NULL DEFAULT 'gone';
ALTER TABLE brakes ADD COLUMN since {number};  -- what was written later is not held; none: all of it is
ALTER TABLE layers ADD COLUMN held_until {number};  -- of one in the trash that went in a mass loss
