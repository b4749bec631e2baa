//! The rendering of an event that shows its times and nothing else, of random events full of secrets: none comes
//! through, another text of the same times looks the same, and the same time is blocked.

#[path = "support/fuzzed/mod.rs"]
mod fuzzed;

use bytes::Bytes;
use proptest::prelude::*;
use strata::ical::mask::{Dress, Outline, mask, outline};
use strata::ical::{Object, Zone, busy, check};

const DAY: i64 = 86_400;
const BUSY: Dress<'_> = Dress {
    uid: "00ff",
    label: "Busy",
    stamp: 1_767_225_600,
    with_free: false,
};
const GENERIC: Dress<'_> = Dress {
    with_free: true,
    ..BUSY
};

/// The clock of an event: parameters and the end of a value.
const CLOCKS: [(&str, &str); 5] = [
    (";VALUE=DATE", ""),
    ("", ""),
    ("", "Z"),
    (";TZID=Europe/Berlin", ""),
    (";TZID=Meine SECRET Zone", ""),
];
/// What a component says of the time it takes; the last two take none.
const STATES: [&str; 5] = [
    "",
    "STATUS:TENTATIVE",
    "STATUS:SECRET\r\nTRANSP:SECRET",
    "TRANSP:TRANSPARENT",
    "STATUS:CANCELLED",
];

#[derive(Clone, Debug)]
struct Drawn {
    clock: usize,
    day: i64,
    hour: i64,
    length: Option<&'static str>,
    rule: Option<&'static str>,
    state: usize,
    excluded: Vec<i64>,
    added: Vec<i64>,
    periods: Vec<i64>,
    overrides: Vec<Override>,
    has_master: bool,
}

#[derive(Clone, Debug)]
struct Override {
    day: i64,
    moved: i64,
    state: usize,
    following: bool,
    sequence: u8,
}

fn is_free(state: usize) -> bool {
    state > 2
}

impl Drawn {
    fn date(&self, day: i64, hour: i64) -> String {
        let date = strata::ical::time::write_date(1_767_225_600 + day * DAY);
        match self.clock {
            0 => date,
            clock => format!("{date}T{hour:02}1500{}", CLOCKS[clock].1),
        }
    }

