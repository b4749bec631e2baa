-- Work that is done when its time has come, by whichever process finds it first.
CREATE TABLE jobs (
    id        {id},
    kind      {text} NOT NULL,
    subject   {number} NOT NULL,            -- the row of the kind's own table that it is about
    due       {number} NOT NULL,            -- not before; while it is claimed: when the claim ends
    claim     {number},                     -- drawn by whoever does it just now
    wake      {number},                     -- asked for while it was claimed: due again by then
    failures  {number} NOT NULL DEFAULT 0,  -- in a row
    UNIQUE (kind, subject)
) {table};
CREATE INDEX jobs_by_due ON jobs (due);
