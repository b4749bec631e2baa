//! Who sees how much of what, written down as the page of rules tells it and from nothing else; and items that are full of
//! secrets, one for each combination of what an owner can say of them.

/// Those who ask, in the order of the columns of [`THERE`] and [`TOLD`].
pub const VIEWERS: [&str; 6] = ["alice", "rita", "walt", "fred", "anna", "nobody"];

pub const OWNER: &str = VIEWERS[0];
/// The owner lets her read.
pub const READER: &str = VIEWERS[1];
/// The owner lets him write.
pub const WRITER: &str = VIEWERS[2];
pub const FRIEND: &str = VIEWERS[3];
/// Signed in, and nothing to the owner.
pub const ACCOUNT: &str = VIEWERS[4];
/// Where the server lets people read who have not said who they are.
pub const ANONYMOUS: &str = VIEWERS[5];

/// They act for the owner, one to read and one to write: of everything they see what those see whom a layer is shared with.
pub const PROXIES: [&str; 2] = ["percy", "petra"];

/// May somebody write who is not the owner?
pub fn writes(viewer: &str) -> bool {
    [WRITER, PROXIES[1]].contains(&viewer)
}

/// What stands in place of every word of a sensitive item.
pub const LABEL: &str = "Occupied";

/// Step 1: is it there at all?
const THERE: [(&str, [bool; 6]); 3] = [
    ("PRIVATE", [true, true, true, false, false, false]),
    ("FRIENDS", [true, true, true, true, false, false]),
    ("PUBLIC", [true, true, true, true, true, true]),
];

/// Step 2: how much of it?
const TOLD: [(&str, [bool; 6]); 3] = [
    ("NOBODY", [true, false, false, false, false, false]),
    ("FRIENDS", [true, true, true, true, false, false]),
    ("EVERYONE", [true, true, true, true, true, true]),
];

const CLASSES: [(&str, Option<&str>, Option<&str>); 5] = [
    ("", None, None),
    ("PUBLIC", None, None),
    ("CONFIDENTIAL", None, Some("NOBODY")),
    ("PRIVATE", Some("PRIVATE"), Some("NOBODY")),
    ("X-UNKNOWN", Some("PRIVATE"), Some("NOBODY")),
];

const VISIBILITIES: [&str; 4] = ["", "PRIVATE", "FRIENDS", "PUBLIC"];
const DETAILS: [&str; 4] = ["", "NOBODY", "FRIENDS", "EVERYONE"];
const STATUSES: [(&str, &str); 4] = [
    ("BUSY", ""),
    ("TENTATIVE", "STATUS:TENTATIVE"),
    ("FREE", "TRANSP:TRANSPARENT"),
    ("CANCELLED", "STATUS:CANCELLED"),
];
const SORTS: [&str; 3] = ["", "TIME-BLOCK", "REMINDER"];

/// Of [`STATUSES`] and [`SORTS`], what a single event is tried as.
const SINGLE: [(usize, usize); 7] = [(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (2, 1), (0, 2)];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    Nothing,
    Busy,
    Generic,
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Single,
    /// A series with an occurrence that would let everybody see everything.
    Laxer,
    /// A series with an occurrence that says less than the series does.
    Stricter,
    /// Occurrences of a series that somebody else has.
    Alone,
    Task,
    Journal,
}

/// What an item is reached through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Layer,
    View,
}

/// What one item says.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub number: usize,
    pub shape: Shape,
    visibility: &'static str,
    details: &'static str,
    class: &'static str,
    status: (&'static str, &'static str),
    sort: &'static str,
    sensitive: bool,
}

/// What one component says of itself.
#[derive(Clone, Copy, Default)]
struct Word {
    visibility: Option<&'static str>,
    details: Option<&'static str>,
    sensitive: bool,
}

