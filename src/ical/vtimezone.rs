//! VTIMEZONE text of a zone (RFC 5545 section 3.6.5), made from the transitions of the zone data: equal changes of
//! following years become one yearly rule, the rest lists of dates.

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::time::{FIRST, civil, midnight, write_date_time, write_offset};
use super::write::Writer;
use super::{Zone, value};

/// Changes before are summed up in one observance: what clients show begins later.
const SINCE: i64 = 1970;
/// Laws are not made further ahead. Rules that still hold then have no end.
const UNTIL: i16 = 2037;

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

/// A VCALENDAR with the zone alone.
pub(super) fn calendar(zone: &Zone) -> String {
    let mut out = Writer::new();
    out.begin("VCALENDAR")
        .raw("VERSION", "2.0")
        .raw("PRODID", "-//Strata//Strata//EN");
    out.lines(&component(zone)).end("VCALENDAR");
    out.finish()
}

/// The VTIMEZONE: of a known zone from the data in use, else as it came.
pub(super) fn component(zone: &Zone) -> String {
    if let Some(rules) = zone.own() {
        return rules.text().to_owned();
    }
    let changes = changes(zone);
    let mut out = Writer::new();
    out.begin("VTIMEZONE")
        .raw("TZID", &value::escape(zone.id().unwrap_or("UTC")));
    for (run, rule) in runs(&changes) {
        write(&mut out, &run, rule.as_deref());
    }
    out.end("VTIMEZONE");
    out.finish()
}

/// What held when the first year began, and each change since.
fn changes(zone: &Zone) -> Vec<Change> {
    let start = midnight(SINCE, 1, 1).unwrap_or(FIRST);
    let Some(data) = zone.known() else {
        return Vec::new();
    };
    let moment = Timestamp::from_second(start).unwrap_or(Timestamp::UNIX_EPOCH);
    let before = data.to_offset_info(moment);
    let offset = i64::from(before.offset().seconds());
    let first = Change {
        onset: start,
        from: offset,
        to: offset,
        daylight: before.dst().is_dst(),
        name: before.abbreviation().to_owned(),
    };
    let mut all = vec![first];
    let mut offset = offset;
    for transition in data.following(moment) {
        let to = i64::from(transition.offset().seconds());
        let onset = transition.timestamp().as_second() + offset;
        if civil(onset).year() > UNTIL {
            break;
        }
        all.push(Change {
            onset,
            from: std::mem::replace(&mut offset, to),
            to,
            daylight: transition.dst().is_dst(),
            name: transition.abbreviation().to_owned(),
        });
    }
    all
}

/// Changes that are written together, and the rule that gives them where there is one.
type Run = (Vec<Change>, Option<String>);

/// The changes in runs: those that one yearly rule gives, with the rule, and the rest by what they have in common.
fn runs(changes: &[Change]) -> Vec<Run> {
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
            let rule = rule(&run);
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

fn rule(run: &[&Change]) -> Option<String> {
    let last = run.last()?;
    let rule = format!("FREQ=YEARLY;BYMONTH={};{}", last.at().month(), by_day(run)?);
    Some(if last.at().year() == UNTIL {
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
        for name in zone_names() {
            let Some(zone) = Zone::named(&name) else {
                continue;
            };
            let object = Object::parse(&calendar(&zone).into()).expect("an object");
            let text = object.components().next().expect("a VTIMEZONE");
            let rules = Rules::read(&text).expect(&name);
            for at in changes(&zone).iter().flat_map(|change| {
                let utc = change.onset - change.from;
                [utc - 1, utc]
            }) {
                if civil(at).year() <= UNTIL {
                    assert_eq!(
                        rules.offset(at),
                        zone.offset(at),
                        "{name} at {}\n{}",
                        write_date_time(at),
                        calendar(&zone)
                    );
                    assert_eq!(
                        rules.to_utc(at),
                        zone.to_utc(at),
                        "{name} wall {}",
                        write_date_time(at)
                    );
                }
            }
        }
    }
}
