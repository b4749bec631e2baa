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
    let mut budget = Budget::of(10_000_000);
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
        "DTSTART is the first occurrence even where the rule names none",
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
        "20240101T090000",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=6MO",
        "a rule that names no date is no error: the start is left",
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

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// One series of fixtures/recurrence: the rules that all give the same dates.
#[derive(Default)]
struct Example {
    name: String,
    start: String,
    excluded: Vec<i64>,
    rules: Vec<String>,
    expected: Vec<i64>,
    goes_on: bool,
}

/// `1997 Sep 2-4 9 Oct 2 @0900 @1030`: days, ranges of days, times of the day before them.
fn read_dates(line: &str, start: &str, into: &mut Vec<i64>) {
    let clock = naive(start).0.rem_euclid(86_400);
    let mut words = line.split_whitespace();
    let year = words.next().unwrap();
    let (mut month, mut day, mut timed) = (0, 0, false);
    for word in words {
        if let Some(time) = word.strip_prefix('@') {
            if !timed {
                into.pop();
            }
            timed = true;
            let seconds = time.get(5..).map_or(0, |text| text.parse().unwrap());
            let (hour, minute): (i64, i64) =
                (time[..2].parse().unwrap(), time[2..4].parse().unwrap());
            into.push(day + hour * 3600 + minute * 60 + seconds);
        } else if let Some(index) = MONTHS.iter().position(|name| *name == word) {
            month = index + 1;
        } else {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            for number in first.parse::<u8>().unwrap()..=last.parse::<u8>().unwrap() {
                day = naive(&format!("{year}{month:02}{number:02}")).0;
                into.push(day + clock);
            }
            timed = false;
        }
    }
}

fn examples(text: &str) -> Vec<Example> {
    let mut all: Vec<Example> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
    {
        if let Some(name) = line.strip_prefix("## ") {
            all.push(Example {
                name: name.to_owned(),
                ..Example::default()
            });
            continue;
        }
        let example = all.last_mut().unwrap();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("DTSTART", start) => example.start = start.to_owned(),
            ("EXDATE", date) => example.excluded.push(naive(date).0),
            ("RRULE", rule) => example.rules.push(rule.to_owned()),
            ("...", _) => example.goes_on = true,
            _ => read_dates(line, &example.start.clone(), &mut example.expected),
        }
    }
    all
}

fn hold(text: &str) -> usize {
    let mut held = 0;
    for example in examples(text) {
        for text in &example.rules {
            let rule = Rule::parse(text).unwrap();
            let until = wall_until(rule.until, Some("America/New_York"));
            let (start, whole) = naive(&example.start);
            let series = Series::new(&rule, start, whole, until).unwrap();
            let mut budget = Budget::default();
            let mut walk = series.within(i64::MIN, i64::MAX);
            let mut found = Vec::new();
            let most = example.expected.len() + usize::from(!example.goes_on);
            while found.len() < most {
                match walk.next(&mut budget).unwrap() {
                    Some(moment) if example.excluded.contains(&moment) => {}
                    Some(moment) => found.push(moment),
                    None => break,
                }
            }
            let show = |list: &[i64]| {
                list.iter()
                    .map(|m| text_of(*m, "19970902T090000"))
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                show(&found),
                show(&example.expected),
                "{}: {text}",
                example.name
            );
            held += 1;
        }
    }
    held
}

#[test]
fn the_examples_of_rfc_5545_hold() {
    assert_eq!(hold(include_str!("../fixtures/recurrence/rfc5545.txt")), 42);
}

#[test]
fn the_examples_of_rfc_7529_hold() {
    assert_eq!(hold(include_str!("../fixtures/recurrence/rfc7529.txt")), 5);
}

#[test]
fn our_own_cases_hold() {
    assert!(hold(include_str!("../fixtures/recurrence/ours.txt")) > 5);
}