/// Every combination of the single event; of the other shapes every one of what differs from it there.
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for shape in [
        Shape::Single,
        Shape::Laxer,
        Shape::Stricter,
        Shape::Alone,
        Shape::Task,
        Shape::Journal,
    ] {
        let times: &[(usize, usize)] = match shape {
            Shape::Single => &SINGLE,
            Shape::Stricter => &[(0, 0), (2, 0)],
            _ => &[(0, 0)],
        };
        for visibility in VISIBILITIES {
            for details in DETAILS {
                for (class, ..) in CLASSES {
                    for (status, sort) in times {
                        for sensitive in [false, true] {
                            cases.push(Case {
                                number: cases.len(),
                                shape,
                                visibility,
                                details,
                                class,
                                status: STATUSES[*status],
                                sort: SORTS[*sort],
                                sensitive,
                            });
                        }
                    }
                }
            }
        }
    }
    cases
}

fn column(viewer: &str) -> usize {
    let stands_as = match PROXIES.iter().position(|it| *it == viewer) {
        Some(0) => READER,
        Some(_) => WRITER,
        None => viewer,
    };
    VIEWERS.iter().position(|it| *it == stands_as).unwrap()
}

fn at(table: &[(&str, [bool; 6]); 3], row: &str, viewer: &str) -> bool {
    let (_, row) = table.iter().find(|(name, _)| *name == row).unwrap();
    row[column(viewer)]
}

/// The lesser of two words of one of the tables.
fn lesser(table: &[(&str, [bool; 6]); 3], one: &'static str, other: &'static str) -> &'static str {
    let place = |word| table.iter().position(|(name, _)| *name == word).unwrap();
    if place(one) <= place(other) {
        one
    } else {
        other
    }
}

/// May the layer be known to this viewer?
pub fn admits(layer: &str, viewer: &str) -> bool {
    at(&THERE, &layer.to_uppercase(), viewer)
}

/// Are its details for this viewer, once it is there at all?
pub fn tells(details: &str, viewer: &str) -> bool {
    at(&TOLD, details, viewer)
}

impl Case {
    fn word(&self) -> Word {
        let (_, implied_visibility, implied_details) = CLASSES
            .into_iter()
            .find(|(name, ..)| *name == self.class)
            .unwrap();
        let said = |word: &'static str| Some(word).filter(|word| !word.is_empty());
        Word {
            visibility: said(self.visibility).or(implied_visibility),
            details: said(self.details).or(implied_details),
            sensitive: self.sensitive,
        }
    }

    /// What the occurrence of a series says, and what that means.
    fn occurrence(&self) -> (&'static str, Word) {
        let nothing = Word::default();
        match self.shape {
            Shape::Laxer => (
                "X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-DETAILS-TO:EVERYONE\r\nX-STRATA-SENSITIVE:FALSE\r\nCLASS:PUBLIC\r\n",
                nothing,
            ),
            Shape::Stricter => match self.number % 4 {
                0 => (
                    "X-STRATA-VISIBILITY:PRIVATE\r\n",
                    Word {
                        visibility: Some("PRIVATE"),
                        ..nothing
                    },
                ),
                1 => (
                    "X-STRATA-DETAILS-TO:NOBODY\r\n",
                    Word {
                        details: Some("NOBODY"),
                        ..nothing
                    },
                ),
                2 => (
                    "X-STRATA-SENSITIVE:TRUE\r\n",
                    Word {
                        sensitive: true,
                        ..nothing
                    },
                ),
                _ => (
                    "CLASS:PRIVATE\r\n",
                    Word {
                        visibility: Some("PRIVATE"),
                        details: Some("NOBODY"),
                        ..nothing
                    },
                ),
            },
            _ => ("", nothing),
        }
    }

