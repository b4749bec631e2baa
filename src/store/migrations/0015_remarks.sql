-- What members of a shared view say about its days and items. A thread goes with its item.
CREATE TABLE comments (
    id       {id},
    view     {number} NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    date     {text} NOT NULL,               -- 2026-11-21
    item     {number} REFERENCES items (id) ON DELETE CASCADE,
    content  {text} NOT NULL,
    created  {number} NOT NULL
) {table};
CREATE INDEX comments_by_day ON comments (view, date, id);
CREATE INDEX comments_by_item ON comments (item);
CREATE INDEX comments_by_user ON comments (user_id);

CREATE TABLE reactions (
    id       {id},
    view     {number} NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    item     {number} NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    emoji    {text} NOT NULL,
    created  {number} NOT NULL,
    UNIQUE (view, item, user_id, emoji)
) {table};
CREATE INDEX reactions_by_item ON reactions (item);
CREATE INDEX reactions_by_user ON reactions (user_id);
