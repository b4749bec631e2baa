-- Invitations to shared views are told like those to calendars, with what people wrote; and which layer it is about.
ALTER TABLE notifications ADD COLUMN view {number} NOT NULL DEFAULT 0;            -- 0: about a share, which is 0 else
ALTER TABLE notifications ADD COLUMN source {number} NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN epoch {number} NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD COLUMN comment {text};
UPDATE notifications SET source = COALESCE((SELECT s.layer FROM shares s WHERE s.id = notifications.share), 0);
UPDATE notifications SET epoch = COALESCE((SELECT l.epoch FROM layers l WHERE l.id = notifications.source), 0);
-- Many answer the invitations to one view.
DROP INDEX notifications_once;
CREATE UNIQUE INDEX notifications_once ON notifications (user_id, share, view, other);
