-- When a layer's own properties were changed last; 0: never since it was made.

ALTER TABLE layers ADD COLUMN updated {number} NOT NULL DEFAULT 0;