    /// `word` stands wherever a word can stand; `parameter` wherever a parameter can.
    fn text(&self, word: &str, parameter: &str) -> String {
        let zone = CLOCKS[4].0.trim_start_matches(";TZID=");
        let mut text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{word}\r\nX-WR-CALNAME:{word}\r\nNAME:{word}\r\n\
             BEGIN:VTIMEZONE\r\nTZID:{zone}\r\nX-LIC-LOCATION:{word}\r\nTZURL:http://{word}\r\nCOMMENT:{word}\r\n\
             BEGIN:STANDARD\r\nDTSTART{parameter}:19701025T030000\r\nTZOFFSETFROM{parameter}:+0345\r\nTZOFFSETTO:+0245\r\n\
             TZNAME:{word}\r\nRRULE:FREQ=YEARLY;X-A={word};BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n\
             BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0245\r\nTZOFFSETTO:+0345\r\nTZNAME:{word}\r\n\
             RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nX-B:{word}\r\nEND:DAYLIGHT\r\nBEGIN:X-{word}\r\nEND:X-{word}\r\nEND:VTIMEZONE\r\n"
        );
        if self.has_master {
            text += &self.master(word, parameter);
        }
        for one in &self.overrides {
            text += &self.overriding(one, word, parameter);
        }
        text + &format!(
            "BEGIN:X-{word}\r\nSUMMARY:{word}\r\nUID:{word}\r\nEND:X-{word}\r\nEND:VCALENDAR\r\n"
        )
    }

    fn master(&self, word: &str, parameter: &str) -> String {
        let kind = CLOCKS[self.clock].0;
        let mut lines = format!(
            "DTSTART{kind}{parameter}:{}\r\n",
            self.date(self.day, self.hour)
        );
        if let Some(rule) = self.rule {
            lines += &format!("RRULE{parameter}:{rule};X-C={word}\r\n");
        }
        let dates = |days: &[i64]| {
            let all: Vec<_> = days.iter().map(|day| self.date(*day, self.hour)).collect();
            all.join(",")
        };
        if !self.excluded.is_empty() {
            lines += &format!("EXDATE{parameter}{kind}:{}\r\n", dates(&self.excluded));
        }
        if !self.added.is_empty() {
            lines += &format!("RDATE{kind}{parameter}:{}\r\n", dates(&self.added));
        }
        if !self.periods.is_empty() && self.clock > 0 {
            let all: Vec<_> = self
                .periods
                .iter()
                .map(|day| format!("{}/PT3H", self.date(*day, 20)))
                .collect();
            lines += &format!(
                "RDATE;VALUE=PERIOD{}{parameter}:{}\r\n",
                kind,
                all.join(",")
            );
        }
        self.event(&lines, self.state, word, parameter)
    }

    fn overriding(&self, one: &Override, word: &str, parameter: &str) -> String {
        let kind = CLOCKS[self.clock].0;
        let range = if one.following {
            ";RANGE=THISANDFUTURE"
        } else {
            ""
        };
        let lines = format!(
            "RECURRENCE-ID{range}{kind}{parameter}:{}\r\nDTSTART{kind}:{}\r\nSEQUENCE:{}\r\nRRULE:FREQ=DAILY;X-D={word}\r\n",
            self.date(one.day, self.hour),
            self.date(one.day + one.moved, (self.hour + 3) % 24),
            one.sequence,
        );
        self.event(&lines, one.state, word, parameter)
    }

    fn event(&self, lines: &str, state: usize, word: &str, parameter: &str) -> String {
        let length = self.length.map_or(String::new(), |length| {
            format!("DURATION{parameter}:{length}\r\n")
        });
        let state = STATES[state].replace("SECRET", word);
        let state = if state.is_empty() {
            state
        } else {
            state + "\r\n"
        };
        format!(
            "BEGIN:VEVENT\r\nUID:{word}\r\nDTSTAMP:20260101T000000Z\r\n{lines}{length}{state}SUMMARY;LANGUAGE=de;X-E={word}:{word}\r\n\
             DESCRIPTION;ALTREP=\"cid:{word}\":{word}\r\nLOCATION:{word}\r\nGEO:1.5;2.5\r\nCATEGORIES:{word},{word}\r\nCOMMENT:{word}\r\n\
             CONTACT:{word}\r\nRESOURCES:{word}\r\nCOLOR:{word}\r\nIMAGE:http://{word}\r\nCONFERENCE:tel:{word}\r\nURL:http://{word}\r\n\
             ORGANIZER;CN={word}:mailto:{word}@x\r\nATTENDEE;CN=\"{word}\";PARTSTAT=ACCEPTED:mailto:{word}@x\r\nATTACH:http://{word}\r\n\
             RELATED-TO:{word}\r\nREQUEST-STATUS:2.0;{word}\r\nPRIORITY:3\r\nCLASS:{word}\r\nEXRULE:FREQ=DAILY;X-F={word}\r\n\
             X-STRATA-VISIBILITY:{word}\r\nX-{word}:{word}\r\n{word}:{word}\r\nSTRUCTURED-DATA;VALUE=TEXT:{word}\r\n\
             BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:-PT15M\r\nSUMMARY:{word}\r\nDESCRIPTION:{word}\r\nATTENDEE:mailto:{word}@x\r\n\
             END:VALARM\r\nBEGIN:PARTICIPANT\r\nUID:{word}\r\nEND:PARTICIPANT\r\nBEGIN:VLOCATION\r\nNAME:{word}\r\nEND:VLOCATION\r\nEND:VEVENT\r\n"
        )
    }
}

fn object(text: &str) -> Object {
    Object::parse(&Bytes::copy_from_slice(text.as_bytes())).expect("an object")
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let lengths = vec![None, Some("PT45M"), Some("P1D"), Some("PT26H")];
    let rules = vec![
        None,
        Some("FREQ=DAILY"),
        Some("FREQ=DAILY;COUNT=20"),
        Some("FREQ=DAILY;INTERVAL=3;UNTIL=20260301"),
        Some("FREQ=WEEKLY;BYDAY=MO,WE,FR"),
        Some("FREQ=MONTHLY;BYMONTHDAY=-1,15;COUNT=7"),
    ];
    let days = || prop::collection::vec(0..80i64, 0..3);
    let moment = (0..5usize, 0..40i64, 0..24i64);
    let shape = (
        prop::sample::select(lengths),
        prop::sample::select(rules),
        0..5usize,
        prop::bool::weighted(0.9),
    );
    let overrides = prop::collection::vec(overriding(), 0..5);
    (moment, shape, days(), days(), days(), overrides).prop_map(
        |(
            (clock, day, hour),
            (length, rule, state, has_master),
            excluded,
            added,
            periods,
            overrides,
        )| Drawn {
            clock,
            day,
            hour,
            // Days are not counted in hours.
            length: length.filter(|length| clock > 0 || !length.contains('T')),
            rule,
            state,
            excluded,
            added,
            periods,
            has_master: has_master || overrides.is_empty(),
            overrides,
        },
    )
}

