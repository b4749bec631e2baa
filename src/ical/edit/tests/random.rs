//! Edits of series of all kinds, against the engine of recurrences: what is not edited stays, what is edited is as asked,
//! none is lost and none is doubled.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::ical::Window;
use crate::ical::recur::{Bounds, Budget, occurrences};
use crate::ical::time::HOUR;

/// One occurrence: its RECURRENCE-ID, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    id: i64,
    start: i64,
    end: i64,
    title: String,
    is_override: bool,
}

fn seen(objects: &[&Object]) -> Vec<Seen> {
    let window = Window {
        start: None,
        end: Some(wall("20270401T000000")),
    };
    let bounds = Bounds {
        window,
        at_most: 5_000,
    };
    let mut all = Vec::new();
    for object in objects {
        let budget = &mut Budget::of(10_000_000);
        for it in occurrences(object, &bounds, &berlin(), budget).expect("occurrences") {
            let component = object.component(it.component);
            let title = component
                .property("SUMMARY")
                .map(|it| it.text().into_owned());
            all.push(Seen {
                id: it
                    .recurrence_id
                    .map_or(it.start, |id| id.instant(&berlin())),
                start: it.start,
                end: it.end,
                title: title.unwrap_or_default(),
                is_override: component.property("RECURRENCE-ID").is_some(),
            });
        }
    }
    all.sort();
    all
}

/// By their RECURRENCE-IDs, what is overridden by the exceptions that occurrences go by.
fn overridden(object: &Object) -> BTreeMap<i64, i64> {
    let zone = berlin();
    let facts = Facts::of(object, &zone).expect("a series");
    let bounds = Bounds {
        window: Window {
            start: None,
            end: Some(wall("20270401T000000")),
        },
        at_most: 5_000,
    };
    let budget = &mut Budget::of(10_000_000);
    let all = occurrences(object, &bounds, &zone, budget).expect("occurrences");
    all.iter()
        .filter_map(|it| {
            let overrides = &mut facts.overrides.iter();
            let own = overrides.find(|own| own.component.index() == it.component)?;
            Some((it.recurrence_id.as_ref()?.instant(&zone), own.instant))
        })
        .collect()
}

/// The clock that a series is written on, its rule, and what was done to single occurrences.
#[derive(Clone, Debug)]
struct Case {
    form: usize,
    rule: String,
    end: usize,
    excluded: Vec<usize>,
    /// Which, whether it is moved, and whether all that follow are.
    changed: Vec<(usize, bool, bool)>,
    added: bool,
    picked: usize,
}

fn case() -> impl Strategy<Value = Case> {
    let rule = prop_oneof![
        (1..4).prop_map(|interval| format!("FREQ=DAILY;INTERVAL={interval}")),
        (
            1..3,
            prop::sample::subsequence(vec!["MO", "WE", "TH", "SU"], 1..4)
        )
            .prop_map(|(interval, days)| format!(
                "FREQ=WEEKLY;INTERVAL={interval};BYDAY={}",
                days.join(",")
            )),
        Just("FREQ=WEEKLY".to_owned()),
        Just("FREQ=MONTHLY".to_owned()),
        Just("FREQ=MONTHLY;BYMONTHDAY=8".to_owned()),
        Just("FREQ=MONTHLY;BYDAY=2TH".to_owned()),
        Just("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,2".to_owned()),
        Just("FREQ=YEARLY".to_owned()),
    ];
    (
        0..5_usize,
        rule,
        0..3_usize,
        prop::collection::vec(0..20_usize, 0..3),
        prop::collection::vec((0..20_usize, any::<bool>(), any::<bool>()), 0..3),
        any::<bool>(),
        0..20_usize,
    )
        .prop_map(|(form, rule, end, excluded, changed, added, picked)| Case {
            form,
            rule,
            end,
            excluded,
            changed,
            added,
            picked,
        })
}

