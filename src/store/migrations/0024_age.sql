-- Items of a layer in the order in which they came to be: how others see them listed.
CREATE INDEX items_by_age ON items (layer, id);
