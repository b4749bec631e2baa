-- Shared views: calendars in which several people's layers come together.

CREATE TABLE views (
    id           {id},
    owner        {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         {text} NOT NULL,
    description  {text},
    mode         {text} NOT NULL,           -- manual, role-based
    includes     {text} NOT NULL,           -- which layers, words with commas between
    created      {number} NOT NULL
) {table};
CREATE INDEX views_by_owner ON views (owner);

-- Whose accounts a role-based view includes.
CREATE TABLE view_groups (
    view      {number} NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    group_id  {number} NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (view, group_id)
) {keyed};
CREATE INDEX view_groups_by_group ON view_groups (group_id);

CREATE TABLE view_members (
    view      {number} NOT NULL REFERENCES views (id) ON DELETE CASCADE,
    user_id   {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state     {text} NOT NULL,              -- invited, accepted, declined, left
    place     {number},                     -- in the order of joining; not yet
    color     {text},                       -- the member's own choice
    consent   {text} NOT NULL,              -- to which of the layers that the view includes
    at        {number} NOT NULL,
    PRIMARY KEY (view, user_id)
) {keyed};
CREATE INDEX view_members_by_user ON view_members (user_id);
