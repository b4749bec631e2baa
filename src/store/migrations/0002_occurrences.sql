-- When items take place, so that a question about a month reads an index alone.

-- The part of time that the rows of an item are complete for: all of it for one without a rule, none for one whose
-- occurrences are too many to keep.
ALTER TABLE items ADD COLUMN known_from  {number} NOT NULL DEFAULT 0;
ALTER TABLE items ADD COLUMN known_until {number} NOT NULL DEFAULT 0;

-- Short and long ones apart: among the short ones those that touch a window begin at most that length before it.
CREATE TABLE occurrences (
    layer      {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    component  {text} NOT NULL,
    long       {number} NOT NULL,
    first_at   {number} NOT NULL,
    item       {number} NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    last_at    {number} NOT NULL,
    bar        {text} NOT NULL,             -- how the time is taken up: busy, tentative, free, cancelled
    PRIMARY KEY (layer, component, long, first_at, item, bar)
) {keyed};
CREATE INDEX occurrences_by_item ON occurrences (item, first_at, last_at);

DROP INDEX items_by_window;
CREATE INDEX items_in_part ON items (layer, component, last_at) WHERE known_until < 9223372036854775807;
CREATE INDEX items_by_reach ON items (known_until) WHERE known_from < known_until AND known_until < 9223372036854775807;
