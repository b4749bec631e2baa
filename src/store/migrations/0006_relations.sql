-- What accounts are to each other: friends, sharees, delegates, strangers by choice.

-- Who may ask when an account is busy.
ALTER TABLE users ADD COLUMN free_busy_to {text} NOT NULL DEFAULT 'friends';

-- One row: the number that was given last to a relation that gives a right. None is ever given twice.
CREATE TABLE facts (
    id    {number} NOT NULL PRIMARY KEY,
    last  {number} NOT NULL
) {table};
INSERT INTO facts (id, last) VALUES (1, 0);

-- When somebody leaves a group and comes back, that is another membership.
ALTER TABLE members ADD COLUMN fact {number} NOT NULL DEFAULT 0;

-- One row a pair: `one` is the smaller id.
CREATE TABLE friendships (
    one       {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    other     {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    asked_by  {number} NOT NULL,
    asked     {number} NOT NULL,
    accepted  {number},                     -- when; not yet
    fact      {number} NOT NULL,
    PRIMARY KEY (one, other)
) {keyed};
CREATE INDEX friendships_by_other ON friendships (other);

CREATE TABLE blocks (
    blocker  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    blocked  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at       {number} NOT NULL,
    PRIMARY KEY (blocker, blocked)
) {keyed};
CREATE INDEX blocks_by_blocked ON blocks (blocked);

CREATE TABLE shares (
    id          {id},
    owner       {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    layer       {number} REFERENCES layers (id) ON DELETE CASCADE,    -- every layer of the home
    grantee     {text} NOT NULL,                                      -- user, group, friends, authenticated, all
    user_id     {number} REFERENCES users (id) ON DELETE CASCADE,
    group_id    {number} REFERENCES groups (id) ON DELETE CASCADE,
    access      {text} NOT NULL,                                      -- free-busy, read, read-write
    invitation  {text} NOT NULL,                                      -- none, invited, accepted, declined
    summary     {text},
    alarms      {text} NOT NULL,                                      -- none, owner, own
    fact        {number} NOT NULL,
    at          {number} NOT NULL
) {table};
-- An access rule and an invitation for the same grantee stand beside each other.
CREATE UNIQUE INDEX shares_once ON shares
    (owner, COALESCE(layer, 0), grantee, COALESCE(user_id, 0), COALESCE(group_id, 0), (invitation = 'none'));
CREATE INDEX shares_by_layer ON shares (layer);
CREATE INDEX shares_by_user ON shares (user_id);
CREATE INDEX shares_by_group ON shares (group_id);
CREATE INDEX shares_by_grantee ON shares (grantee, owner);

-- Who acts for somebody in all their calendars.
CREATE TABLE proxies (
    id        {id},
    owner     {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_id   {number} REFERENCES users (id) ON DELETE CASCADE,
    group_id  {number} REFERENCES groups (id) ON DELETE CASCADE,
    write     {number} NOT NULL,
    fact      {number} NOT NULL
) {table};
CREATE UNIQUE INDEX proxies_once ON proxies (owner, write, COALESCE(user_id, 0), COALESCE(group_id, 0));
CREATE INDEX proxies_by_user ON proxies (user_id);
CREATE INDEX proxies_by_group ON proxies (group_id);