#[test]
fn what_cannot_be_a_rule_is_refused_with_a_sentence() {
    for (text, part) in [
        ("", "FREQ"),
        ("FREQ=FORTNIGHTLY", "FREQ"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;COUNT=-1", "COUNT"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
        ("FREQ=MONTHLY;BYDAY=XX", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=\u{e9}", "BYDAY"),
        ("FREQ=MONTHLY;BYDAY=", "BYDAY"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYSETPOS=0", "BYSETPOS"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("FREQ=DAILY;FREQ=WEEKLY", "twice"),
        ("FREQ=WEEKLY;BYDAY=MO=", "NAME=VALUE"),
        ("RSCALE=KLINGON;FREQ=YEARLY", "KLINGON"),
    ] {
        let reason = Rule::parse(text).unwrap_err().to_string();
        assert!(reason.contains(part), "{text}: {reason}");
    }
    assert!(Rule::parse(&format!("FREQ=DAILY;BYSETPOS={}", "1,".repeat(9000))).is_err());
    assert!(Rule::parse(" freq=weekly ; wkst=su;X-NAME=1;byday=mo, tu;").is_ok());
    assert!(Rule::parse("FREQ=DAILY;COUNT=99999999999999999999999999").is_ok());
}

/// Work, not time: none of these may cost more steps than a window of one month is worth.
#[test]
fn hostile_rules_stay_within_their_budget() {
    let everything = |name: &str, to: u32| {
        let list: Vec<String> = (0..=to).map(|n| n.to_string()).collect();
        format!("{name}={}", list.join(","))
    };
    let all_times = format!(
        "{};{};{}",
        everything("BYHOUR", 23),
        everything("BYMINUTE", 59),
        everything("BYSECOND", 59)
    );
    let (from, to) = (naive("20900101T000000").0, naive("20900201T000000").0);
    for (rule, most) in [
        ("FREQ=SECONDLY".to_owned(), 2_100),
        ("FREQ=SECONDLY;COUNT=99999999999".to_owned(), 2_100),
        ("FREQ=MINUTELY;COUNT=999999999;INTERVAL=7".to_owned(), 2_100),
        (
            "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3".to_owned(),
            100,
        ),
        (
            "FREQ=SECONDLY;BYSECOND=1;BYMINUTE=1;BYHOUR=1;BYMONTHDAY=1".to_owned(),
            2_100,
        ),
        ("FREQ=SECONDLY;INTERVAL=86400;BYHOUR=5".to_owned(), 100),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO".to_owned(), 100),
        ("FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2,4".to_owned(), 100),
        ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2".to_owned(), 100),
        ("FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=2MO".to_owned(), 100),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=3".to_owned(),
            100,
        ),
        ("FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1".to_owned(), 100),
        (
            format!("FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;{all_times}"),
            2_100,
        ),
        (
            format!("FREQ=YEARLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;{all_times};BYSETPOS=-1,1,31536000"),
            2_100,
        ),
        (format!("FREQ=DAILY;COUNT=4000000000;{all_times}"), 2_100),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12L".to_owned(), 100),
        ("RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=30".to_owned(), 300),
        (
            "RSCALE=HEBREW;FREQ=MONTHLY;INTERVAL=4294967295".to_owned(),
            10_000,
        ),
        ("FREQ=YEARLY;INTERVAL=4294967295".to_owned(), 100),
        ("FREQ=SECONDLY;INTERVAL=4294967295".to_owned(), 100),
    ] {
        let rule_read = Rule::parse(&rule).unwrap();
        let series = Series::new(&rule_read, naive("19700101T000000").0, false, None).unwrap();
        let mut budget = Budget::default();
        let before = budget.left();
        let mut walk = series.within(from, to);
        for _ in 0..1000 {
            if walk.next(&mut budget).unwrap().is_none() {
                break;
            }
        }
        let used = before - budget.left();
        assert!(used <= most, "{rule}: {used} steps");
    }
}

/// Which rules never come is told by their parts alone, so no question of any length costs more than the start.
#[test]
fn a_rule_that_never_comes_ends_with_its_start() {
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=6MO;COUNT=5",
    ] {
        let rule = Rule::parse(text).unwrap();
        let series = Series::new(&rule, 0, false, None).unwrap();
        let mut budget = Budget::of(100);
        assert_eq!(series.last(&mut budget), Ok(Some(0)), "{text}");
        assert_eq!(series.within(1, i64::MAX).next(&mut budget), Ok(None));
        assert_eq!(series.within(0, i64::MAX).next(&mut budget), Ok(Some(0)));
        assert!(series.is_finite());
    }
}

#[test]
fn a_search_without_end_stops_at_its_budget() {
    let rule = Rule::parse("FREQ=SECONDLY;INTERVAL=60;BYSECOND=30").unwrap();
    let series = Series::new(&rule, 0, false, None).unwrap();
    let mut budget = Budget::of(10_000);
    let mut walk = series.within(1, i64::MAX);
    assert!(walk.next(&mut budget).is_err());
    assert_eq!(budget.left(), 0);
}
