//! VTIMEZONE text of a zone (RFC 5545 section 3.6.5), made from the transitions of the zone data: equal changes of
//! following years become one yearly rule, the rest lists of dates.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::time::{FIRST, LAST, civil, midnight, write_date_time, write_offset};
use super::write::Writer;
use super::{Window, Zone};

/// Changes before are summed up in one observance: what clients show begins later.
const SINCE: i64 = 1970;
/// Laws are not made further ahead. Rules that still hold then have no end.
const UNTIL: i16 = 2037;
/// The same where nothing may be left out: some zones have their changes listed up to 2087.
const UNTIL_AT_LAST: i16 = 2100;
/// Where a zone without any change begins.
const LONG_AGO: i64 = 1601;

/// One change of the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    /// By the clock before it.
    onset: i64,
    from: i64,
    to: i64,
    daylight: bool,
    name: String,
}

impl Change {
    fn is_like(&self, other: &Self) -> bool {
        (self.from, self.to, self.daylight, &self.name)
            == (other.from, other.to, other.daylight, &other.name)
    }

    fn at(&self) -> DateTime {
        civil(self.onset)
    }
}

/// One stretch of time between two changes, as [`Zone::observances`] tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observance {
    /// UTC seconds.
    pub onset: i64,
    /// Seconds east of UTC before and after.
    pub from: i64,
    pub to: i64,
    pub is_daylight: bool,
}

/// A VCALENDAR with the zone alone.
pub(super) fn calendar(zone: &Zone) -> String {
    wrapped(&component(zone, zone.id().unwrap_or("UTC")))
}

fn wrapped(component: &str) -> String {
    let mut out = Writer::new();
    out.calendar();
    out.lines(component).end("VCALENDAR");
    out.finish()
}

/// The VTIMEZONE for what clients show: of a known zone from the data in use, else as it came.
pub(super) fn component(zone: &Zone, tzid: &str) -> String {
    if let Some(rules) = zone.own() {
        return rules.text().to_owned();
    }
    let made = || {
        let since = zone.to_utc(midnight(SINCE, 1, 1).unwrap_or(FIRST));
        let changes = changes(zone, Some(since), |onset| onset.year() <= UNTIL);
        written(tzid, None, &changes, Some(UNTIL))
    };
    match zone.known().filter(|_| zone.id() == Some(tzid)) {
        Some(data) => remembered(tzid, data, made),
        None => made(),
    }
}

/// Texts of zones under their own names, with the data that they were made from: making one takes longer than reading a
/// large object, and a calendar asks for the same few again and again.
static TEXTS: LazyLock<Mutex<HashMap<String, (TimeZone, String)>>> = LazyLock::new(Mutex::default);

fn remembered(tzid: &str, data: &TimeZone, made: impl FnOnce() -> String) -> String {
    let texts = || TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, text)) = texts().get(tzid)
        && of == data
    {
        return text.clone();
    }
    let text = made();
    texts().insert(tzid.to_owned(), (data.clone(), text.clone()));
    text
}

/// All that the zone data says of a window, in a VCALENDAR (RFC 7808 sections 3.9 and 5.3).
pub(super) fn calendar_within(zone: &Zone, tzid: &str, window: Window) -> String {
    let begins = civil(window.start.unwrap_or(FIRST)).year();
    let last = UNTIL_AT_LAST.max(begins.saturating_add(10)).min(9999);
    let mut changes = changes(zone, window.start, |onset| onset.year() <= last);
    if let Some(end) = window.end {
        changes.retain(|change| change.onset.saturating_sub(change.from) < end);
    }
    let goes_on = window.end.is_none_or(|end| civil(end).year() > last);
    let endless = goes_on.then_some(last);
    wrapped(&written(tzid, window.end, &changes, endless))
}

fn written(tzid: &str, end: Option<i64>, changes: &[Change], endless: Option<i16>) -> String {
    let mut out = Writer::new();
    out.begin("VTIMEZONE").text("TZID", tzid);
    if let Some(end) = end {
        out.raw("TZUNTIL", &format!("{}Z", write_date_time(end)));
    }
    for (run, rule) in runs(changes, endless) {
        write(&mut out, &run, rule.as_deref());
    }
    out.end("VTIMEZONE");
    out.finish()
}

/// What holds at a moment, as a change, and each change since; without a moment, every change there is.
fn changes(zone: &Zone, since: Option<i64>, goes_on: impl Fn(DateTime) -> bool) -> Vec<Change> {
    let mut known = observed(zone, since.unwrap_or(FIRST));
    let Some(mut first) = known.next() else {
        return Vec::new();
    };
    if since.is_none() {
        let long_ago = midnight(LONG_AGO, 1, 1).unwrap_or(FIRST);
        first.onset = long_ago;
        first.from = first.to;
    }
    let mut all: Vec<Change> = known.take_while(|change| goes_on(change.at())).collect();
    // Before its first change a zone keeps what that one changes from: it has to be said only of one without.
    if since.is_some() || all.is_empty() {
        all.insert(0, first);
    }
    all
}

