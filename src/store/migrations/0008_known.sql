-- Which items a window asks for beyond their rows: the few whose rows end before it does or begin after it.

DROP INDEX items_in_part;
CREATE INDEX items_known_until ON items (layer, component, known_until) WHERE known_until < 9223372036854775807;
CREATE INDEX items_known_from ON items (layer, component, known_from) WHERE known_from > -9223372036854775807;
