//! When all of several people are free, and who is busy when they are not: out of busy time alone, so that nobody learns
//! more than free-busy tells.

use super::{Access, Away, Refusal, Result};
use crate::ical::Zone;
use crate::ical::busy::{Kind, Period};
use crate::model::{Instant, User};

const DAY: Instant = 86_400;

/// What one question may ask of.
pub const MAX_PEOPLE: usize = 100;
pub const MAX_DAYS: Instant = 366;
/// Busy periods that one answer is made from, and what all its blocks may name together.
const MOST_PERIODS: usize = 200_000;
const MOST_NAMES: usize = 1_000_000;

/// A part of the day on the wall clock, in seconds since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayWindow {
    start: Instant,
    length: Instant,
}

impl DayWindow {
    pub const WHOLE: Self = Self {
        start: 0,
        length: DAY,
    };

    /// One that ends before it begins passes midnight. `None`: it has no length, or is no part of a day.
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        let within = (0..DAY).contains(&start) && (0..=DAY).contains(&end) && start != end;
        let length = if end > start {
            end - start
        } else {
            end + DAY - start
        };
        within.then_some(Self { start, length })
    }
}

/// Days of the week; bit 0 is Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    pub const ALL: Self = Self(0x7f);

    /// Days as numbers, Monday is 0.
    pub fn of(days: impl IntoIterator<Item = u8>) -> Self {
        let bit = |day: u8| 1u8 << (day % 7);
        Self(days.into_iter().fold(0, |bits, day| bits | bit(day)))
    }

    /// `day` counts from 1970-01-01, which was a Thursday.
    fn contains(self, day: Instant) -> bool {
        self.0 & (1 << (day + 3).rem_euclid(7)) != 0
    }
}

/// What is asked: a stretch of time, and which parts of its days count.
#[derive(Clone, Debug)]
pub struct SlotQuestion {
    pub from: Instant,
    pub to: Instant,
    pub day: DayWindow,
    /// The days on which the day window begins.
    pub weekdays: Weekdays,
    /// Whose clock the days follow.
    pub zone: Zone,
    /// Shorter ones are no slots; seconds.
    pub at_least: Instant,
}

/// What is known of people's time, in the order in which they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// When all are free whose time may be known.
    pub free: Vec<(Instant, Instant)>,
    pub busy: Vec<Block>,
    /// Who may not be asked: free at no time, as far as anybody can say.
    pub unknown: Vec<usize>,
    /// What cannot be asked just now, of what the viewer may know of. Whose it is counts as unavailable all the time.
    pub away: Vec<Away>,
}

/// A stretch of time in which the same people are busy in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub start: Instant,
    pub end: Instant,
    pub people: Vec<(usize, Kind)>,
}

impl Access<'_, '_> {
    /// When some people are free together, as far as this viewer may know.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] past the limits above, [`Refusal::TooManyOccurrences`].
    pub fn slots(&mut self, people: &[User], question: &SlotQuestion) -> Result<Slots> {
        question.check(people.len())?;
        let (mut known, mut away) = (Vec::new(), Vec::new());
        for person in people {
            match self.time_of(person, question.from, question.to) {
                // Looked at together with what the others have.
                Err(_) if self.settle().is_err() => {}
                answer => {
                    let time = answer?;
                    known.push(time.map(|time| {
                        away.extend(time.away);
                        time.periods
                    }));
                }
            }
        }
        self.settle()?;
        let slots = question.answer(&known)?;
        Ok(Slots { away, ..slots })
    }
}

impl SlotQuestion {
    /// # Errors
    /// [`Refusal::BadValue`] for one that is not to be answered.
    pub fn check(&self, people: usize) -> std::result::Result<(), Refusal> {
        let length = self.to.checked_sub(self.from);
        let bad = if !(1..=MAX_PEOPLE).contains(&people) {
            format!("between 1 and {MAX_PEOPLE} people")
        } else if !length.is_some_and(|length| (1..=MAX_DAYS * DAY).contains(&length)) {
            format!("a stretch of time of at most {MAX_DAYS} days that ends after it begins")
        } else if self.at_least < 0 {
            "a length that is not negative".to_owned()
        } else {
            return Ok(());
        };
        Err(Refusal::BadValue(bad))
    }

    /// The answer for people whose busy time is given; `None` stands for one whose time may not be known.
    ///
    /// # Errors
    /// As [`Access::slots`].
    pub fn answer(&self, people: &[Option<Vec<Period>>]) -> std::result::Result<Slots, Refusal> {
        self.check(people.len())?;
        let (known, unknown): (Vec<usize>, Vec<usize>) =
            (0..people.len()).partition(|person| matches!(people.get(*person), Some(Some(_))));
        let mut slots = Slots {
            unknown,
            ..Slots::default()
        };
        if known.is_empty() {
            return Ok(slots);
        }
        let mut sweep = Sweep::of(people.len());
        let edges = edges(&self.windows(), people)?;
        let mut names = 0;
        for (place, (at, edge)) in edges.iter().enumerate() {
            sweep.pass(edge);
            let until = edges.get(place + 1).map_or(*at, |(next, _)| *next);
            if sweep.is_open && *at < until {
                names += slots.add(*at, until, sweep.busy());
            }
            if names > MOST_NAMES {
                return Err(Refusal::TooManyOccurrences(MOST_NAMES as u64));
            }
        }
        slots
            .free
            .retain(|(start, end)| end - start >= self.at_least.max(1));
        Ok(slots)
    }

