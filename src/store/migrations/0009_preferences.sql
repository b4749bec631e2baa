-- Does the account want calendars that it has switched off out of its home's listing?

ALTER TABLE users ADD COLUMN hide_disabled {number} NOT NULL DEFAULT 0;
