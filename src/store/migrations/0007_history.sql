-- What items were before, who wrote them, and what was deleted: kept for a while, and brought back on demand.

ALTER TABLE items ADD COLUMN written_by   {number};  -- the account; none: nobody knows
ALTER TABLE items ADD COLUMN written_with {number};  -- its app password; none: the account's own
ALTER TABLE layers ADD COLUMN kept {number} NOT NULL DEFAULT 0;  -- bytes of what is kept of its items; a running sum

-- A version of an item that stands no longer. It is found by the layer that it goes with and its UID.
CREATE TABLE history (
    id            {id},
    layer         {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    stood_in      {number} NOT NULL,        -- the layer where it stood: another one when the item was moved since
    name          {text} NOT NULL,
    uid           {text} NOT NULL,
    component     {text} NOT NULL,
    tag           {text} NOT NULL,
    size          {number} NOT NULL,
    created       {number} NOT NULL,
    written       {number} NOT NULL,
    written_by    {number},
    written_with  {number},
    why           {text} NOT NULL,          -- overwritten, deleted, moved, taken (moved into somebody else's layer)
    gone          {number} NOT NULL,        -- 1: the item stands nowhere any more where its owner could find it
    at            {number} NOT NULL,        -- when it ceased to stand
    removed_by    {number},
    removed_with  {number},
    face          {bytes},                  -- who may see it, as it was set then
    body          {bytes} NOT NULL
) {table};
CREATE INDEX history_by_uid ON history (layer, uid);
CREATE INDEX history_gone ON history (layer, at) WHERE gone = 1;

-- Accounts and app passwords that are no more, for as long as history names them.
CREATE TABLE former_users (
    id     {number} NOT NULL PRIMARY KEY,
    name   {text} NOT NULL,
    ended  {number}                       -- none until the daily round has seen it
) {table};
CREATE TABLE former_app_passwords (
    id     {number} NOT NULL PRIMARY KEY,
    label  {text} NOT NULL,
    ended  {number}                       -- none until the daily round has seen it
) {table};

-- Layers in the trash: `name` is free again and holds a word that no layer can be called by.
ALTER TABLE layers ADD COLUMN deleted       {number};
ALTER TABLE layers ADD COLUMN deleted_by    {number};
ALTER TABLE layers ADD COLUMN deleted_with  {number};
ALTER TABLE layers ADD COLUMN former_name   {text};
CREATE INDEX layers_deleted ON layers (deleted) WHERE deleted IS NOT NULL;

-- How many items a device has deleted from a layer since its first deletion of late; app_password 0 is the account's own.
CREATE TABLE deletions (
    layer         {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    user_id       {number} NOT NULL,
    app_password  {number} NOT NULL,
    began         {number} NOT NULL,
    latest        {number} NOT NULL,
    stood         {number} NOT NULL,        -- items that the layer held when it began
    items         {number} NOT NULL,
    brake         {number},                 -- the mass deletion that these have been found to be
    PRIMARY KEY (layer, user_id, app_password)
) {keyed};

-- Mass deletions. What one device deleted from a layer from `began` to `ended` is kept until `held_until`.
CREATE TABLE brakes (
    id            {id},
    layer         {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    user_id       {number} NOT NULL,
    app_password  {number} NOT NULL,
    began         {number} NOT NULL,
    ended         {number} NOT NULL,
    held_until    {number} NOT NULL
) {table};
CREATE INDEX brakes_by_layer ON brakes (layer);

-- What an account is to be told when it looks.
CREATE TABLE notices (
    id       {id},
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at       {number} NOT NULL,
    kind     {text} NOT NULL,
    text     {text} NOT NULL,
    seen     {number}
) {table};
CREATE INDEX notices_by_user ON notices (user_id, at);