    /// The times that count, in order and apart from each other.
    fn windows(&self) -> Vec<(Instant, Instant)> {
        let day_of = |utc| self.zone.to_wall(utc).div_euclid(DAY);
        // A window may have begun on the day before, and clocks that go back may have seen the next day already.
        let days = day_of(self.from) - 1..=day_of(self.to) + 1;
        let mut windows: Vec<(Instant, Instant)> = Vec::new();
        for day in days.filter(|day| self.weekdays.contains(*day)) {
            let opens = day * DAY + self.day.start;
            let start = reaches(&self.zone, opens).max(self.from);
            let end = reaches(&self.zone, opens + self.day.length).min(self.to);
            match windows.last_mut() {
                _ if start >= end => {}
                Some(last) if start <= last.1 => last.1 = end.max(last.1),
                _ => windows.push((start, end)),
            }
        }
        windows
    }
}

/// The moment at which a wall clock first shows a time or has gone past it: of one that occurs twice the first, for one
/// that is skipped the end of the gap.
fn reaches(zone: &Zone, wall: Instant) -> Instant {
    let read = zone.to_utc(wall);
    let beyond = zone.to_wall(read) - wall;
    let (mut before, mut after) = (read - beyond.max(0), read);
    while before < after {
        let middle = before + (after - before) / 2;
        if zone.to_wall(middle) < wall {
            before = middle + 1;
        } else {
            after = middle;
        }
    }
    after
}

/// Something begins to hold or ends.
enum Edge {
    Window(bool),
    Person(usize, Kind, bool),
}

fn edges(
    windows: &[(Instant, Instant)],
    people: &[Option<Vec<Period>>],
) -> std::result::Result<Vec<(Instant, Edge)>, Refusal> {
    let count: usize = people.iter().flatten().map(Vec::len).sum();
    if count > MOST_PERIODS {
        return Err(Refusal::TooManyOccurrences(MOST_PERIODS as u64));
    }
    let mut edges = Vec::with_capacity(2 * (count + windows.len()));
    for (start, end) in windows {
        edges.push((*start, Edge::Window(true)));
        edges.push((*end, Edge::Window(false)));
    }
    for (person, periods) in people.iter().enumerate() {
        for it in periods.iter().flatten().filter(|it| it.start < it.end) {
            edges.push((it.start, Edge::Person(person, it.kind, true)));
            edges.push((it.end, Edge::Person(person, it.kind, false)));
        }
    }
    edges.sort_by_key(|(at, _)| *at);
    Ok(edges)
}

/// What holds at one moment.
struct Sweep {
    is_open: bool,
    /// How many periods of each kind stand open, the kind that covers the others first.
    people: Vec<[usize; Kind::ALL.len()]>,
}

impl Sweep {
    fn of(people: usize) -> Self {
        Self {
            is_open: false,
            people: vec![[0; Kind::ALL.len()]; people],
        }
    }

    fn pass(&mut self, edge: &Edge) {
        match *edge {
            Edge::Window(opens) => self.is_open = opens,
            Edge::Person(person, kind, begins) => {
                let place = Kind::ALL.iter().position(|it| *it == kind);
                let counts = self.people.get_mut(person);
                let count = counts.and_then(|counts| counts.get_mut(place?));
                if let Some(count) = count {
                    *count = if begins {
                        *count + 1
                    } else {
                        count.saturating_sub(1)
                    };
                }
            }
        }
    }

    fn busy(&self) -> Vec<(usize, Kind)> {
        let kind = |counts: &[usize; Kind::ALL.len()]| {
            let mut kinds = Kind::ALL.into_iter().zip(counts);
            kinds.find(|(_, count)| **count > 0).map(|(kind, _)| kind)
        };
        let people = self.people.iter().enumerate();
        people
            .filter_map(|(person, counts)| Some((person, kind(counts)?)))
            .collect()
    }
}

impl Slots {
    /// Adds what holds in `[start, end)`; answers how many names that took.
    fn add(&mut self, start: Instant, end: Instant, people: Vec<(usize, Kind)>) -> usize {
        if people.is_empty() {
            match self.free.last_mut() {
                Some(last) if last.1 == start => last.1 = end,
                _ => self.free.push((start, end)),
            }
            return 0;
        }
        match self.busy.last_mut() {
            Some(last) if last.end == start && last.people == people => {
                last.end = end;
                0
            }
            _ => {
                let names = people.len();
                self.busy.push(Block { start, end, people });
                names
            }
        }
    }
}

#[cfg(test)]
mod tests;
