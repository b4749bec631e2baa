-- Which items the last answer of a source lacked, name by name: what goes was lacking twice.
ALTER TABLE feeds DROP COLUMN shrunk;
ALTER TABLE feeds ADD COLUMN missing TEXT NOT NULL DEFAULT '';