fn overriding() -> impl Strategy<Value = Override> {
    (
        0..80i64,
        -3..4i64,
        0..5usize,
        prop::bool::weighted(0.25),
        0..3u8,
    )
        .prop_map(|(day, moved, state, following, sequence)| Override {
            day,
            moved,
            state,
            following,
            sequence,
        })
}

/// In any case, folded or not.
fn holds(rendering: &Bytes, word: &str) -> bool {
    let text = String::from_utf8(rendering.to_vec())
        .expect("UTF-8")
        .to_ascii_lowercase();
    let word = word.to_ascii_lowercase();
    text.contains(&word) || text.replace("\r\n ", "").contains(&word)
}

fn busy_times(object: &Object, zone: &Zone, from: i64, until: i64) -> Vec<busy::Period> {
    let periods = busy::periods(object, from, until, zone).expect("periods");
    busy::merge(periods, from, until)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn times_and_nothing_else(
        drawn in drawn(),
        from in -20..120i64,
        days in 1..60i64,
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York"]),
    ) {
        let one = object(&drawn.text("SECRET", ";X-P=SECRET"));
        let other = object(&drawn.text("other", ""));
        prop_assert!(check(&one, &Zone::utc()).is_ok(), "{:?}", check(&one, &Zone::utc()));
        let zone = Zone::named(zone).expect("a zone");
        let from = 1_767_225_600 + from * DAY;
        let until = from + days * DAY;
        let times = busy_times(&one, &zone, from, until);
        for dress in [BUSY, GENERIC] {
            let rendering = mask(&one, &dress);
            prop_assert_eq!(&rendering, &mask(&other, &dress));
            let Some(rendering) = rendering else {
                prop_assert!(times.is_empty());
                continue;
            };
            prop_assert!(!holds(&rendering, "SECRET"));
            let rendering = object(std::str::from_utf8(&rendering).expect("UTF-8"));
            prop_assert!(check(&rendering, &zone).is_ok());
            prop_assert_eq!(busy_times(&rendering, &zone, from, until), times.clone());
        }
        let states = drawn.overrides.iter().map(|one| one.state).chain(drawn.has_master.then_some(drawn.state));
        match outline(&one) {
            // One that is overridden may not be there itself.
            Outline::None => prop_assert!(states.clone().all(|state| state == 4) || !drawn.overrides.is_empty()),
            Outline::Free => prop_assert!(states.clone().any(|state| state != 4)),
            Outline::Bar => prop_assert!(states.clone().any(|state| !is_free(state))),
        }
        fuzzed::run("mask", one.text());
    }
}

/// An occurrence of its own for each event that is shown, and none for what is not: in whole words, by hand.
#[test]
fn a_week_as_a_friend_sees_it() {
    let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260105T100000Z\r\nDURATION:PT1H\r\n\
        RRULE:FREQ=DAILY;COUNT=5\r\nSUMMARY:Therapy\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260106T100000Z\r\n\
        DTSTART:20260106T100000Z\r\nDURATION:PT1H\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\n\
        RECURRENCE-ID:20260108T100000Z\r\nDTSTART:20260108T140000Z\r\nDURATION:PT2H\r\nSTATUS:TENTATIVE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let rendering = mask(&object(text), &BUSY).expect("a rendering");
    let rendering = object(std::str::from_utf8(&rendering).expect("UTF-8"));
    let times = busy_times(&rendering, &Zone::utc(), 1_767_571_200, 1_768_176_000);
    let at = |times: &[busy::Period]| {
        let hours = times.iter().map(|one| {
            (
                (one.start - 1_767_571_200) / 3600,
                (one.end - one.start) / 3600,
            )
        });
        hours.collect::<Vec<_>>()
    };
    assert_eq!(at(&times), [(10, 1), (58, 1), (86, 2), (106, 1)]);
    assert_eq!(times[2].kind, busy::Kind::Tentative);
}
