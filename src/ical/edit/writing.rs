//! What edits write into a component: times, named properties, and the marks that it was changed.

use super::super::time::{DAY, Duration, write_date_time};
use super::super::value::escape;
use super::super::{Object, Zone, value};
use super::facts::Facts;
use super::moment::Moment;
use super::sheet::{Block, Line, LineEnd, Sheet};
use super::{Change, Stamp};

/// How lines are written into one text.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub end: LineEnd,
}

/// The same thing in other words, or in another form, that goes with what it says.
const COMPANIONS: [(&str, &[&str]); 3] = [
    ("DESCRIPTION", &["X-ALT-DESC", "STYLED-DESCRIPTION"]),
    (
        "LOCATION",
        &["GEO", "X-APPLE-STRUCTURED-LOCATION", "X-APPLE-TRAVEL-START"],
    ),
    ("COLOR", &["X-APPLE-CALENDAR-COLOR"]),
];

impl Pen {
    pub fn of(facts: &Facts<'_>) -> Self {
        Self::of_text(facts.object)
    }

    pub fn of_text(object: &Object) -> Self {
        Self {
            end: LineEnd::of(object.text()),
        }
    }

    pub fn line(self, name: &str, parameters: &str, value: &str) -> Line {
        Line::new(name, parameters, value, self.end)
    }

    /// A time in place of the one that stands there, whose other parameters stay.
    pub fn moment(self, block: &mut Block, name: &str, moment: &Moment) {
        let kept = block
            .line(name)
            .map(|line| line.parameters_without(&["TZID", "VALUE"]));
        let parameters = moment.parameters() + &kept.unwrap_or_default();
        let line = self.line(name, &parameters, &moment.value());
        let behind = if name == "DTEND" { "DTSTART" } else { "UID" };
        block.set_after(behind, line);
    }

    /// Start and end; `length` goes by the clock of the start.
    pub fn times(self, block: &mut Block, start: &Moment, length: i64, zone: &Zone) {
        self.moment(block, "DTSTART", start);
        let whole = if start.is_date() { DAY } else { 0 };
        if block.has("DURATION") && !block.has("DTEND") {
            let duration = match start.is_date() {
                true => Duration {
                    days: length.max(DAY).div_euclid(DAY),
                    seconds: 0,
                },
                false => {
                    let end = start.at(start.time.wall + length);
                    Duration {
                        days: 0,
                        seconds: (end.time.instant(zone) - start.time.instant(zone)).max(0),
                    }
                }
            };
            return block.set(self.line("DURATION", "", &duration.write()));
        }
        block.remove("DURATION");
        if length <= whole && (!block.has("DTEND") || !start.is_date()) {
            return block.remove("DTEND");
        }
        let end = start.at(start.time.wall + length.max(whole));
        self.moment(block, "DTEND", &end);
    }

    /// The properties that an edit names.
    pub fn changes(self, block: &mut Block, changes: &[Change]) {
        for change in changes {
            let (name, line) = match change {
                Change::Text(name, text) => {
                    let kept = block
                        .line(name)
                        .map(|line| line.parameters_without(&["ALTREP"]));
                    let line = self.line(name, &kept.unwrap_or_default(), &escape(text));
                    (*name, (!text.is_empty()).then_some(line))
                }
                Change::Raw(name, value) => (*name, Some(self.line(name, "", value))),
                Change::Remove(name) => (*name, None),
            };
            let companions = COMPANIONS.iter().find(|(of, _)| *of == name);
            for companion in companions.into_iter().flat_map(|(_, names)| *names) {
                let named = changes.iter().any(|it| it.name() == *companion);
                if !named {
                    block.remove(companion);
                }
            }
            match line {
                Some(line) => block.set(line),
                None => block.remove(name),
            }
        }
    }

    /// "In the case of an iCalendar object that doesn't specify a METHOD property, [DTSTAMP] is equivalent to the
    /// LAST-MODIFIED" (RFC 5545 section 3.8.7.2). A change of when it takes place, of its rule or its status is one of its
    /// SEQUENCE too (RFC 5546 section 2.1.4).
    pub fn stamp(self, block: &mut Block, stamp: &Stamp, significant: bool) {
        let now = write_date_time(stamp.now) + "Z";
        block.set(self.line("DTSTAMP", "", &now));
        block.set_after("DTSTAMP", self.line("LAST-MODIFIED", "", &now));
        if significant {
            let there = block
                .line("SEQUENCE")
                .and_then(|it| it.value().trim().parse().ok());
            let next = there
                .unwrap_or(0_u32)
                .saturating_add(1)
                .min(i32::MAX.unsigned_abs());
            block.set_after(
                "LAST-MODIFIED",
                self.line("SEQUENCE", "", &next.to_string()),
            );
        }
    }

    /// The VTIMEZONE that a time refers to, if it is not there yet (RFC 5545 section 3.2.19).
    pub fn zone(self, sheet: &mut Sheet, moment: &Moment) {
        let super::super::time::Form::Zoned(zone) = &moment.time.form else {
            return;
        };
        let Some(tzid) = &moment.tzid else { return };
        let is_there = sheet.blocks("VTIMEZONE").any(|block| {
            block
                .line("TZID")
                .is_some_and(|line| line.text().trim() == tzid)
        });
        if is_there {
            return;
        }
        if let Some(block) = Block::written(&zone.to_component(tzid), self.end) {
            sheet.add_first(block);
        }
    }
}

impl Change {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(name, _) | Self::Raw(name, _) | Self::Remove(name) => name,
        }
    }

    /// Does it count as another revision for those who are invited?
    pub(super) fn is_significant(&self) -> bool {
        self.name() == "STATUS"
    }
}

/// The items of a list property that are wanted, or others in their place; `None`: none are left.
pub(super) fn items(line: &Line, keep: impl Fn(usize) -> bool) -> Option<String> {
    let value = line.value();
    let items: Vec<&str> = value::split(&value, b',')
        .filter(|item| !item.trim().is_empty())
        .enumerate()
        .filter(|(at, _)| keep(*at))
        .map(|(_, item)| item)
        .collect();
    (!items.is_empty()).then(|| items.join(","))
}
