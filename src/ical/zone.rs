//! Time zones: what a TZID means, and wall clocks to UTC and back (RFC 5545 sections 3.2.19, 3.3.5 and 3.6.5).
//!
//! A TZID that names an IANA zone means that zone, whatever a VTIMEZONE beside it says: embedded rules are copies that
//! age, and contradict the zone they name mostly because the law has changed since.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::rules::Rules;
use super::time::{FIRST, LAST, civil};
use super::vtimezone::{self, Observance};
use super::{Object, ParseError, Window, windows, zone_data};

/// A time zone. Cheap to clone.
#[derive(Clone)]
pub struct Zone(Kind);

#[derive(Clone)]
enum Kind {
    /// Of the tz database.
    Known(TimeZone),
    /// A VTIMEZONE with rules of its own.
    Own(Arc<Rules>),
}

impl Zone {
    pub fn utc() -> Self {
        Self(Kind::Known(TimeZone::UTC))
    }

    /// An IANA name in any case, a Windows name, a name with a vendor's prefix.
    pub fn named(tzid: &str) -> Option<Self> {
        let tzid = tzid.trim().trim_matches('"').trim();
        Self::iana(tzid)
            .or_else(|| windows::to_iana(tzid).and_then(Self::iana))
            .or_else(|| vendor(tzid).into_iter().find_map(Self::iana))
    }

    fn iana(name: &str) -> Option<Self> {
        if ["UTC", "Z", "GMT", "Etc/UTC"]
            .iter()
            .any(|utc| utc.eq_ignore_ascii_case(name))
        {
            return Some(Self::utc());
        }
        zone_data::known(name).map(|zone| Self(Kind::Known(zone)))
    }

    pub(super) fn of_rules(rules: Rules) -> Self {
        Self(Kind::Own(Arc::new(rules)))
    }

    /// The first VTIMEZONE of an iCalendar text (`CALDAV:calendar-timezone`): its TZID as a known name, else its own
    /// rules (RFC 4791 section 5.2.2).
    pub fn from_icalendar(text: &[u8]) -> Result<Self, ParseError> {
        Self::named_in(text).map(|(_, zone)| zone)
    }

    /// The same with the TZID that the text gives it.
    pub fn named_in(text: &[u8]) -> Result<(String, Self), ParseError> {
        let object = Object::parse(&Bytes::copy_from_slice(text))?;
        let zone = object
            .components()
            .find(|component| component.is("VTIMEZONE"))
            .ok_or_else(|| {
                object
                    .calendar()
                    .error("there is no VTIMEZONE in this calendar")
            })?;
        let tzid = zone
            .property("TZID")
            .ok_or_else(|| zone.error("this VTIMEZONE has no TZID"))?;
        let tzid = tzid.text().into_owned();
        let meant = match Self::named(&tzid) {
            Some(known) => known,
            None => Self::of_rules(Rules::read(&zone)?),
        };
        Ok((tzid, meant))
    }

    /// The IANA name, where there is one.
    pub fn id(&self) -> Option<&str> {
        match &self.0 {
            Kind::Known(zone) => zone.iana_name(),
            Kind::Own(_) => None,
        }
    }

    /// An iCalendar text with one VTIMEZONE.
    pub fn to_icalendar(&self) -> String {
        vtimezone::calendar(self)
    }

    /// The same for the moments of a window, under a name of the caller's choice (RFC 7808 section 5.3). A side that is
    /// open goes as far as the data does.
    pub fn to_icalendar_within(&self, tzid: &str, window: Window) -> String {
        vtimezone::calendar_within(self, tzid, window)
    }

    /// What the clock does between two instants, beginning with what holds at the first (RFC 7808 section 5.4). Nothing
    /// for a zone that only a VTIMEZONE knows.
    pub fn observances(&self, start: i64, end: i64) -> impl Iterator<Item = Observance> {
        vtimezone::observances(self, start, end)
    }

    /// The VTIMEZONE under a name of the caller's choice, without a word of who wrote it.
    pub(super) fn to_component(&self, tzid: &str) -> String {
        match &self.0 {
            Kind::Known(_) => vtimezone::component(self, tzid),
            Kind::Own(rules) => rules.to_icalendar(tzid),
        }
    }