impl Case {
    fn start(&self) -> Moment {
        // A Thursday.
        let start = wall("20260108T093000");
        match self.form {
            0 => Moment::date(start),
            1 => Moment::floating(start),
            2 => Moment::utc(start),
            3 => Moment::zoned(start, "America/New_York").expect("a zone"),
            _ => Moment::zoned(start, "Europe/Berlin").expect("a zone"),
        }
    }

    fn object(&self) -> Object {
        let start = self.start();
        let whole = start.is_date();
        let line = |name: &str, moment: &Moment| {
            format!("{name}{}:{}", moment.parameters(), moment.value())
        };
        let end = start.at(start.time.wall + if whole { 2 * DAY } else { HOUR });
        let limit = match self.end {
            0 => String::new(),
            1 => ";COUNT=17".to_owned(),
            _ => format!(";UNTIL={}", start.until(wall("20260903T093000"))),
        };
        let mut master = format!(
            "{}\n{}\nRRULE:{}{limit}\nSUMMARY:all\nDTSTAMP:20260101T000000Z",
            line("DTSTART", &start),
            line("DTEND", &end),
            self.rule
        );
        if self.added {
            let added = start.at(start.time.wall + 33 * DAY);
            master += &format!("\n{}", line("RDATE", &added));
        }
        let plain = calendar(&[&master]);
        let all = seen(&[&plain]);
        let pick = |at: usize| all.get(at % all.len()).expect("an occurrence").id;
        let moment = |id: i64| start.at_instant(id, &berlin());
        let mut gone = Vec::new();
        for at in &self.excluded {
            // Something is left, and the first stays.
            if at % all.len() > 0 {
                gone.push(pick(*at));
                master += &format!("\n{}", line("EXDATE", &moment(pick(*at))));
            }
        }
        let mut events = vec![master];
        let mut done = Vec::new();
        for (at, moves, follow) in &self.changed {
            let id = pick(*at);
            if gone.contains(&id) || done.contains(&id) {
                continue;
            }
            done.push(id);
            let id = moment(id);
            let by = if *moves { 3 * DAY } else { 0 };
            let begins = id.at(id.time.wall + by);
            let ends = begins.at(begins.time.wall + if whole { 2 * DAY } else { HOUR });
            let range = match follow {
                true => "RECURRENCE-ID;RANGE=THISANDFUTURE",
                false => "RECURRENCE-ID",
            };
            events.push(format!(
                "{}\n{}\n{}\nSUMMARY:own",
                line(range, &id),
                line("DTSTART", &begins),
                line("DTEND", &ends)
            ));
        }
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        calendar(&events)
    }
}

/// What names an occurrence over the wire.
fn written(case: &Case, id: i64) -> Option<Written> {
    let moment = case.start().at_instant(id, &berlin());
    Some(match case.form {
        0 => Written::Date(moment.time.wall),
        1 => Written::Local(moment.time.wall),
        _ => Written::Utc(id),
    })
}

