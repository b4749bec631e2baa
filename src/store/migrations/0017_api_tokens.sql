-- Tokens of programs, and the answers to what a program may send again.

CREATE TABLE api_tokens (
    id           {id},
    user_id      {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label        {text} NOT NULL,
    secret_hash  {bytes} NOT NULL,
    scopes       {text} NOT NULL,           -- words with commas between
    created      {number} NOT NULL,
    last_used    {number},
    expires      {number},
    -- With what it was made: it ends with that.
    by_token     {number} REFERENCES api_tokens (id) ON DELETE CASCADE,
    by_password  {number} REFERENCES app_passwords (id) ON DELETE CASCADE
) {table};
CREATE UNIQUE INDEX api_tokens_by_secret ON api_tokens (secret_hash);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);
CREATE INDEX api_tokens_by_token ON api_tokens (by_token);
CREATE INDEX api_tokens_by_password ON api_tokens (by_password);

-- What was answered to a request with an Idempotency-Key, in the transaction that did it.
CREATE TABLE answers (
    user_id   {number} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key       {bytes} NOT NULL,             -- a hash of it and of the credential
    request   {bytes} NOT NULL,             -- a hash of all that was asked
    at        {number} NOT NULL,
    status    {number} NOT NULL,
    location  {text},
    tag       {text},
    body      {bytes} NOT NULL,
    PRIMARY KEY (user_id, key)
) {keyed};
CREATE INDEX answers_by_time ON answers (at);
