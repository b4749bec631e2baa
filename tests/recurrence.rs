//! Rules against other people's expectations: every row of ../shared/corpus/recurrence-cases.jsonl, where that lies
//! beside the checkout. Where rows contradict one another or RFC 5545, `EXPLAINED` says what holds here and why.

use serde_json::Value;
use strata::ical::recur::{Budget, Rule, Series, Until};

fn naive(text: &str) -> (i64, bool) {
    let date: jiff::civil::DateTime = if text.len() == 8 {
        format!("{}-{}-{}T00:00:00", &text[..4], &text[4..6], &text[6..8])
    } else {
        let t = &text[9..];
        format!(
            "{}-{}-{}T{}:{}:{}",
            &text[..4],
            &text[4..6],
            &text[6..8],
            &t[..2],
            &t[2..4],
            &t[4..6]
        )
    }
    .parse()
    .unwrap();
    let seconds = date
        .to_zoned(jiff::tz::TimeZone::UTC)
        .unwrap()
        .timestamp()
        .as_second();
    (seconds, text.len() == 8)
}

fn text_of(seconds: i64, like: &str) -> String {
    let stamp = jiff::Timestamp::from_second(seconds).unwrap();
    let form = match like.len() {
        8 => "%Y%m%d",
        15 => "%Y%m%dT%H%M%S",
        _ => "%Y%m%dT%H%M%SZ",
    };
    stamp.strftime(form).to_string()
}

fn wall_until(until: Option<Until>, tzid: Option<&str>) -> Option<i64> {
    until.map(|until| match until {
        Until::Date(day) => day + 86_399,
        Until::Local(wall) => wall,
        Until::Utc(instant) => match tzid {
            None => instant,
            Some(name) => {
                let zone = jiff::tz::TimeZone::get(name).unwrap();
                let stamp = jiff::Timestamp::from_second(instant).unwrap();
                instant + i64::from(zone.to_offset(stamp).seconds())
            }
        },
    })
}

fn list(row: &Value, name: &str) -> Vec<String> {
    row[name]
        .as_array()
        .map(|list| {
            list.iter()
                .map(|v| v.as_str().unwrap().to_owned())
                .collect()
        })
        .unwrap_or_default()
}

fn occurrences(row: &Value) -> Result<Vec<String>, String> {
    let start = row["dtstart"].as_str().ok_or("no dtstart")?;
    let tzid = row["tzid"].as_str();
    let rule = Rule::parse(row["rrule"].as_str().unwrap()).map_err(|e| e.to_string())?;
    let until = wall_until(rule.until, tzid);
    let (seconds, whole) = naive(start);
    let series = Series::new(&rule, seconds, whole, until).map_err(|e| e.to_string())?;
    let from = row["start_at"].as_str().map_or(i64::MIN, |t| naive(t).0);
    let to = row["window_end"]
        .as_str()
        .map_or(i64::MAX, |t| naive(t).0 - 1);
    let mut budget = Budget::default();
    let mut walk = series.within(from, to);
    let most = list(row, "expected").len() + 3;
    let mut found = Vec::new();
    let bounded = series.is_finite() || row["window_end"].is_string();
    while let Some(moment) = walk.next(&mut budget).map_err(|e| e.to_string())? {
        found.push(moment);
        if !bounded && found.len() >= most {
            break;
        }
    }
    found.extend(list(row, "rdate").iter().map(|t| naive(t).0));
    let out: Vec<i64> = list(row, "exdate").iter().map(|t| naive(t).0).collect();
    found.retain(|moment| !out.contains(moment));
    found.sort();
    found.dedup();
    Ok(found
        .into_iter()
        .map(|moment| text_of(moment, start))
        .collect())
}

