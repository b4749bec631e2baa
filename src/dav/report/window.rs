//! `time-range` and its kin: two UTC date-times, either of which may be missing where the specification lets it
//! (RFC 4791 section 9.9).

use crate::dav::error::{Error, Result, VALID_FILTER};
use crate::dav::xml::Element;
use crate::ical::Window;

fn invalid() -> Error {
    Error::unmet(
        VALID_FILTER,
        "a time range is two UTC date-times, start before end (RFC 4791 section 9.9)",
    )
}

/// At least one side.
pub fn open(element: &Element) -> Result<Window> {
    let side = |name| {
        element
            .attribute(name)
            .map(|text| moment(text).ok_or_else(invalid))
            .transpose()
    };
    let window = Window {
        start: side("start")?,
        end: side("end")?,
    };
    match (window.start, window.end) {
        (None, None) => Err(invalid()),
        (Some(start), Some(end)) if start >= end => Err(invalid()),
        _ => Ok(window),
    }
}

/// Both sides.
pub fn closed(element: &Element) -> Result<Window> {
    open(element).and_then(|window| match (window.start, window.end) {
        (Some(_), Some(_)) => Ok(window),
        _ => Err(invalid()),
    })
}

/// `20060104T000000Z` in seconds since 1970.
pub fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = |from: usize, to: usize| -> Option<i16> {
        let part = text.get(from..to)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())?
    };
    if text.len() != 16 || text.get(8..9) != Some("T") || text.get(15..) != Some("Z") {
        return None;
    }
    let small = |from| digits(from, from + 2).and_then(|number| i8::try_from(number).ok());
    let date = jiff::civil::Date::new(digits(0, 4)?, small(4)?, small(6)?).ok()?;
    // A leap second counts as the one before it (RFC 5545 section 3.3.12).
    let time = jiff::civil::Time::new(small(9)?, small(11)?, small(13)?.min(59), 0).ok()?;
    let zoned = date
        .to_datetime(time)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?;
    Some(zoned.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::xml::parse;

    #[test]
    fn moments() {
        assert_eq!(moment("19700101T000000Z"), Some(0));
        assert_eq!(moment("20060104T000000Z"), Some(1_136_332_800));
        for wrong in [
            "",
            "20060104",
            "20060104T000000",
            "20061304T000000Z",
            "2006010４T00000Z",
            "20060104T250000Z",
            "+2060104T000000Z",
        ] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn ranges() {
        let read = |attributes: &str| {
            open(
                &parse(format!("<t {attributes}/>").as_bytes(), 1)
                    .unwrap()
                    .unwrap(),
            )
        };
        assert!(read("start=\"20060104T000000Z\"").is_ok());
        assert!(read("end=\"20060104T000000Z\"").is_ok());
        assert!(read("").is_err());
        assert!(read("start=\"20060104T000000Z\" end=\"20060104T000000Z\"").is_err());
        assert!(read("start=\"20060104\"").is_err());
    }
}
