-- What sharees keep for themselves on items of a layer that is shared with them; the item's owner has no part in it.
CREATE TABLE overlays (
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    layer    {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    item     {number} NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    number   {number} NOT NULL,          -- of the sharee's own changes in this layer
    hash     {bytes} NOT NULL,
    body     {bytes} NOT NULL,           -- empty: there was something once
    at       {number} NOT NULL,
    PRIMARY KEY (user_id, item)
) {table};
CREATE INDEX overlays_by_number ON overlays (user_id, layer, number);
CREATE INDEX overlays_by_item ON overlays (item);
CREATE INDEX overlays_by_layer ON overlays (layer);

CREATE TABLE overlay_numbers (
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    layer    {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    number   {number} NOT NULL,
    PRIMARY KEY (user_id, layer)
) {keyed};
CREATE INDEX overlay_numbers_by_layer ON overlay_numbers (layer);

-- Which alarms a sharee wants on the items of a mounted share: none, owner, own.
ALTER TABLE layers ADD COLUMN alarms {text} NOT NULL DEFAULT 'none';