    /// What the page of rules says that this viewer sees, in a layer of that visibility.
    pub fn sight(&self, layer: &str, viewer: &str, door: Door) -> Sight {
        if viewer == OWNER {
            return Sight::Whole;
        }
        let layer: &'static str = THERE
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(layer))
            .unwrap()
            .0;
        let (own, other) = (self.word(), self.occurrence().1);
        let mut visibility = own.visibility.unwrap_or(layer);
        let mut details = own.details.unwrap_or("FRIENDS");
        if let Some(stricter) = other.visibility {
            visibility = lesser(&THERE, visibility, stricter);
        }
        if let Some(stricter) = other.details {
            details = lesser(&TOLD, details, stricter);
        }
        // An item never opens up its layer; what is wider is reached through views.
        if door == Door::Layer {
            visibility = lesser(&THERE, visibility, layer);
        }
        let blocks = self.is_event() && matches!(self.status.0, "BUSY" | "TENTATIVE");
        if !at(&THERE, visibility, viewer) {
            let explicitly_private = self.visibility == "PRIVATE"
                || (self.shape == Shape::Stricter && self.number.is_multiple_of(4));
            let bar = door == Door::View && viewer == FRIEND && self.sort == "TIME-BLOCK";
            return match bar && blocks && !explicitly_private {
                true => Sight::Busy,
                false => Sight::Nothing,
            };
        }
        if at(&TOLD, details, viewer) {
            let sensitive = own.sensitive || other.sensitive;
            let has_rendering = self.is_event() && self.status.0 != "CANCELLED";
            return match (sensitive, has_rendering) {
                (false, _) => Sight::Whole,
                (true, true) => Sight::Generic,
                (true, false) => Sight::Nothing,
            };
        }
        if blocks && self.sort != "REMINDER" {
            Sight::Busy
        } else {
            Sight::Nothing
        }
    }

    /// What the holder of a feed's link sees: as if its audience asked, where layers come together.
    pub fn published(&self, layer: &str, audience: &str) -> Sight {
        let blocks = self.is_event() && matches!(self.status.0, "BUSY" | "TENTATIVE");
        let sensitive = self.word().sensitive || self.occurrence().1.sensitive;
        match audience {
            _ if !self.is_event() => Sight::Nothing,
            "owner" if !sensitive => Sight::Whole,
            "owner" if self.status.0 == "CANCELLED" => Sight::Nothing,
            "owner" => Sight::Generic,
            "friends" => self.sight(layer, FRIEND, Door::View),
            "everyone" => self.sight(layer, ACCOUNT, Door::View),
            _ if blocks && self.sort != "REMINDER" => Sight::Busy,
            _ => Sight::Nothing,
        }
    }

    pub fn is_event(&self) -> bool {
        !matches!(self.shape, Shape::Task | Shape::Journal)
    }

    pub fn name(&self) -> String {
        format!("{}.ics", secret('N', self.number))
    }

    pub fn uid(&self) -> String {
        format!("{}@example.com", secret('U', self.number))
    }

    /// The item as its owner writes it. Its start tells its number to whoever is told when it takes place.
    pub fn text(&self) -> String {
        let n = self.number;
        let own_zone = self.is_event() && n.is_multiple_of(4);
        let zone = if own_zone {
            format!(
                "BEGIN:VTIMEZONE\r\nTZID:{}\r\nX-LIC-LOCATION:{}\r\nCOMMENT:{}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n\
                 TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0000\r\nTZNAME:{}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
                secret('Z', n),
                secret('Z', n),
                secret('Z', n),
                secret('Z', n)
            )
        } else {
            String::new()
        };
        let time = |property: &str, days: usize| {
            let clock = clock(n * 7 + days * 1440);
            match own_zone {
                true => format!("{property};TZID={}:{clock}\r\n", secret('Z', n)),
                false => format!("{property};X-ROOM={}:{clock}Z\r\n", secret('A', n)),
            }
        };
        let body = match self.shape {
            Shape::Single => self.component("VEVENT", &time("DTSTART", 0), &self.own()),
            Shape::Task => self.component("VTODO", &time("DTSTART", 0), &self.own()),
            Shape::Journal => self.component("VJOURNAL", &time("DTSTART", 0), &self.own()),
            Shape::Laxer | Shape::Stricter => {
                let series = format!("{}RRULE:FREQ=DAILY;COUNT=3\r\n", time("DTSTART", 0));
                let when = time("RECURRENCE-ID", 1) + &time("DTSTART", 1);
                let own = format!("{}{}", self.occurrence().0, line(self.status.1));
                self.component("VEVENT", &series, &self.own())
                    + &self.component("VEVENT", &when, &own)
            }
            Shape::Alone => [0, 1]
                .map(|day| {
                    let when = time("RECURRENCE-ID", day) + &time("DTSTART", day);
                    self.component("VEVENT", &when, &self.own())
                })
                .concat(),
        };
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//{}//EN\r\nX-WR-CALDESC:{}\r\n{zone}{body}END:VCALENDAR\r\n",
            secret('P', n),
            secret('W', n)
        )
    }

    fn own(&self) -> String {
        let mut lines = line(self.status.1);
        for (name, value) in [
            ("X-STRATA-VISIBILITY", self.visibility),
            ("X-STRATA-DETAILS-TO", self.details),
            ("CLASS", self.class),
            ("X-STRATA-TYPE", self.sort),
            (
                "X-STRATA-SENSITIVE",
                if self.sensitive { "TRUE" } else { "" },
            ),
        ] {
            if !value.is_empty() {
                lines += &format!("{name}:{value}\r\n");
            }
        }
        lines
    }

    fn component(&self, name: &str, when: &str, own: &str) -> String {
        let n = self.number;
        let s = |kind| secret(kind, n);
        let duration = if name == "VEVENT" {
            "DURATION:PT5M\r\n"
        } else {
            ""
        };
        let place = if name == "VJOURNAL" {
            String::new()
        } else {
            format!("LOCATION:{}\r\n", s('L'))
        };
        let alarm = if !["VEVENT", "VTODO"].contains(&name) {
            String::new()
        } else {
            format!(
                "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:{}\r\nEND:VALARM\r\n",
                s('V')
            )
        };
        format!(
            "BEGIN:{name}\r\nUID:{}\r\nDTSTAMP:19890101T000000Z\r\nCREATED:19870101T000000Z\r\nLAST-MODIFIED:19880101T000000Z\r\n\
             {when}{duration}SUMMARY;X-MOOD={}:{}\r\nDESCRIPTION:{}\r\n{place}ORGANIZER;CN={}:mailto:{}@example.com\r\n\
             ATTENDEE;CN={}:mailto:{}@example.com\r\nX-MEETING-LINK:https://example.com/{}\r\nCOMMENT:{}\r\nCATEGORIES:{}\r\n\
             ATTACH:https://example.com/{}\r\nURL:https://example.com/{}\r\nCONTACT:{}\r\n{own}{alarm}END:{name}\r\n",
            self.uid(),
            s('M'),
            s('S'),
            s('D'),
            s('O'),
            s('O'),
            s('E'),
            s('E'),
            s('X'),
            s('C'),
            s('G'),
            s('H'),
            s('H'),
            s('T'),
        )
    }
}