    /// Do both come from the same place?
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Own(rules), Kind::Own(others)) => Arc::ptr_eq(rules, others),
            (Kind::Known(zone), Kind::Known(other)) => zone == other,
            _ => false,
        }
    }

    pub(super) fn known(&self) -> Option<&TimeZone> {
        match &self.0 {
            Kind::Known(zone) => Some(zone),
            Kind::Own(_) => None,
        }
    }

    pub(super) fn own(&self) -> Option<&Rules> {
        match &self.0 {
            Kind::Known(_) => None,
            Kind::Own(rules) => Some(rules),
        }
    }

    /// UTC seconds of a moment on the wall clock. One that is skipped is read with the offset before the gap; of one
    /// that occurs twice the first is meant (RFC 5545 section 3.3.5).
    pub fn to_utc(&self, wall: i64) -> i64 {
        match &self.0 {
            Kind::Known(zone) => {
                let ambiguous = zone.to_ambiguous_timestamp(civil(wall));
                ambiguous.compatible().map_or_else(
                    |_| wall.clamp(FIRST, LAST) - self.offset(wall),
                    Timestamp::as_second,
                )
            }
            Kind::Own(rules) => rules.to_utc(wall),
        }
    }

    /// The wall clock at a moment.
    pub fn to_wall(&self, utc: i64) -> i64 {
        utc.saturating_add(self.offset(utc))
    }

    /// Seconds east of UTC at a moment.
    pub fn offset(&self, utc: i64) -> i64 {
        match &self.0 {
            Kind::Known(zone) => Timestamp::from_second(utc.clamp(FIRST, LAST))
                .map(|moment| zone.to_offset(moment))
                .unwrap_or_else(|_| zone.to_offset(Timestamp::MAX))
                .seconds()
                .into(),
            Kind::Own(rules) => rules.offset(utc),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id().unwrap_or("a VTIMEZONE"))
    }
}

/// What may be the IANA name in `/freeassociation.sourceforge.net/Tzfile/Europe/Vienna`,
/// `/mozilla.org/20050126_1/Europe/Berlin`, `/citadel.org/20211207_1/Europe/Paris`, `/America/New_York` and the like:
/// every tail of a name that calls itself globally unique with its solidus (RFC 5545 section 3.2.19), the longest first.
fn vendor(tzid: &str) -> Vec<&str> {
    if tzid.eq_ignore_ascii_case("tzone://Microsoft/Utc") {
        return vec!["UTC"];
    }
    if !tzid.starts_with('/') {
        return Vec::new();
    }
    tzid.match_indices('/')
        .take(8)
        .filter_map(|(at, _)| tzid.get(at + 1..))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::time::Written;

    fn wall(text: &str) -> i64 {
        match Written::parse(text) {
            Some(Written::Date(wall) | Written::Local(wall) | Written::Utc(wall)) => wall,
            None => panic!("{text}"),
        }
    }

    #[test]
    fn names_of_many_makers() {
        for (tzid, id) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("\"Europe/Berlin\"", "Europe/Berlin"),
            ("UTC", "UTC"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("eastern standard time", "America/New_York"),
            ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
            (
                "(GMT-05:00) Eastern Time (US and Canada)",
                "America/New_York",
            ),
            (
                "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
                "Europe/Berlin",
            ),
            ("(UTC+07:00) Bangkok, Hanoi, Jakarta", "Asia/Bangkok"),
            (
                "/freeassociation.sourceforge.net/Tzfile/Europe/Vienna",
                "Europe/Vienna",
            ),
            (
                "/freeassociation.sourceforge.net/Europe/Vienna",
                "Europe/Vienna",
            ),
            (
                "/mozilla.org/20050126_1/America/Argentina/Buenos_Aires",
                "America/Argentina/Buenos_Aires",
            ),
            ("/citadel.org/20211207_1/Europe/Paris", "Europe/Paris"),
            (
                "/softwarestudio.org/Olson_20011030_5/America/New_York",
                "America/New_York",
            ),
            ("tzone://Microsoft/Utc", "UTC"),
        ] {
            assert_eq!(
                Zone::named(tzid).as_ref().and_then(Zone::id),
                Some(id),
                "{tzid}"
            );
        }
        for unknown in [
            "",
            "Nowhere/Middle",
            "Customized Time Zone 1",
            "../../etc/passwd",
            "/",
            "Etc/Unknown",
            "tzone://Microsoft/Custom",
        ] {
            assert!(Zone::named(unknown).is_none(), "{unknown}");
        }
    }

    /// The examples of RFC 5545 section 3.3.5.
    #[test]
    fn gaps_and_folds() {
        let new_york = Zone::named("America/New_York").expect("a zone");
        assert_eq!(
            new_york.to_utc(wall("20071104T013000")),
            wall("20071104T053000Z")
        );
        assert_eq!(
            new_york.to_utc(wall("20070311T023000")),
            wall("20070311T073000Z")
        );
        assert_eq!(
            new_york.to_wall(wall("20070311T073000Z")),
            wall("20070311T033000")
        );
        assert_eq!(new_york.to_utc(FIRST), FIRST + 17_762);
    }

    /// Found by fuzzing.
    #[test]
    fn no_moment_is_too_far_away() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETFROM:+0200\n\
            TZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR";
        let own = Zone::from_icalendar(text.as_bytes()).expect("a zone");
        for moment in [i64::MIN, FIRST, LAST, i64::MAX] {
            let _ = (own.to_utc(moment), own.to_wall(moment));
        }
        assert_eq!(own.offset(i64::MIN), 7200);
        assert_eq!(own.offset(i64::MAX), 3600);
    }

    #[test]
    fn british_columbia_keeps_daylight_time_since_2026() {
        let vancouver = Zone::named("America/Vancouver").expect("a zone");
        assert_eq!(vancouver.offset(wall("20261215")), -7 * 3600);
    }
}
