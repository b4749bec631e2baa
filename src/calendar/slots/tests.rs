use super::*;
use crate::ical::time::midnight;

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

const HOUR: Instant = 3_600;
const MINUTE: Instant = 60;

fn utc(year: i64, month: i64, day: i64, hour: i64, minute: i64) -> Instant {
    midnight(year, month, day).expect("a day") + hour * HOUR + minute * MINUTE
}

fn question(zone: Zone, from: Instant, to: Instant) -> SlotQuestion {
    SlotQuestion {
        from,
        to,
        day: DayWindow::WHOLE,
        weekdays: Weekdays::ALL,
        zone,
        at_least: 0,
    }
}

fn hours(from: Instant, to: Instant) -> DayWindow {
    DayWindow::new(from * HOUR, to * HOUR).expect("a part of the day")
}

fn busy(start: Instant, end: Instant, kind: Kind) -> Period {
    Period { start, end, kind }
}

/// E-122: all members' BUSY and TENTATIVE blocks over each other. E-123: the gaps where all are free.
#[test]
fn e_122_and_e_123_blocks_name_who_is_busy_and_gaps_are_free_for_all() {
    let at = |hour| utc(2026, 11, 23, hour, 0);
    let question = question(Zone::utc(), at(8), at(16));
    let alice = vec![
        busy(at(9), at(11), Kind::Busy),
        busy(at(10), at(12), Kind::Tentative),
    ];
    let bob = vec![busy(at(11), at(13), Kind::Unavailable)];
    let slots = question.answer(&[Some(alice), Some(bob)]).expect("slots");
    assert_eq!(slots.free, [(at(8), at(9)), (at(13), at(16))]);
    let block = |start, end, people: &[(usize, Kind)]| Block {
        start: at(start),
        end: at(end),
        people: people.to_vec(),
    };
    assert_eq!(
        slots.busy,
        [
            // What is tentative beside something firm is covered by it (RFC 7953 section 4).
            block(9, 11, &[(0, Kind::Busy)]),
            block(11, 12, &[(0, Kind::Tentative), (1, Kind::Unavailable)]),
            block(12, 13, &[(1, Kind::Unavailable)]),
        ]
    );
}

/// E-124 and E-153: weekdays 9 to 17, slots of a least length, in a time zone.
#[test]
fn e_124_and_e_153_day_window_weekdays_and_least_length() {
    // Friday to Tuesday; Berlin is an hour ahead of UTC.
    let question = SlotQuestion {
        day: hours(9, 17),
        weekdays: Weekdays::of(0..5),
        at_least: 90 * MINUTE,
        ..question(
            zone("Europe/Berlin"),
            utc(2026, 11, 20, 12, 0),
            utc(2026, 11, 24, 12, 0),
        )
    };
    let lunch = busy(
        utc(2026, 11, 23, 9, 29),
        utc(2026, 11, 23, 14, 30),
        Kind::Busy,
    );
    let slots = question.answer(&[Some(vec![lunch])]).expect("slots");
    assert_eq!(
        slots.free,
        [
            (utc(2026, 11, 20, 12, 0), utc(2026, 11, 20, 16, 0)),
            (utc(2026, 11, 23, 14, 30), utc(2026, 11, 23, 16, 0)),
            (utc(2026, 11, 24, 8, 0), utc(2026, 11, 24, 12, 0)),
        ]
    );
}

#[test]
fn a_window_past_midnight_belongs_to_the_day_on_which_it_begins() {
    let question = SlotQuestion {
        day: hours(22, 6),
        weekdays: Weekdays::of([4]),
        ..question(
            Zone::utc(),
            utc(2026, 11, 20, 0, 0),
            utc(2026, 11, 24, 0, 0),
        )
    };
    let slots = question.answer(&[Some(Vec::new())]).expect("slots");
    assert_eq!(
        slots.free,
        [(utc(2026, 11, 20, 22, 0), utc(2026, 11, 21, 6, 0))]
    );
    let from = utc(2026, 11, 21, 3, 0);
    let later = SlotQuestion { from, ..question };
    let slots = later.answer(&[Some(Vec::new())]).expect("slots");
    assert_eq!(slots.free, [(from, utc(2026, 11, 21, 6, 0))]);
}