fn valid(objects: &[&Object]) {
    for object in objects {
        check(object, &berlin()).expect("a calendar object");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn one_is_changed_and_no_other(case in case()) {
        let before = case.object();
        let mut expected = seen(&[&before]);
        let at = case.picked % expected.len();
        let id = expected[at].id;
        let after = edit(&before, &berlin(), written(&case, id), Scope::This, &titled("new"), &stamp());
        let after = object(&text(&after.expect("an edit").object));
        expected[at].title = "new".to_owned();
        expected[at].is_override = true;
        prop_assert_eq!(seen(&[&after]), expected.clone());
        valid(&[&after]);
        // And it is taken out again.
        let left = remove(&after, &berlin(), written(&case, id), Scope::This, &stamp()).expect("a removal");
        expected.remove(at);
        match left {
            Some(left) => prop_assert_eq!(seen(&[&object(&text(&left))]), expected),
            None => prop_assert!(expected.is_empty()),
        }
    }

    #[test]
    fn a_cut_loses_and_doubles_none(case in case()) {
        let before = case.object();
        let mut expected = seen(&[&before]);
        let at = case.picked % expected.len();
        let id = expected[at].id;
        let after = edit(&before, &berlin(), written(&case, id), Scope::ThisAndFuture, &titled("new"), &stamp());
        let after = after.expect("an edit");
        let (old, new) = (object(&text(&after.object)), after.rest.as_ref().map(|rest| object(&text(rest))));
        let objects: Vec<&Object> = [Some(&old), new.as_ref()].into_iter().flatten().collect();
        let first = expected.iter().map(|it| it.id).min() == Some(id);
        prop_assert_eq!(new.is_none(), first);
        let overridden = overridden(&before);
        for it in &mut expected {
            // An exception for all that follow, from before or from here on, is what they are from here on.
            if it.id >= id && overridden.get(&it.id).is_none_or(|own| *own <= id) {
                it.title = "new".to_owned();
            }
        }
        prop_assert_eq!(seen(&objects), expected.clone());
        valid(&objects);
        let left = remove(&before, &berlin(), written(&case, id), Scope::ThisAndFuture, &stamp()).expect("a removal");
        let kept: Vec<Seen> = seen(&[&before]).into_iter().filter(|it| it.id < id).collect();
        match left {
            Some(left) => prop_assert_eq!(seen(&[&object(&text(&left))]), kept),
            None => prop_assert!(kept.is_empty()),
        }
    }

    #[test]
    fn all_and_future_move_alike(case in case(), hours in 1..5_i64, days in 0..3_i64, future in any::<bool>()) {
        let before = case.object();
        let (all, overridden) = (seen(&[&before]), overridden(&before));
        let id = all[case.picked % all.len()].id;
        let (by, length) = match case.form {
            0 => (days * DAY, 2 * DAY),
            _ => (days * DAY + hours * HOUR, HOUR),
        };
        // On an exception that was moved it is not the series' own time that is seen.
        let seen_at = all[case.picked % all.len()].start;
        let start = case.start().at_instant(seen_at, &berlin());
        let start = start.at(start.time.wall + by);
        let changes = Changes {
            timing: Some(Timing { end: start.time.wall + length, start }),
            ..Changes::default()
        };
        let scope = if future { Scope::ThisAndFuture } else { Scope::All };
        let after = match edit(&before, &berlin(), written(&case, id), scope, &changes, &stamp()) {
            Ok(after) => after,
            Err(Unfit::RuleNamesDays) => {
                prop_assert!(days > 0 && case.rule.contains("BYSETPOS"));
                return Ok(());
            }
            Err(other) => return Err(TestCaseError::fail(format!("{other}"))),
        };
        let (old, new) = (object(&text(&after.object)), after.rest.as_ref().map(|rest| object(&text(rest))));
        let objects: Vec<&Object> = [Some(&old), new.as_ref()].into_iter().flatten().collect();
        valid(&objects);
        // Months have different lengths: there the n-th becomes the n-th.
        let alike = days == 0 || !(case.rule.contains("MONTHLY") || case.rule.contains("YEARLY"));
        let found = seen(&objects);
        if case.end > 0 && alike {
            prop_assert_eq!(found.len(), all.len());
        }
        let shift = |instant: i64| {
            let moment = case.start().at_instant(instant, &berlin());
            let wall = moment.time.wall + by;
            moment.at(wall).time.instant(&berlin())
        };
        if alike {
            let horizon = wall("20270301T000000");
            let mut expected: Vec<(i64, String)> = all.iter().map(|it| {
                let touched = !future || it.id >= id;
                let own = overridden.get(&it.id).copied();
                let led = own.is_some() && it.id != id && match future {
                    true => own <= Some(id),
                    false => own == overridden.get(&id).copied() && own.is_some_and(|own| own <= id),
                };
                let stays = it.is_override && it.start != it.id && it.id != id && !led;
                let start = if touched && !stays { shift(it.start) } else { it.start };
                (start, it.title.clone())
            }).filter(|it| it.0 < horizon).collect();
            expected.sort();
            let mut starts: Vec<(i64, String)> = found.iter()
                .map(|it| (it.start, it.title.clone()))
                .filter(|it| it.0 < horizon)
                .collect();
            starts.sort();
            prop_assert_eq!(starts, expected);
        }
    }
}
