-- Mass losses are told with everything else that accounts are told; their words stand in the notice.
ALTER TABLE outbox ADD COLUMN notice {number} REFERENCES notices (id) ON DELETE CASCADE;
CREATE INDEX outbox_by_notice ON outbox (notice);
