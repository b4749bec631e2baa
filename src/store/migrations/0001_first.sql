-- Accounts, layers, items and what changed in them.
-- {id} {number} {text} {bytes} {table} {keyed} are replaced by each engine's own words.

CREATE TABLE users (
    id            {id},
    name          {text} NOT NULL UNIQUE,
    folded_name   {text} NOT NULL UNIQUE,   -- ASCII letters in lower case: no two accounts differ by case alone
    display_name  {text} NOT NULL,
    kind          {text} NOT NULL,
    admin         {number} NOT NULL,
    disabled      {number} NOT NULL DEFAULT 0,
    timezone      {text},
    epoch         {number} NOT NULL DEFAULT 0,
    created       {number} NOT NULL,
    password_hash {text} NOT NULL
) {table};

CREATE TABLE addresses (
    user_id  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place    {number} NOT NULL,             -- 0: the preferred one
    address  {text} NOT NULL,
    folded   {text} NOT NULL UNIQUE,
    PRIMARY KEY (user_id, place)
) {keyed};

CREATE TABLE groups (
    id            {id},
    name          {text} NOT NULL UNIQUE,
    folded_name   {text} NOT NULL UNIQUE,
    display_name  {text} NOT NULL
) {table};

CREATE TABLE members (
    group_id  {number} NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id   {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) {keyed};
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE layers (
    id            {id},
    owner         {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          {text} NOT NULL,
    kind          {text} NOT NULL,
    display_name  {text} NOT NULL,
    color         {text},
    place         {number},
    visibility    {text} NOT NULL,
    enabled       {number} NOT NULL,
    description   {text},
    timezone      {text},
    timezone_id   {text},
    components    {text} NOT NULL,
    transparent   {number} NOT NULL,
    created       {number} NOT NULL,
    number        {number} NOT NULL DEFAULT 0,   -- of the last change; drawn while this row is locked
    revision      {number} NOT NULL DEFAULT 0,
    epoch         {number} NOT NULL,
    items         {number} NOT NULL DEFAULT 0,   -- running sums for the quota
    bytes         {number} NOT NULL DEFAULT 0,
    horizon       {number} NOT NULL DEFAULT 0,   -- tombstones at or below it have been swept
    UNIQUE (owner, name)
) {table};

-- Names that a layer once had and has no more: it was deleted or renamed.
CREATE TABLE gone_layers (
    owner  {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    layer  {number} NOT NULL,
    name   {text} NOT NULL,
    at     {number} NOT NULL,
    changes  {number} NOT NULL,             -- number + revision of the layer from which on it no longer had the name
    PRIMARY KEY (owner, layer, name)
) {keyed};

CREATE TABLE app_passwords (
    id           {id},
    user_id      {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label        {text} NOT NULL,
    secret_hash  {bytes} NOT NULL,
    created      {number} NOT NULL,
    last_used    {number},
    expires      {number},
    read_only    {number} NOT NULL,
    all_layers   {number} NOT NULL,
    UNIQUE (user_id, secret_hash)
) {table};

CREATE TABLE app_password_layers (
    app_password  {number} NOT NULL REFERENCES app_passwords (id) ON DELETE CASCADE,
    layer         {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    PRIMARY KEY (app_password, layer)
) {keyed};
CREATE INDEX app_password_layers_by_layer ON app_password_layers (layer);

-- Everything here but the names is an index over the text; first_at and last_at are the ends of time where a span is open.
CREATE TABLE items (
    id         {id},
    layer      {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    name       {text} NOT NULL,
    uid        {text} NOT NULL,
    component  {text} NOT NULL,
    tag        {text} NOT NULL,
    size       {number} NOT NULL,
    first_at   {number} NOT NULL,
    last_at    {number} NOT NULL,
    number     {number} NOT NULL,
    created    {number} NOT NULL,
    modified   {number} NOT NULL
) {table};
CREATE UNIQUE INDEX items_by_name ON items (layer, name);
CREATE UNIQUE INDEX items_by_uid ON items (layer, uid);
CREATE UNIQUE INDEX items_by_number ON items (layer, number);
CREATE INDEX items_by_window ON items (layer, component, last_at, first_at);

-- What the client sent. Apart from the index, so that a listing does not read it.
CREATE TABLE texts (
    item  {number} NOT NULL PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    body  {bytes} NOT NULL
) {table};

-- Names that were deleted: the newest deletion of each, until the name lives again.
CREATE TABLE tombstones (
    layer   {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    name    {text} NOT NULL,
    number  {number} NOT NULL,
    at      {number} NOT NULL,
    PRIMARY KEY (layer, name)
) {keyed};
CREATE UNIQUE INDEX tombstones_by_number ON tombstones (layer, number);
CREATE INDEX tombstones_by_age ON tombstones (at);

-- Dead properties. `layer` is set for layers and items: their properties go with the layer.
CREATE TABLE properties (
    subject     {text} NOT NULL,            -- user, home, layer, item
    subject_id  {number} NOT NULL,
    layer       {number} REFERENCES layers (id) ON DELETE CASCADE,
    namespace   {text} NOT NULL,
    name        {text} NOT NULL,
    xml         {text} NOT NULL,
    PRIMARY KEY (subject, subject_id, namespace, name)
) {table};
CREATE INDEX properties_by_layer ON properties (layer, subject);