/// So many minutes into a month.
fn clock(minutes: usize) -> String {
    let (day, hour, minute) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    format!("202603{:02}T{hour:02}{minute:02}00", day + 1)
}

fn line(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("{text}\r\n")
    }
}

/// A word that stands in one item alone: wherever it is found, it tells whose it is.
pub fn secret(kind: char, number: usize) -> String {
    format!("zq{kind}{number}e")
}

/// The numbers in all such words.
pub fn secrets(text: &str) -> impl Iterator<Item = (char, usize)> {
    text.match_indices("zq").filter_map(|(at, _)| {
        let mut rest = text[at + 2..].chars();
        let kind = rest.next().filter(char::is_ascii_uppercase)?;
        let (number, _) = rest.as_str().split_once('e')?;
        Some((kind, number.parse().ok()?))
    })
}

/// Times at which it was made, which tell that somebody wrote it.
pub const STAMPS: [&str; 3] = ["19870101", "19880101", "19890101"];

/// The number of the item that takes place at the first start that a rendering tells.
pub fn number(rendering: &str) -> usize {
    let at = rendering.find("BEGIN:VEVENT").unwrap_or(0);
    let (_, rest) = rendering[at..].split_once("\nDTSTART").unwrap();
    let clock = &rest[rest.find(":2026").unwrap() + 5..][..9];
    let read = |range: std::ops::Range<usize>| clock[range].parse::<usize>().unwrap();
    let day = read(2..4) - 1;
    (day * 1440 + read(5..7) * 60 + read(7..9)) / 7
}
