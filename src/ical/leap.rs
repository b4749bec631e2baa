//! Leap seconds as the system's list has them (`leap-seconds.list`, which its publisher, the IERS, lets expire).

use super::time::write_date;
use super::zone_data::system_file;

/// Seconds between 1900, from which the list counts, and 1970.
const SINCE_1900: i64 = 2_208_988_800;
/// Bytes of a list; the true one has 5,000.
const MOST: u64 = 1 << 20;

/// Dates are `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeapSeconds {
    /// The last day for which the list speaks.
    pub expires: String,
    /// The day on which it was made.
    pub version: String,
    /// From which day on TAI is how many seconds ahead of UTC.
    pub offsets: Vec<(String, i64)>,
}

/// What the system's list says now; `None`: it has none that can be read.
pub fn leap_seconds() -> Option<LeapSeconds> {
    use std::io::Read;
    let mut text = String::new();
    let file = std::fs::File::open(system_file("leap-seconds.list")).ok()?;
    file.take(MOST).read_to_string(&mut text).ok()?;
    read(&text)
}

/// `#@` says until when the list holds, `#$` when it was made; other lines are an instant and an offset.
fn read(text: &str) -> Option<LeapSeconds> {
    let after = |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark));
    let mut offsets = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(onset) = words.next() else { continue };
        offsets.push((day(onset)?, words.next()?.parse().ok()?));
    }
    (!offsets.is_empty()).then_some(LeapSeconds {
        expires: day(after("#@")?)?,
        version: day(after("#$")?)?,
        offsets,
    })
}

fn day(seconds_since_1900: &str) -> Option<String> {
    let seconds: i64 = seconds_since_1900.trim().parse().ok()?;
    let day = write_date(seconds.checked_sub(SINCE_1900)?);
    Some(format!(
        "{}-{}-{}",
        day.get(..4)?,
        day.get(4..6)?,
        day.get(6..)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read() {
        let text = "#\tupdated\n#$\t 3676924800\n#@\t3991593600\n2272060800\t10\t# 1 Jan 1972\n\n2287785600\t11\t# 1 Jul 1972\n#h\tab\n";
        let list = read(text).expect("a list");
        assert_eq!(list.expires, "2026-06-28");
        assert_eq!(list.version, "2016-07-08");
        assert_eq!(
            list.offsets,
            [("1972-01-01".to_owned(), 10), ("1972-07-01".to_owned(), 11)]
        );
        assert_eq!(read("#@ 1\nx"), None);
        assert_eq!(read("#@ 3991593600\n#$ 1\n"), None);
    }
}