#[test]
fn days_on_which_the_clock_changes_keep_their_hours() {
    let lengths = |zone: Zone, from, to, day| {
        let question = SlotQuestion {
            day,
            ..question(zone, from, to)
        };
        let slots = question.answer(&[Some(Vec::new())]).expect("slots");
        slots
            .free
            .iter()
            .map(|(start, end)| (end - start) / MINUTE)
            .collect::<Vec<_>>()
    };
    let (spring, autumn) = (utc(2026, 3, 28, 23, 0), utc(2026, 10, 24, 22, 0));
    let berlin = || zone("Europe/Berlin");
    let night = hours(0, 6);
    assert_eq!(lengths(berlin(), spring, spring + 23 * HOUR, night), [300]);
    assert_eq!(lengths(berlin(), autumn, autumn + 25 * HOUR, night), [420]);
    // 02:30 is skipped in spring, and there twice in autumn: the first is meant.
    let early = DayWindow::new(150 * MINUTE, 210 * MINUTE).expect("a part of the day");
    assert_eq!(lengths(berlin(), spring, spring + 23 * HOUR, early), [30]);
    assert_eq!(lengths(berlin(), autumn, autumn + 25 * HOUR, early), [120]);
    // Samoa had no 30 December 2011.
    let (from, to) = (utc(2011, 12, 29, 10, 0), utc(2012, 1, 1, 10, 0));
    assert_eq!(
        lengths(zone("Pacific/Apia"), from, to, hours(9, 17)),
        [480, 480, 480]
    );
}

/// Somebody who may not be asked is free at no time.
#[test]
fn unknown_is_not_free() {
    let (from, to) = (utc(2026, 11, 23, 0, 0), utc(2026, 11, 24, 0, 0));
    let question = question(Zone::utc(), from, to);
    let slots = question.answer(&[None, None]).expect("slots");
    assert_eq!((slots.free, slots.unknown), (Vec::new(), vec![0, 1]));
    let slots = question.answer(&[None, Some(Vec::new())]).expect("slots");
    assert_eq!((slots.free, slots.unknown), (vec![(from, to)], vec![0]));
}

#[test]
fn what_is_too_much_is_refused() {
    let (from, year) = (utc(2026, 1, 1, 0, 0), MAX_DAYS * DAY);
    let ask = |to, people: usize| {
        let people = vec![Some(Vec::new()); people];
        question(Zone::utc(), from, to).answer(&people).is_ok()
    };
    assert!(ask(from + year, MAX_PEOPLE));
    assert!(!ask(from + year + 1, 1));
    assert!(!ask(from, 1));
    assert!(!ask(from - 1, 1));
    assert!(!ask(from + DAY, 0));
    assert!(!ask(from + DAY, MAX_PEOPLE + 1));
    assert!(
        question(Zone::utc(), Instant::MIN, Instant::MAX)
            .check(1)
            .is_err()
    );
    let seconds = (0..MOST_PERIODS as i64 + 1).map(|at| busy(from + at, from + at + 1, Kind::Busy));
    let refused = question(Zone::utc(), from, from + DAY).answer(&[Some(seconds.collect())]);
    assert!(matches!(refused, Err(Refusal::TooManyOccurrences(_))));
    for (start, end) in [(9, 9), (-1, 5), (24, 5), (5, 25)] {
        assert_eq!(
            DayWindow::new(start * HOUR, end * HOUR),
            None,
            "{start} {end}"
        );
    }
}

/// xorshift64: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: Instant) -> Instant {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as Instant
    }
}

