//! A moment as a property writes it: a time, and the name that the text has for its zone.

use super::super::component::Property;
use super::super::time::{DAY, Form, Time, write_date, write_date_time};
use super::super::value::encode_parameter;
use super::super::{ParseError, Zone, Zones};

/// A time with the TZID that it is written with.
#[derive(Clone, Debug)]
pub struct Moment {
    pub time: Time,
    /// Of a local time; also one that names no zone we know, which is then floating.
    pub tzid: Option<String>,
}

impl Moment {
    /// A day, by its midnight.
    pub fn date(wall: i64) -> Self {
        let wall = wall.div_euclid(DAY) * DAY;
        Self::of(wall, Form::Date)
    }

    pub fn floating(wall: i64) -> Self {
        Self::of(wall, Form::Floating)
    }

    pub fn utc(instant: i64) -> Self {
        Self::of(instant, Form::Utc)
    }

    /// A local time; `None`: there is no such zone. UTC is written as UTC.
    pub fn zoned(wall: i64, tzid: &str) -> Option<Self> {
        let zone = Zone::named(tzid)?;
        // What everybody knows is written as everybody knows it.
        let name = match zone.id() {
            Some("UTC") | None => return Some(Self::utc(wall)),
            Some(id) => id.to_owned(),
        };
        Some(Self {
            time: Time {
                wall,
                form: Form::Zoned(zone),
            },
            tzid: Some(name),
        })
    }

    fn of(wall: i64, form: Form) -> Self {
        let time = Time { wall, form };
        Self { time, tzid: None }
    }

    /// What a property says.
    pub fn read(property: &Property<'_>, zones: &Zones<'_>) -> Result<Self, ParseError> {
        let time = zones.time(property)?;
        let tzid = match time.form {
            Form::Date | Form::Utc => None,
            Form::Floating | Form::Zoned(_) => property.parameter("TZID"),
        };
        Ok(Self {
            tzid: tzid.map(|tzid| tzid.into_owned()),
            time,
        })
    }

    #[must_use]
    pub fn at(&self, wall: i64) -> Self {
        let wall = match self.time.form {
            Form::Date => wall.div_euclid(DAY) * DAY,
            _ => wall,
        };
        Self {
            time: self.time.at(wall),
            tzid: self.tzid.clone(),
        }
    }

    #[must_use]
    pub fn at_instant(&self, instant: i64, zone: &Zone) -> Self {
        Self {
            time: self.time.at_instant(instant, zone),
            tzid: self.tzid.clone(),
        }
    }

    /// What its zone is called; `None`: it has none, it is a day or the time of wherever one is.
    pub fn zone_name(&self) -> Option<&str> {
        match &self.time.form {
            Form::Utc => Some("UTC"),
            Form::Zoned(zone) => zone.id().or(self.tzid.as_deref()),
            Form::Date | Form::Floating => None,
        }
    }

    /// Seconds east of UTC, where it has a zone.
    pub fn offset(&self) -> Option<i64> {
        match &self.time.form {
            Form::Utc => Some(0),
            Form::Zoned(zone) => Some(zone.offset(zone.to_utc(self.time.wall))),
            Form::Date | Form::Floating => None,
        }
    }

    pub fn is_date(&self) -> bool {
        self.time.is_date()
    }

    /// Is it written on the same clock?
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let forms = (&self.time.form, &other.time.form);
        let alike = matches!(
            forms,
            (Form::Date, Form::Date)
                | (Form::Utc, Form::Utc)
                | (Form::Floating, Form::Floating)
                | (Form::Zoned(_), Form::Zoned(_))
        );
        alike && self.tzid == other.tzid
    }

    /// With the semicolon before the first.
    pub(super) fn parameters(&self) -> String {
        match (&self.time.form, &self.tzid) {
            (Form::Date, _) => ";VALUE=DATE".to_owned(),
            (Form::Floating | Form::Zoned(_), Some(tzid)) => {
                format!(";TZID={}", encode_parameter(tzid))
            }
            _ => String::new(),
        }
    }

    pub(super) fn value(&self) -> String {
        match self.time.form {
            Form::Date => write_date(self.time.wall),
            Form::Utc => write_date_time(self.time.wall) + "Z",
            Form::Floating | Form::Zoned(_) => write_date_time(self.time.wall),
        }
    }

    /// As UNTIL of a rule that counts from here: "the same value type as DTSTART", in UTC where that has a zone
    /// (RFC 5545 section 3.3.10).
    pub(super) fn until(&self, wall: i64) -> String {
        match &self.time.form {
            Form::Date => write_date(wall),
            Form::Floating => write_date_time(wall),
            Form::Utc => write_date_time(wall) + "Z",
            Form::Zoned(zone) => write_date_time(zone.to_utc(wall)) + "Z",
        }
    }
}
