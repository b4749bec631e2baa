//! When alarms ring (RFC 5545 sections 3.6.6 and 3.8.6): TRIGGER, absolute or relative to each occurrence; what was
//! acknowledged (RFC 9074 section 6) does not ring again.

mod usual;

use std::ops::ControlFlow;

pub use usual::Usual;

use super::recur::{Budget, Expansion, Range, Reading};
use super::time::{DAY, Duration, Form, Time, Written};
use super::{Component, Object, TooMany, Zone};

/// What a person notices; the rest is for machines.
const ACTIONS: [&str; 3] = ["DISPLAY", "EMAIL", "AUDIO"];

/// Minutes before its event that an alarm rings whose TRIGGER says nothing.
const USUAL: Trigger = Trigger::AfterStart(Duration {
    days: 0,
    seconds: -900,
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    At(i64),
    AfterStart(Duration),
    AfterEnd(Duration),
}

impl Trigger {
    /// `None`: there is none, or it cannot be read.
    pub fn read(alarm: &Component<'_>) -> Option<Self> {
        let trigger = alarm.property("TRIGGER")?;
        let text = trigger.value();
        let related_to_end = trigger
            .parameter("RELATED")
            .is_some_and(|related| related.eq_ignore_ascii_case("END"));
        Some(match (Written::parse(&text), Duration::parse(&text)) {
            (Some(Written::Utc(at) | Written::Local(at) | Written::Date(at)), _) => Self::At(at),
            (None, Some(after)) if related_to_end => Self::AfterEnd(after),
            (None, Some(after)) => Self::AfterStart(after),
            (None, None) => return None,
        })
    }
}

/// A moment so long after another; days go by the clock.
pub(super) fn moved(time: &Time, instant: i64, after: Duration, zone: &Zone) -> i64 {
    match after.days {
        0 => instant.saturating_add(after.seconds),
        _ => time.plus(after, zone),
    }
}

/// An alarm rings, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ring {
    pub at: i64,
    /// The RECURRENCE-ID of the occurrence that it rings for, in UTC where the series has a zone; `None`: it does not recur,
    /// or the alarm is for all of it.
    pub occurrence: Option<Written>,
}

/// The rings after `from` and until `until`, by time; REPEAT is not counted. Where no component of the object says anything of
/// alarms, be it that there is none (ACTION:NONE), it rings as is `usual`. `zone` is where floating times and dates are
/// looked at. What was cancelled or is completed does not ring.
///
/// # Errors
/// [`TooMany`]: more than `at_most`, or more work than the budget has.
pub fn rings(
    object: &Object,
    zone: &Zone,
    usual: &Usual,
    (from, until): (i64, i64),
    at_most: usize,
    budget: &mut Budget,
) -> Result<Vec<Ring>, TooMany> {
    let reading = Reading::new(object, zone);
    let ringing = || {
        object
            .components()
            .filter(|it| it.is("VEVENT") || it.is("VTODO"))
    };
    let expansion = Expansion::of(ringing(), &reading);
    let is_silent = !ringing().any(|it| it.children().any(|it| it.is("VALARM")));
    let mut found = Vec::new();
    for owner in ringing().filter(|it| !is_over(it)) {
        let sought = |trigger, after| Sought {
            trigger,
            after,
            until,
            owner: owner.index(),
        };
        let stood_in = usual.of_component(&owner).iter().filter(|_| is_silent);
        for trigger in stood_in {
            sought(*trigger, from).collect(&expansion, zone, at_most, budget, &mut found)?;
        }
        for alarm in owner.children().filter(|it| it.is("VALARM")) {
            budget.spend(1)?;
            if !is_for_people(&alarm) {
                continue;
            }
            let after = reading.instant(&alarm, "ACKNOWLEDGED");
            let after = after.map_or(from, |it| it.max(from));
            let trigger = Trigger::read(&alarm).unwrap_or(USUAL);
            sought(trigger, after).collect(&expansion, zone, at_most, budget, &mut found)?;
        }
    }
    found.sort_by_key(|ring: &Ring| ring.at);
    found.dedup();
    Ok(found)
}

fn is_for_people(alarm: &Component<'_>) -> bool {
    let action = alarm.property("ACTION");
    let action = action.map(|it| it.value().trim().to_ascii_uppercase());
    action.is_some_and(|action| ACTIONS.contains(&action.as_str()))
}

fn is_over(component: &Component<'_>) -> bool {
    let status = component.property("STATUS");
    let is_over = status.is_some_and(|status| {
        let status = status.value();
        ["CANCELLED", "COMPLETED"]
            .iter()
            .any(|over| status.trim().eq_ignore_ascii_case(over))
    });
    is_over || component.property("COMPLETED").is_some()
}

