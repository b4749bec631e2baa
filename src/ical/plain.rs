//! An event made from its parts, in one way only: equal parts give equal bytes.

use super::time::{DAY, write_date, write_date_time};
use super::write::Writer;
use super::{Zone, vtimezone};

/// What an event is to say. Times are UTC seconds; of one that takes whole days the midnights, as if they were in UTC.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'p> {
    pub uid: &'p str,
    /// DTSTAMP and, where it is known, LAST-MODIFIED.
    pub stamp: i64,
    pub modified: Option<i64>,
    pub start: i64,
    pub end: i64,
    pub all_day: bool,
    /// By which clock the times are told; `None`: in UTC.
    pub zone: Option<&'p Zone>,
    pub summary: &'p str,
    pub description: Option<&'p str>,
    pub location: Option<&'p str>,
    pub url: Option<&'p str>,
    pub status: Option<&'p str>,
    /// It takes no time.
    pub free: bool,
    /// Properties of ours, with their values as TEXT.
    pub own: &'p [(&'p str, &'p str)],
}

impl Plain<'_> {
    /// The calendar object (RFC 5545 section 3.4) with the event in it.
    pub fn to_text(&self) -> String {
        let zone = self.zone.filter(|_| !self.all_day);
        let zone = zone.filter(|zone| zone.id().is_some_and(|id| id != "UTC"));
        let mut out = Writer::new();
        out.calendar();
        if let Some(zone) = zone {
            out.lines(&vtimezone::component(zone, zone.id().unwrap_or_default()));
        }
        out.begin("VEVENT").text("UID", self.uid);
        out.raw("DTSTAMP", &utc(self.stamp));
        self.time(&mut out, "DTSTART", self.start, zone);
        let least = if self.all_day { DAY } else { 0 };
        if self.end > self.start + least {
            self.time(&mut out, "DTEND", self.end, zone);
        }
        out.text("SUMMARY", self.summary);
        for (name, value) in [
            ("DESCRIPTION", self.description),
            ("LOCATION", self.location),
        ] {
            if let Some(value) = value {
                out.text(name, value);
            }
        }
        for (name, value) in [("URL", self.url), ("STATUS", self.status)] {
            if let Some(value) = value {
                out.raw(name, value);
            }
        }
        if self.free {
            out.raw("TRANSP", "TRANSPARENT");
        }
        if let Some(modified) = self.modified {
            out.raw("LAST-MODIFIED", &utc(modified));
        }
        for (name, value) in self.own {
            out.text(name, value);
        }
        out.end("VEVENT").end("VCALENDAR");
        out.finish()
    }

    fn time(&self, out: &mut Writer, name: &str, at: i64, zone: Option<&Zone>) {
        if self.all_day {
            out.with(name, &[("VALUE", "DATE")], &write_date(at));
            return;
        }
        match zone.and_then(|zone| Some((zone.id()?, zone.to_wall(at), zone))) {
            // A clock that goes back shows a time twice, and what is written means the first.
            Some((id, wall, zone)) if zone.to_utc(wall) == at => {
                out.with(name, &[("TZID", id)], &write_date_time(wall));
            }
            _ => {
                out.raw(name, &utc(at));
            }
        }
    }
}

fn utc(at: i64) -> String {
    format!("{}Z", write_date_time(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::{Object, check};

    fn event<'p>() -> Plain<'p> {
        Plain {
            uid: "a",
            stamp: 0,
            modified: None,
            // 2026-10-25T00:30:00Z, half an hour before clocks in Berlin go back.
            start: 1_792_888_200,
            end: 1_792_891_800,
            all_day: false,
            zone: None,
            summary: "Line\none; two, three",
            description: None,
            location: None,
            url: Some("https://example.org/?a=1;b=2,3"),
            status: Some("TENTATIVE"),
            free: false,
            own: &[("X-STRATA-SENSITIVE", "TRUE")],
        }
    }

    #[test]
    fn says_its_parts_and_is_an_object() {
        let text = event().to_text();
        for line in [
            "UID:a\r\n",
            "DTSTART:20261025T003000Z\r\nDTEND:20261025T013000Z\r\n",
            "SUMMARY:Line\\none\\; two\\, three\r\n",
            "URL:https://example.org/?a=1;b=2,3\r\n",
            "STATUS:TENTATIVE\r\n",
            "X-STRATA-SENSITIVE:TRUE\r\n",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        let object = Object::parse(&bytes::Bytes::from(text)).expect("an object");
        check(&object, &Zone::utc()).expect("a valid one");
    }

    #[test]
    fn a_time_that_a_clock_shows_twice_is_told_in_utc() {
        let berlin = Zone::named("Europe/Berlin").expect("a zone");
        let text = Plain {
            zone: Some(&berlin),
            ..event()
        }
        .to_text();
        assert!(text.contains("BEGIN:VTIMEZONE"), "{text}");
        assert!(text.contains("DTSTART;TZID=Europe/Berlin:20261025T023000\r\n"));
        assert!(text.contains("DTEND:20261025T013000Z\r\n"), "{text}");
        let object = Object::parse(&bytes::Bytes::from(text)).expect("an object");
        let checked = check(&object, &Zone::utc()).expect("a valid one");
        assert_eq!(
            (checked.first, checked.last),
            (Some(1_792_888_200), Some(1_792_891_800))
        );
    }

    #[test]
    fn whole_days_are_dates() {
        let days = |end| {
            let day = Plain {
                start: 86_400,
                end,
                all_day: true,
                ..event()
            };
            day.to_text()
        };
        assert!(
            days(3 * 86_400)
                .contains("DTSTART;VALUE=DATE:19700102\r\nDTEND;VALUE=DATE:19700104\r\n")
        );
        assert!(!days(2 * 86_400).contains("DTEND"));
    }
}