/// Rows that this server answers differently, and the reason.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (
        "20130101T000000",
        "FREQ=YEARLY;BYWEEKNO=1,2",
        "the weekday, not the date, comes from DTSTART; libical's row for the same rule says so too",
    ),
    (
        "99970902T090000",
        "FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=31",
        "a rule that names only dates that never come is refused",
    ),
    (
        "19970902T090000",
        "FREQ=YEARLY;COUNT=3;INTERVAL=3;BYMONTH=3;BYWEEKDAY=TH;BYMONTHDAY=3;BYHOUR=3;BYMINUTE=3;BYSECOND=3",
        "BYWEEKDAY is not a part of a rule",
    ),
    (
        "19970902T090000",
        "FREQ=DAILY;UNTIL=19970901T090000",
        "DTSTART is the first occurrence even where UNTIL lies before it",
    ),
    (
        "19970902T090000",
        "FREQ=YEARLY;COUNT=3;BYMONTHDAY=1,3",
        "YEARLY with BYMONTHDAY keeps to the month of DTSTART, as libical and ical.js read it",
    ),
    (
        "19970902T090000",
        "FREQ=YEARLY;COUNT=3;BYMONTHDAY=1,3;BYDAY=TU,TH",
        "YEARLY with BYMONTHDAY keeps to the month of DTSTART, as ical.net reads it",
    ),
    (
        "19970902T090000",
        "FREQ=YEARLY;COUNT=3;BYMONTHDAY=15;BYHOUR=6,18;BYSETPOS=3,-3",
        "YEARLY with BYMONTHDAY keeps to the month of DTSTART, so no year has a third place",
    ),
    (
        "20240101",
        "FREQ=DAILY;BYDAY=1MO",
        "the number is let go, the weekday stays",
    ),
    (
        "20240101",
        "FREQ=YEARLY",
        "not an error of the rule: the suite's engine must not run without bounds",
    ),
    (
        "20240101",
        "FREQ=YEARLY;INTERVAL=10000000;COUNT=2",
        "a series ends with the year 9999",
    ),
    (
        "20240101T090000",
        "FREQ=YEARLY;BYWEEKNO=10;BYDAY=2MO",
        "the number is let go, the weekday stays",
    ),
    (
        "20260101",
        "FREQ=MONTHLY;BYWEEKNO=10",
        "outside YEARLY the part limits, as dateutil's rows have it",
    ),
    (
        "20260101",
        "FREQ=WEEKLY;BYMONTHDAY=20;COUNT=3",
        "in WEEKLY the part limits, as dateutil's rows have it",
    ),
    (
        "99971228",
        "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU;COUNT=3",
        "a series ends with the year 9999",
    ),
    (
        "20241230",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=30;BYWEEKNO=1;UNTIL=20320101",
        "what libical refuses is well defined: 30 December where it lies in week 1",
    ),
    (
        "19970902T090000",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;BYDAY=MO,WE,FR;WKST=SU",
        "DTSTART, a Tuesday, is none of the 24 that the rule names, and an occurrence besides",
    ),
];

/// Holds the row's expectation?
fn agrees(row: &Value) -> bool {
    let rule = row["rrule"].as_str().unwrap();
    let Ok(mut found) = occurrences(row) else {
        return row["error"] == true;
    };
    if row["error"] == true {
        return false;
    }
    if let Some(count) = row["expected_count"].as_u64() {
        return found.len() as u64 == count;
    }
    let mut expected = list(row, "expected");
    if row["dtstart_in_set"] == false {
        // The suite leaves a DTSTART out that the rule does not name; for RFC 5545 it is the first, and counted.
        expected.insert(0, row["dtstart"].as_str().unwrap().to_owned());
        if rule.contains("COUNT") {
            expected.pop();
        }
    }
    if let Some(from) = row["start_at"].as_str() {
        expected.retain(|moment| moment.as_str() >= from);
    }
    let bounded = rule.contains("COUNT") || rule.contains("UNTIL") || row["window_end"].is_string();
    if row["truncated"] == true || !bounded {
        found.truncate(expected.len());
    }
    found == expected
}

#[test]
fn other_suites_agree_or_the_difference_is_explained() {
    let Ok(text) = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/corpus/recurrence-cases.jsonl"
    )) else {
        return;
    };
    let mut wrong = Vec::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (start, rule) = (
            row["dtstart"].as_str().unwrap_or(""),
            row["rrule"].as_str().unwrap(),
        );
        let explained = EXPLAINED
            .iter()
            .any(|(at, text, _)| *at == start && *text == rule);
        if !agrees(&row) && !explained {
            wrong.push(format!(
                "{start} {rule}: {:?}, {:?}",
                row["expected"],
                occurrences(&row)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
