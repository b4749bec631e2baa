-- When a view was changed last: its name, its description, or what it includes.

ALTER TABLE views ADD COLUMN updated {number} NOT NULL DEFAULT 0;
UPDATE views SET updated = created;
