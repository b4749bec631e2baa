-- When somebody is there at all (RFC 7953): the iCalendar text of CALDAV:calendar-availability, as it was given.

ALTER TABLE users ADD COLUMN availability {text};