/// The rings of one alarm.
struct Sought {
    trigger: Trigger,
    after: i64,
    until: i64,
    owner: usize,
}

impl Sought {
    fn holds(&self, at: i64) -> bool {
        at > self.after && at <= self.until
    }

    fn collect(
        &self,
        expansion: &Expansion<'_>,
        zone: &Zone,
        at_most: usize,
        budget: &mut Budget,
        found: &mut Vec<Ring>,
    ) -> Result<(), TooMany> {
        let duration = match self.trigger {
            Trigger::At(at) => {
                let ring = Ring {
                    at,
                    occurrence: None,
                };
                found.extend(Some(ring).filter(|it| self.holds(it.at)));
                return Ok(());
            }
            Trigger::AfterStart(duration) | Trigger::AfterEnd(duration) => duration,
        };
        let mut cut = false;
        expansion.visit_one(self.owner, self.reach(duration), budget, &mut |it| {
            let anchor = match self.trigger {
                Trigger::AfterEnd(_) => it.ending.as_ref().map(|ending| (ending, it.end)),
                _ => it.time.as_ref().map(|time| (time, it.start)),
            };
            let at = anchor.map(|(time, instant)| moved(time, instant, duration, zone));
            if let Some(at) = at.filter(|at| self.holds(*at)) {
                cut = found.len() >= at_most;
                let occurrence = it.recurrence_id.as_ref().map(|id| written(id, zone));
                found.push(Ring { at, occurrence });
            }
            match cut {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        })?;
        if cut { Err(TooMany) } else { Ok(()) }
    }

    /// Where occurrences are that could make it ring: nominal days may be some hours longer or shorter, and an occurrence that
    /// ends where the range begins must be seen.
    fn reach(&self, after: Duration) -> Range {
        let offset = after.days.saturating_mul(DAY).saturating_add(after.seconds);
        let slack = if after.days == 0 { 1 } else { DAY };
        Range {
            start: self.after.saturating_sub(offset).saturating_sub(slack),
            end: self
                .until
                .saturating_sub(offset)
                .saturating_add(slack)
                .saturating_add(1),
        }
    }
}

fn written(id: &Time, zone: &Zone) -> Written {
    match id.form {
        Form::Date => Written::Date(id.wall),
        Form::Floating => Written::Local(id.wall),
        Form::Utc | Form::Zoned(_) => Written::Utc(id.instant(zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T10:00:00Z.
    const TEN: i64 = 1_795_428_000;
    const HOUR: i64 = 3600;

    fn at(lines: &str, alarm: &str, range: (i64, i64)) -> Vec<i64> {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART:20261123T100000Z\r\nDTEND:20261123T110000Z\r\n{lines}BEGIN:VALARM\r\n{alarm}END:VALARM\r\n\
             END:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let object = Object::parse(&text.into()).unwrap();
        let none = Usual::default();
        let found = rings(
            &object,
            &Zone::utc(),
            &none,
            range,
            10,
            &mut Budget::default(),
        )
        .unwrap();
        found.into_iter().map(|ring| ring.at).collect()
    }

    fn usually(component: &str, usual: &Usual) -> Vec<i64> {
        let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{component}END:VCALENDAR\r\n");
        let object = Object::parse(&text.into()).unwrap();
        let range = (TEN - 24 * HOUR, TEN + 24 * HOUR);
        let found = rings(
            &object,
            &Zone::utc(),
            usual,
            range,
            10,
            &mut Budget::default(),
        )
        .unwrap();
        found.into_iter().map(|ring| ring.at).collect()
    }

    /// draft-daboo-caldav-extensions section 4; ACTION:NONE is how Apple's clients say "no alarm".
    #[test]
    fn what_says_nothing_of_alarms_rings_as_usual() {
        let alarm = |action: &str, trigger: &str| {
            format!("BEGIN:VALARM\r\nACTION:{action}\r\nTRIGGER:{trigger}\r\nEND:VALARM\r\n")
        };
        let usual = Usual::of(&alarm("DISPLAY", "-PT10M"), &alarm("AUDIO", "PT8H"));
        let event = |start: &str, rest: &str| {
            format!(
                "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n{start}\r\n{rest}END:VEVENT\r\n"
            )
        };
        let timed = "DTSTART:20261123T100000Z";
        let dated = "DTSTART;VALUE=DATE:20261123";
        assert_eq!(usually(&event(timed, ""), &usual), [TEN - 600]);
        assert_eq!(usually(&event(dated, ""), &usual), [TEN - 2 * HOUR]);
        let to_do = event("DUE:20261123T100000Z", "").replace("VEVENT", "VTODO");
        assert_eq!(usually(&to_do, &usual), [TEN - 600]);
        assert_eq!(
            usually(&event(timed, "STATUS:CANCELLED\r\n"), &usual),
            [] as [i64; 0]
        );
        // What has its own keeps it, and what has none of its own has none.
        assert_eq!(
            usually(&event(timed, &alarm("DISPLAY", "-PT1H")), &usual),
            [TEN - HOUR]
        );
        let none =
            alarm("NONE", "19760401T005545Z").replace("TRIGGER:", "TRIGGER;VALUE=DATE-TIME:");
        assert_eq!(usually(&event(timed, &none), &usual), [] as [i64; 0]);
        assert!(Usual::of(&none, "").is_none() && Usual::of("", " ").is_none());
        // One alarm of a series speaks for all of it.
        let series = event(
            timed,
            &format!("RRULE:FREQ=DAILY;COUNT=2\r\n{}", alarm("DISPLAY", "-PT1H")),
        );
        let moved = event(
            "DTSTART:20261124T090000Z",
            "RECURRENCE-ID:20261124T100000Z\r\n",
        );
        assert_eq!(usually(&(series + &moved), &usual), [TEN - HOUR]);
        let series = event(timed, "RRULE:FREQ=DAILY;COUNT=2\r\n");
        assert_eq!(
            usually(&(series + &moved), &usual),
            [TEN - 600, TEN + 23 * HOUR - 600]
        );
        let minutes = Usual::minutes(15, &usual);
        assert_eq!(usually(&event(timed, ""), &minutes), [TEN - 900]);
        assert_eq!(usually(&event(dated, ""), &minutes), [TEN - 2 * HOUR]);
        assert_eq!(usually(&event(dated, ""), &Usual::in_time(0)), [TEN - HOUR]);
    }

    fn on_the_day(lines: &str, alarm: &str) -> Vec<i64> {
        at(lines, alarm, (TEN - 12 * HOUR, TEN + 12 * HOUR))
    }

    #[test]
    fn an_alarm_rings_when_its_trigger_says() {
        let trigger = |trigger: &str| on_the_day("", &format!("ACTION:DISPLAY\r\n{trigger}\r\n"));
        assert_eq!(trigger("TRIGGER:-PT15M"), [TEN - 900]);
        assert_eq!(trigger("TRIGGER;RELATED=END:-PT10M"), [TEN + HOUR - 600]);
        assert_eq!(trigger("TRIGGER:PT1H"), [TEN + HOUR]);
        assert_eq!(
            trigger("TRIGGER;VALUE=DATE-TIME:20261123T080000Z"),
            [TEN - 2 * HOUR]
        );
        assert_eq!(trigger("TRIGGER:soon"), [TEN - 900]);
        assert_eq!(trigger("TRIGGER:-P1D"), [] as [i64; 0]);
        assert_eq!(
            trigger("TRIGGER:-PT15M\r\nREPEAT:3\r\nDURATION:PT5M"),
            [TEN - 900]
        );
        assert_eq!(
            trigger("TRIGGER:-PT15M\r\nACKNOWLEDGED:20261123T094500Z"),
            [] as [i64; 0]
        );
        assert_eq!(
            trigger("TRIGGER:-PT15M\r\nACKNOWLEDGED:20261122T094500Z"),
            [TEN - 900]
        );
    }

    #[test]
    fn it_rings_after_the_first_moment_and_until_the_last() {
        let alarm = "ACTION:AUDIO\r\nTRIGGER:-PT15M\r\n";
        assert_eq!(at("", alarm, (TEN - 901, TEN - 900)), [TEN - 900]);
        assert_eq!(at("", alarm, (TEN - 900, TEN)), [] as [i64; 0]);
    }

    #[test]
    fn what_is_over_or_for_machines_does_not_ring() {
        let alarm = "ACTION:DISPLAY\r\nTRIGGER:-PT15M\r\n";
        assert!(on_the_day("STATUS:CANCELLED\r\n", alarm).is_empty());
        assert!(on_the_day("", "ACTION:NONE\r\nTRIGGER:-PT15M\r\n").is_empty());
        assert!(on_the_day("", "TRIGGER:-PT15M\r\n").is_empty());
    }

    #[test]
    fn each_occurrence_rings() {
        let alarm = "ACTION:EMAIL\r\nTRIGGER:-P1D\r\n";
        let range = (TEN - 25 * HOUR, TEN + 49 * HOUR);
        let days = [-24, 0, 24, 48].map(|hours| TEN + hours * HOUR);
        assert_eq!(at("RRULE:FREQ=DAILY\r\n", alarm, range), days);
    }
}