/// Minute by minute, with a clock on the wall that is looked at and never computed with.
fn model(question: &SlotQuestion, people: &[Option<Vec<Period>>]) -> Slots {
    let mut slots = Slots::default();
    let mut latest = Instant::MIN;
    for minute in (question.from - 3 * DAY..question.to).step_by(60) {
        latest = latest.max(question.zone.to_wall(minute));
        let since = latest - question.day.start;
        let is_open = question.weekdays.contains(since.div_euclid(DAY))
            && since.rem_euclid(DAY) < question.day.length;
        if minute < question.from || !is_open {
            continue;
        }
        let kind_of = |periods: &Vec<Period>| {
            let within = |it: &&Period| it.start <= minute && minute < it.end;
            let has = |kind: &Kind| periods.iter().filter(within).any(|it| it.kind == *kind);
            [Kind::Busy, Kind::Unavailable, Kind::Tentative]
                .into_iter()
                .find(has)
        };
        let busy = people.iter().enumerate();
        let busy = busy.filter_map(|(person, it)| Some((person, kind_of(it.as_ref()?)?)));
        slots.add(minute, minute + 60, busy.collect());
    }
    slots
        .free
        .retain(|(start, end)| end - start >= question.at_least);
    slots.unknown = (0..people.len())
        .filter(|it| people[*it].is_none())
        .collect();
    if slots.unknown.len() == people.len() {
        slots.free.clear();
    }
    slots
}

/// Zones, and a day near which their clocks changed.
const CHANGES: [(&str, (i64, i64, i64)); 8] = [
    ("UTC", (2026, 6, 1)),
    ("Europe/Berlin", (2026, 3, 29)),
    ("Europe/Berlin", (2026, 10, 25)),
    ("America/St_Johns", (2010, 11, 7)),
    ("Australia/Lord_Howe", (2026, 4, 5)),
    ("Australia/Lord_Howe", (2026, 10, 4)),
    ("Asia/Kathmandu", (2026, 1, 1)),
    ("Pacific/Apia", (2011, 12, 30)),
];

/// E-122 to E-124: 240 random questions against the model.
#[test]
fn slots_are_what_a_look_at_every_minute_says() {
    let mut numbers = Numbers(0x5eed_1e55);
    let mut met = (0, 0);
    for case in 0..240 {
        let (name, (year, month, day)) = CHANGES[case % CHANGES.len()];
        let near = midnight(year, month, day).expect("a day");
        let from = near - 2 * DAY + numbers.below(1_440) * MINUTE;
        let to = from + (1 + numbers.below(5 * 1_440)) * MINUTE;
        let day = DayWindow::new(
            numbers.below(48) * 30 * MINUTE,
            numbers.below(49) * 30 * MINUTE,
        );
        let question = SlotQuestion {
            day: day.unwrap_or(DayWindow::WHOLE),
            weekdays: Weekdays(numbers.below(0x80) as u8 | 1 << numbers.below(7)),
            at_least: numbers.below(8) * 15 * MINUTE,
            ..question(zone(name), from, to)
        };
        let people: Vec<_> = (0..1 + numbers.below(4))
            .map(|_| (numbers.below(6) > 0).then(|| periods(&mut numbers, from, to)))
            .collect();
        let slots = question.answer(&people).expect("slots");
        assert_eq!(
            slots,
            model(&question, &people),
            "case {case}: {question:?}"
        );
        met = (met.0 + slots.free.len(), met.1 + slots.busy.len());
    }
    assert!(met.0 > 200 && met.1 > 500, "{met:?} says little");
}

fn periods(numbers: &mut Numbers, from: Instant, to: Instant) -> Vec<Period> {
    let minutes = (to - from) / MINUTE;
    (0..numbers.below(9))
        .map(|_| {
            let start = from + (numbers.below(minutes + 60) - 30) * MINUTE;
            let end = start + numbers.below(300) * MINUTE;
            busy(start, end, Kind::ALL[numbers.below(3) as usize])
        })
        .collect()
}