pub(super) fn observances(zone: &Zone, start: i64, end: i64) -> impl Iterator<Item = Observance> {
    let observances = observed(zone, start).map(|change| Observance {
        onset: change.onset - change.from,
        from: change.from,
        to: change.to,
        is_daylight: change.daylight,
    });
    observances.take_while(move |observance| observance.onset < end)
}

/// What holds at an instant, then each change after it.
fn observed(zone: &Zone, start: i64) -> impl Iterator<Item = Change> {
    let moment = Timestamp::from_second(start.clamp(FIRST, LAST)).unwrap_or(Timestamp::MAX);
    zone.known().into_iter().flat_map(move |data| {
        let (before, now) = (
            zone.offset(start.saturating_sub(1)),
            data.to_offset_info(moment),
        );
        let mut offset = i64::from(now.offset().seconds());
        let first = Change {
            onset: moment.as_second() + before,
            from: before,
            to: offset,
            daylight: now.dst().is_dst(),
            name: now.abbreviation().to_owned(),
        };
        let later = data.following(moment).map(move |transition| {
            let to = i64::from(transition.offset().seconds());
            Change {
                onset: transition.timestamp().as_second() + offset,
                from: std::mem::replace(&mut offset, to),
                to,
                daylight: transition.dst().is_dst(),
                name: transition.abbreviation().to_owned(),
            }
        });
        std::iter::once(first).chain(later)
    })
}

/// Changes that are written together, and the rule that gives them where there is one.
type Run = (Vec<Change>, Option<String>);

/// The changes in runs: those that one yearly rule gives, with the rule, and the rest by what they have in common.
fn runs(changes: &[Change], endless: Option<i16>) -> Vec<Run> {
    let mut rest: Vec<&Change> = changes.iter().collect();
    let (mut runs, mut single): (Vec<Run>, Vec<Change>) = (Vec::new(), Vec::new());
    while let Some(first) = rest.first().copied() {
        let run = longest(first, &rest);
        rest.retain(|change| !run.contains(change));
        if run.len() < 3 {
            single.push(first.clone());
            rest.extend(run.into_iter().skip(1));
            rest.sort_by_key(|change| change.onset);
        } else {
            let rule = rule(&run, endless);
            runs.push((run.into_iter().cloned().collect(), rule));
        }
    }
    while let Some(first) = single.first().cloned() {
        let (alike, others) = single
            .into_iter()
            .partition(|change| change.is_like(&first));
        runs.push((alike, None));
        single = others;
    }
    runs.sort_by_key(|(run, _)| run.first().map(|first| first.onset));
    runs
}

