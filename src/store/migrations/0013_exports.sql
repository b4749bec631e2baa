-- Links that show an account's layers to whoever holds them.
CREATE TABLE exports (
    id            {id},
    user_id       {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label         {text} NOT NULL,
    token_hash    {bytes} NOT NULL UNIQUE,
    audience      {text} NOT NULL,          -- owner, friends, everyone, busy
    every_layer   {number} NOT NULL,        -- 1: those of export_layers do not count
    sorts         {number} NOT NULL,
    months_back   {number},                 -- neither: all of it
    months_ahead  {number},
    created       {number} NOT NULL,
    last_used     {number}
) {table};
CREATE INDEX exports_by_user ON exports (user_id);

CREATE TABLE export_layers (
    export  {number} NOT NULL REFERENCES exports (id) ON DELETE CASCADE,
    layer   {number} NOT NULL REFERENCES layers (id) ON DELETE CASCADE,
    PRIMARY KEY (export, layer)
) {keyed};
CREATE INDEX export_layers_by_layer ON export_layers (layer);
