-- What a property says in plain text, where the server itself goes by it.
ALTER TABLE properties ADD COLUMN said {text};
