-- With which time zone data the times of items were reckoned: one row, none while there is nothing to reckon anew.

CREATE TABLE zone_data (
    id      {number} NOT NULL PRIMARY KEY,
    version {text} NOT NULL
) {table};
