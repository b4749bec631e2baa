//! Names that Windows and Outlook give to time zones, and the IANA zone of each: keys of the registry ("W. Europe Standard
//! Time") and what its dialogs display ("(UTC+01:00) Amsterdam, Berlin, …"), also of older versions.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::LazyLock;

use windows_timezones::WindowsTimezone;

/// The IANA name of a Windows one, whatever its case, and whether it says GMT or UTC, `&` or `and`.
pub(super) fn to_iana(name: &str) -> Option<&'static str> {
    NAMES.get(&plain(name)).copied()
}

static NAMES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    let zones = || {
        KEYS.iter()
            .filter_map(|key| Some((*key, WindowsTimezone::from_str(key).ok()?)))
    };
    for (key, zone) in zones() {
        names.insert(plain(key), zone.tzdb_id());
    }
    for (_, zone) in zones() {
        names
            .entry(plain(zone.description()))
            .or_insert(zone.tzdb_id());
    }
    for (name, key) in DISPLAYED {
        if let Ok(zone) = WindowsTimezone::from_str(key) {
            names.entry(plain(name)).or_insert(zone.tzdb_id());
        }
    }
    names
});

/// Without the offset in parentheses, which older versions call GMT and some programs write wrong.
fn plain(name: &str) -> String {
    let name = name.trim();
    let place = match name.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((offset, place)) if offset.starts_with("UTC") || offset.starts_with("GMT") => {
            place.trim()
        }
        _ => name,
    };
    let place = if place.is_empty() { name } else { place };
    place.replace('&', "and").to_lowercase()
}

/// Displayed by older versions of Windows, Outlook and Exchange, and by translations that are seen outside their land.
const DISPLAYED: [(&str, &str); 40] = [
    (
        "Pacific Time (US and Canada); Tijuana",
        "Pacific Standard Time",
    ),
    ("Tijuana, Baja California", "Pacific Standard Time (Mexico)"),
    ("Mexico City", "Central Standard Time (Mexico)"),
    (
        "Guadalajara, Mexico City, Monterrey - New",
        "Central Standard Time (Mexico)",
    ),
    (
        "Chihuahua, La Paz, Mazatlan",
        "Mountain Standard Time (Mexico)",
    ),
    ("Bogota, Lima, Quito", "SA Pacific Standard Time"),
    ("Caracas, La Paz", "SA Western Standard Time"),
    ("Brasília", "E. South America Standard Time"),
    ("Buenos Aires", "Argentina Standard Time"),
    ("Buenos Aires, Georgetown", "SA Eastern Standard Time"),
    ("Azores", "Azores Standard Time"),
    (
        "Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London",
        "GMT Standard Time",
    ),
    (
        "Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London",
        "GMT Standard Time",
    ),
    ("Casablanca, Monrovia", "Greenwich Standard Time"),
    ("Monrovia, Reykjavik", "Greenwich Standard Time"),
    (
        "Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
        "W. Europe Standard Time",
    ),
    (
        "Belgrade, Pozsony, Budapest, Ljubljana, Prague",
        "Central Europe Standard Time",
    ),
    ("Prague, Central Europe", "Central Europe Standard Time"),
    (
        "Paris, Madrid, Brussels, Copenhagen",
        "Romance Standard Time",
    ),
    (
        "Sarajevo, Sofija, Vilnius, Warsaw, Zagreb",
        "Central European Standard Time",
    ),
    ("Sarajevo/Warsaw/Zagreb", "Central European Standard Time"),
    ("West Central Africa", "W. Central Africa Standard Time"),
    ("Athens, Istanbul, Minsk", "GTB Standard Time"),
    ("Athens, Bucharest, Istanbul", "GTB Standard Time"),
    ("Bucharest", "E. Europe Standard Time"),
    ("Harare, Pretoria", "South Africa Standard Time"),
    ("Helsinki, Riga, Tallinn", "FLE Standard Time"),
    ("Israel, Jerusalem Standard Time", "Israel Standard Time"),
    ("Kuwait, Riyadh", "Arab Standard Time"),
    ("Moscow, St. Petersburg, Volgograd", "Russian Standard Time"),
    ("Abu Dhabi, Muscat", "Arabian Standard Time"),
    ("Islamabad, Karachi, Tashkent", "West Asia Standard Time"),
    ("Bombay, Calcutta, Madras, New Delhi", "India Standard Time"),
    (
        "Kolkata, Chennai, Mumbai, New Delhi, India Standard Time",
        "India Standard Time",
    ),
    ("Sri Jayawardenepura, Sri Lanka", "Sri Lanka Standard Time"),
    (
        "Beijing, Chongqing, Hong Kong SAR, Urumqi",
        "China Standard Time",
    ),
    ("Singapore, Kuala Lumpur", "Singapore Standard Time"),
    (
        "Canberra, Melbourne, Sydney, Hobart",
        "AUS Eastern Standard Time",
    ),
    ("Auckland, Wellington", "New Zealand Standard Time"),
    (
        "Fiji Islands, Kamchatka, Marshall Is.",
        "Fiji Standard Time",
    ),
];