/// One change a year from `first` on, as long as a yearly rule can give them all.
fn longest<'c>(first: &'c Change, all: &[&'c Change]) -> Vec<&'c Change> {
    let mut run = vec![first];
    let mut year = first.at().year();
    for change in all.iter().skip(1) {
        let at = change.at();
        if at.year() <= year || !change.is_like(first) {
            continue;
        }
        run.push(change);
        if at.year() != year + 1 || by_day(&run).is_none() {
            run.pop();
            break;
        }
        year = at.year();
    }
    run
}

/// The weekday rule that gives every one of these days: same month, same weekday, same time, all within seven days.
fn by_day(run: &[&Change]) -> Option<String> {
    let first = run.first()?.at();
    if run.iter().any(|change| {
        let at = change.at();
        (at.month(), at.time()) != (first.month(), first.time())
    }) {
        return None;
    }
    let days = || run.iter().map(|change| change.at().day());
    let (least, most) = (days().min()?, days().max()?);
    if least == most
        && run
            .iter()
            .any(|change| change.at().weekday() != first.weekday())
    {
        return Some(format!("BYMONTHDAY={least}"));
    }
    if run
        .iter()
        .any(|change| change.at().weekday() != first.weekday())
    {
        return None;
    }
    let weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
        .get(usize::try_from(first.weekday().to_monday_zero_offset()).ok()?)?;
    let from_end = |change: &&Change| change.at().date().days_in_month() - change.at().day() < 7;
    // Four weeks into the month the fourth and the last of a weekday differ only in long months: last is what laws say.
    if run.iter().all(from_end) {
        return Some(format!("BYDAY=-1{weekday}"));
    }
    let nth = (least - 1) / 7 + 1;
    if nth == (most - 1) / 7 + 1 {
        return Some(format!("BYDAY={nth}{weekday}"));
    }
    let within = most - least < 7 && least + 6 <= first.date().days_in_month();
    let days: Vec<String> = (least..least + 7).map(|day| day.to_string()).collect();
    within.then(|| format!("BYDAY={weekday};BYMONTHDAY={}", days.join(",")))
}

/// `endless` is the year in which a rule that still gives a change is taken to go on.
fn rule(run: &[&Change], endless: Option<i16>) -> Option<String> {
    let last = run.last()?;
    let rule = format!("FREQ=YEARLY;BYMONTH={};{}", last.at().month(), by_day(run)?);
    Some(if Some(last.at().year()) == endless {
        rule
    } else {
        format!("{rule};UNTIL={}Z", write_date_time(last.onset - last.from))
    })
}

fn write(out: &mut Writer, run: &[Change], rule: Option<&str>) {
    let Some(first) = run.first() else { return };
    let kind = if first.daylight {
        "DAYLIGHT"
    } else {
        "STANDARD"
    };
    out.begin(kind)
        .raw("DTSTART", &write_date_time(first.onset))
        .raw("TZOFFSETFROM", &write_offset(first.from))
        .raw("TZOFFSETTO", &write_offset(first.to))
        .text("TZNAME", &first.name);
    match rule {
        Some(rule) => {
            out.raw("RRULE", rule);
        }
        None => {
            for change in run.iter().skip(1) {
                out.raw("RDATE", &write_date_time(change.onset));
            }
        }
    }
    out.end(kind);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::rules::Rules;
    use crate::ical::{Object, zone_names};

    #[test]
    fn a_plain_zone_reads_like_the_law() {
        let berlin = calendar(&Zone::named("Europe/Berlin").expect("a zone"));
        assert!(
            berlin.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"),
            "{berlin}"
        );
        assert!(
            berlin.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n"),
            "{berlin}"
        );
        let new_york = calendar(&Zone::named("America/New_York").expect("a zone"));
        assert!(
            new_york.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n"),
            "{new_york}"
        );
        assert!(
            new_york.contains("RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\r\n"),
            "{new_york}"
        );
        assert_eq!(
            Zone::from_icalendar(new_york.as_bytes())
                .expect("a zone")
                .id(),
            Some("America/New_York")
        );
    }

    /// Every zone of the data, written and read again by its own rules, shows the same clock.
    #[test]
    fn written_and_read_again() {
        for (name, zone) in zones() {
            let since = zone.to_utc(midnight(SINCE, 1, 1).expect("a day"));
            let changes = changes(&zone, Some(since), |onset| onset.year() <= UNTIL);
            same_clock(&name, &zone, &changes, &calendar(&zone), LAST);
        }
    }

    #[test]
    fn nothing_is_left_out_of_the_whole() {
        let window = Window {
            start: None,
            end: None,
        };
        for (name, zone) in zones().step_by(3) {
            let changes = changes(&zone, None, |onset| onset.year() <= UNTIL_AT_LAST);
            let text = calendar_within(&zone, &name, window);
            same_clock(&name, &zone, &changes, &text, 4_133_980_800);
        }
    }

    #[test]
    fn nothing_is_wrong_within_a_window() {
        let (start, end) = (1_262_304_000, 1_577_836_800);
        let window = Window {
            start: Some(start),
            end: Some(end),
        };
        for (name, zone) in zones().step_by(5) {
            let mut changes = changes(&zone, Some(start), |onset| onset.year() <= 2020);
            changes.retain(|change| change.onset - change.from < end - 86_400);
            let text = calendar_within(&zone, &name, window);
            same_clock(&name, &zone, &changes, &text, end);
        }
    }

    /// The example of RFC 7808 section 5.3.4, but for its slip of a year.
    #[test]
    fn truncated_at_both_ends() {
        let zone = Zone::named("America/New_York").expect("a zone");
        let window = Window {
            start: Some(1_262_304_000),
            end: Some(1_577_836_800),
        };
        let text = calendar_within(&zone, "America/New_York", window);
        assert!(text.contains(
            "BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nTZUNTIL:20200101T000000Z\r\nBEGIN:STANDARD\r\n\
             DTSTART:20091231T190000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nEND:STANDARD\r\n"
        ), "{text}");
        assert!(text.contains("UNTIL=20190310T070000Z"), "{text}");
    }

    /// The example of RFC 7808 section 5.4.1.
    #[test]
    fn observances_of_a_year() {
        let zone = Zone::named("America/New_York").expect("a zone");
        let year: Vec<_> = observances(&zone, 1_199_145_600, 1_230_768_000)
            .map(|one| (one.onset, one.from, one.to, one.is_daylight))
            .collect();
        assert_eq!(
            year,
            [
                (1_199_145_600, -18_000, -18_000, false),
                (1_205_046_000, -18_000, -14_400, true),
                (1_225_605_600, -14_400, -18_000, false),
            ]
        );
    }

    fn zones() -> impl Iterator<Item = (String, Zone)> {
        zone_names().filter_map(|name| Zone::named(&name).map(|zone| (name, zone)))
    }

    fn same_clock(name: &str, zone: &Zone, changes: &[Change], text: &str, end: i64) {
        let object = Object::parse(&text.to_owned().into()).expect("an object");
        let component = object.components().next().expect("a VTIMEZONE");
        let rules = Rules::read(&component).expect(name);
        for at in changes.iter().flat_map(|change| {
            let utc = change.onset - change.from;
            [utc - 1, utc]
        }) {
            let first = changes
                .first()
                .map_or(FIRST, |first| first.onset - first.from);
            if at >= first && at < end {
                let when = write_date_time(at);
                assert_eq!(
                    rules.offset(at),
                    zone.offset(at),
                    "{name} at {when}\n{text}"
                );
                // The wall clock at both ends of a window belongs to what lies beyond it.
                if end == LAST {
                    assert_eq!(rules.to_utc(at), zone.to_utc(at), "{name} wall {when}");
                }
            }
        }
    }
}