/// The keys under which Windows keeps its zones, as CLDR lists them.
const KEYS: &[&str] = &[
    "Dateline Standard Time",
    "UTC-11",
    "Aleutian Standard Time",
    "Hawaiian Standard Time",
    "Marquesas Standard Time",
    "Alaskan Standard Time",
    "UTC-09",
    "Pacific Standard Time (Mexico)",
    "UTC-08",
    "Pacific Standard Time",
    "US Mountain Standard Time",
    "Mountain Standard Time (Mexico)",
    "Mountain Standard Time",
    "Yukon Standard Time",
    "Central America Standard Time",
    "Central Standard Time",
    "Easter Island Standard Time",
    "Central Standard Time (Mexico)",
    "Canada Central Standard Time",
    "SA Pacific Standard Time",
    "Eastern Standard Time (Mexico)",
    "Eastern Standard Time",
    "Haiti Standard Time",
    "Cuba Standard Time",
    "US Eastern Standard Time",
    "Turks And Caicos Standard Time",
    "Paraguay Standard Time",
    "Atlantic Standard Time",
    "Venezuela Standard Time",
    "Central Brazilian Standard Time",
    "SA Western Standard Time",
    "Pacific SA Standard Time",
    "Newfoundland Standard Time",
    "Tocantins Standard Time",
    "E. South America Standard Time",
    "SA Eastern Standard Time",
    "Argentina Standard Time",
    "Greenland Standard Time",
    "Montevideo Standard Time",
    "Magallanes Standard Time",
    "Saint Pierre Standard Time",
    "Bahia Standard Time",
    "UTC-02",
    "Azores Standard Time",
    "Cape Verde Standard Time",
    "UTC",
    "GMT Standard Time",
    "Greenwich Standard Time",
    "Sao Tome Standard Time",
    "Morocco Standard Time",
    "W. Europe Standard Time",
    "Central Europe Standard Time",
    "Romance Standard Time",
    "Central European Standard Time",
    "W. Central Africa Standard Time",
    "Jordan Standard Time",
    "GTB Standard Time",
    "Middle East Standard Time",
    "Egypt Standard Time",
    "E. Europe Standard Time",
    "Syria Standard Time",
    "West Bank Standard Time",
    "South Africa Standard Time",
    "FLE Standard Time",
    "Israel Standard Time",
    "South Sudan Standard Time",
    "Kaliningrad Standard Time",
    "Sudan Standard Time",
    "Libya Standard Time",
    "Namibia Standard Time",
    "Arabic Standard Time",
    "Turkey Standard Time",
    "Arab Standard Time",
    "Belarus Standard Time",
    "Russian Standard Time",
    "E. Africa Standard Time",
    "Iran Standard Time",
    "Arabian Standard Time",
    "Astrakhan Standard Time",
    "Azerbaijan Standard Time",
    "Russia Time Zone 3",
    "Mauritius Standard Time",
    "Saratov Standard Time",
    "Georgian Standard Time",
    "Volgograd Standard Time",
    "Caucasus Standard Time",
    "Afghanistan Standard Time",
    "West Asia Standard Time",
    "Ekaterinburg Standard Time",
    "Pakistan Standard Time",
    "Qyzylorda Standard Time",
    "India Standard Time",
    "Sri Lanka Standard Time",
    "Nepal Standard Time",
    "Central Asia Standard Time",
    "Bangladesh Standard Time",
    "Omsk Standard Time",
    "Myanmar Standard Time",
    "SE Asia Standard Time",
    "Altai Standard Time",
    "W. Mongolia Standard Time",
    "North Asia Standard Time",
    "N. Central Asia Standard Time",
    "Tomsk Standard Time",
    "China Standard Time",
    "North Asia East Standard Time",
    "Singapore Standard Time",
    "W. Australia Standard Time",
    "Taipei Standard Time",
    "Ulaanbaatar Standard Time",
    "Aus Central W. Standard Time",
    "Transbaikal Standard Time",
    "Tokyo Standard Time",
    "North Korea Standard Time",
    "Korea Standard Time",
    "Yakutsk Standard Time",
    "Cen. Australia Standard Time",
    "AUS Central Standard Time",
    "E. Australia Standard Time",
    "AUS Eastern Standard Time",
    "West Pacific Standard Time",
    "Tasmania Standard Time",
    "Vladivostok Standard Time",
    "Lord Howe Standard Time",
    "Bougainville Standard Time",
    "Russia Time Zone 10",
    "Magadan Standard Time",
    "Norfolk Standard Time",
    "Sakhalin Standard Time",
    "Central Pacific Standard Time",
    "Russia Time Zone 11",
    "New Zealand Standard Time",
    "UTC+12",
    "Fiji Standard Time",
    "Chatham Islands Standard Time",
    "UTC+13",
    "Tonga Standard Time",
    "Samoa Standard Time",
    "Line Islands Standard Time",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::Zone;

    #[test]
    fn every_key_and_every_displayed_name_is_a_zone() {
        for name in KEYS
            .iter()
            .copied()
            .chain(DISPLAYED.iter().map(|(name, _)| *name))
        {
            assert!(to_iana(name).and_then(Zone::named).is_some(), "{name}");
        }
        assert_eq!(to_iana("(UTC-03:00) Brasília"), Some("America/Sao_Paulo"));
        assert_eq!(to_iana("(GMT-03:00)"), None);
    }
}
