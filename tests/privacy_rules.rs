//! The rules of who sees how much of an item, against tables that are written as the rules are told: every combination
//! of viewer, door, layer and item, read from the text of an item as a client sends it.

use bytes::Bytes;
use strata::ical::Object;
use strata::model::{Audience, Kept, Marks, Visibility};
use strata::privacy::marks::{kept, marks};
use strata::privacy::rules::{Disclosure, Door, Relation, disclosure, published, widens};

/// Is it there at all? By effective visibility, for each of [`VIEWERS`].
const THERE: [(&str, [bool; 5]); 3] = [
    ("PRIVATE", [true, true, false, false, false]),
    ("FRIENDS", [true, true, true, false, false]),
    // To nobody in particular only where the server lets them read.
    ("PUBLIC", [true, true, true, true, true]),
];

const VIEWERS: [(Relation, &str); 5] = [
    (Relation::Owner, "owner"),
    (Relation::Delegate, "delegate"),
    (Relation::Friend, "friend"),
    (Relation::Account, "account"),
    (Relation::Anonymous, "anonymous"),
];

/// The viewer sees details when they are one of these.
const DETAILS: [(&str, &[&str]); 5] = [
    ("owner", &["NOBODY", "FRIENDS", "EVERYONE"]),
    ("delegate", &["FRIENDS", "EVERYONE"]),
    ("friend", &["FRIENDS", "EVERYONE"]),
    ("account", &["EVERYONE"]),
    ("anonymous", &["EVERYONE"]),
];

/// What CLASS implies of visibility and of details; a word of the owner's own wins over either.
const CLASSES: [(&str, Option<&str>, Option<&str>); 5] = [
    ("", None, None),
    ("PUBLIC", None, None),
    ("CONFIDENTIAL", None, Some("NOBODY")),
    ("PRIVATE", Some("PRIVATE"), Some("NOBODY")),
    ("X-OF-OUR-FIRM", Some("PRIVATE"), Some("NOBODY")),
];

/// Each value of a property, none first, and what it counts as: one that nobody knows is the strictest.
const VISIBILITIES: [(&str, Option<&str>); 5] = [
    ("", None),
    ("PRIVATE", Some("PRIVATE")),
    ("FRIENDS", Some("FRIENDS")),
    ("PUBLIC", Some("PUBLIC")),
    ("neighbours", Some("PRIVATE")),
];
const DETAILS_TO: [(&str, Option<&str>); 5] = [
    ("", None),
    ("NOBODY", Some("NOBODY")),
    ("FRIENDS", Some("FRIENDS")),
    ("EVERYONE", Some("EVERYONE")),
    ("neighbours", Some("NOBODY")),
];
const SORTS: [(&str, &str); 5] = [
    ("", "EVENT"),
    ("EVENT", "EVENT"),
    ("TIME-BLOCK", "TIME-BLOCK"),
    ("REMINDER", "REMINDER"),
    ("party", "REMINDER"),
];
const SENSITIVE: [(&str, bool); 4] = [
    ("", false),
    ("FALSE", false),
    ("TRUE", true),
    ("a bit", true),
];

/// Component, line, and what blocks time or can be shown at all.
const KINDS: [(&str, &str, Bar); 7] = [
    ("VEVENT", "", Bar::Blocks),
    ("VEVENT", "STATUS:TENTATIVE\r\n", Bar::Blocks),
    ("VEVENT", "TRANSP:TRANSPARENT\r\n", Bar::Free),
    ("VEVENT", "STATUS:CANCELLED\r\n", Bar::None),
    ("VTODO", "", Bar::None),
    ("VJOURNAL", "", Bar::None),
    ("VFREEBUSY", "FREEBUSY:20260105T100000Z/PT1H\r\n", Bar::None),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bar {
    Blocks,
    Free,
    None,
}

/// What an item says, in the words of the tables.
#[derive(Clone, Copy, Debug)]
struct Said {
    visibility: (&'static str, Option<&'static str>),
    details: (&'static str, Option<&'static str>),
    class: (&'static str, Option<&'static str>, Option<&'static str>),
    sort: (&'static str, &'static str),
    sensitive: (&'static str, bool),
    kind: (&'static str, &'static str, Bar),
}

impl Said {
    fn properties(&self) -> String {
        let mut lines = String::new();
        for (name, value) in [
            ("X-STRATA-VISIBILITY", self.visibility.0),
            ("X-Strata-Details-To", self.details.0),
            ("CLASS", self.class.0),
            ("X-STRATA-TYPE", self.sort.0),
            ("X-STRATA-SENSITIVE", self.sensitive.0),
        ] {
            if !value.is_empty() {
                lines += &format!("{name}:{value}\r\n");
            }
        }
        lines
    }

    fn component(&self, more: &str) -> String {
        let (name, line, _) = self.kind;
        let start = "DTSTART:20260105T100000Z\r\n";
        let own = self.properties();
        format!("BEGIN:{name}\r\nUID:1\r\n{start}{line}{own}{more}END:{name}\r\n")
    }

    fn marks(&self) -> Marks {
        read(&self.component(""))
    }
}

fn object(components: &str) -> Object {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{components}END:VCALENDAR\r\n");
    Object::parse(&Bytes::from(text)).expect("an object")
}

fn read(components: &str) -> Marks {
    let object = object(components);
    marks(&object, &kept(&object))
}

/// A question of one viewer.
#[derive(Clone, Copy, Debug)]
struct Asked {
    viewer: usize,
    door: Door,
    layer: Visibility,
    anonymous: bool,
    platform: bool,
}

impl Asked {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for viewer in 0..VIEWERS.len() {
            for door in [Door::Layer, Door::View] {
                for layer in [Visibility::Private, Visibility::Friends, Visibility::Public] {
                    for bits in 0..4 {
                        all.push(Self {
                            viewer,
                            door,
                            layer,
                            anonymous: bits & 1 != 0,
                            platform: bits & 2 != 0,
                        });
                    }
                }
            }
        }
        all
    }

    fn answer(&self, marks: Marks) -> Disclosure {
        let marks = Marks {
            platform: self.platform,
            ..marks
        };
        disclosure(
            VIEWERS[self.viewer].0,
            self.door,
            self.layer,
            marks,
            self.anonymous,
        )
    }

    /// Is what has this visibility there for the viewer?
    fn is_there(&self, visibility: &str) -> bool {
        let row = THERE.iter().find(|(name, _)| *name == visibility);
        let there = row.expect("a row").1[self.viewer];
        there && (self.anonymous || VIEWERS[self.viewer].1 != "anonymous")
    }

    fn expected(&self, said: &Said) -> Disclosure {
        let viewer = VIEWERS[self.viewer].1;
        let layer = match self.layer {
            Visibility::Private => "PRIVATE",
            Visibility::Friends => "FRIENDS",
            Visibility::Public => "PUBLIC",
        };
        let (class_visibility, class_details) = (said.class.1, said.class.2);
        let visibility = said.visibility.1.or(class_visibility).unwrap_or(layer);
        let details = said.details.1.or(class_details).unwrap_or("FRIENDS");
        let bar = said.kind.2;
        // A layer is opened by its own visibility, never by an item that is wider.
        let reached = self.door == Door::View || self.is_there(layer);
        if !(reached && self.is_there(visibility)) {
            let is_block = said.sort.1 == "TIME-BLOCK" && bar == Bar::Blocks;
            let shows = viewer == "friend" && self.door == Door::View;
            return match is_block && shows && said.visibility.1 != Some("PRIVATE") {
                true => Disclosure::Busy,
                false => Disclosure::Hidden,
            };
        }
        let sees = DETAILS.iter().find(|(name, _)| *name == viewer);
        if !sees.expect("a row").1.contains(&details) {
            return match bar == Bar::Blocks && said.sort.1 != "REMINDER" {
                true => Disclosure::Busy,
                false => Disclosure::Hidden,
            };
        }
        let own = viewer == "owner" && !self.platform;
        match (said.sensitive.1 && !own, bar) {
            (false, _) => Disclosure::Full,
            (true, Bar::None) => Disclosure::Hidden,
            (true, _) => Disclosure::Generic,
        }
    }
}

fn all_said() -> impl Iterator<Item = Said> {
    VISIBILITIES.iter().flat_map(|visibility| {
        DETAILS_TO.iter().flat_map(move |details| {
            CLASSES.iter().flat_map(move |class| {
                SORTS.iter().flat_map(move |sort| {
                    SENSITIVE.iter().flat_map(move |sensitive| {
                        KINDS.iter().map(move |kind| Said {
                            visibility: *visibility,
                            details: *details,
                            class: *class,
                            sort: *sort,
                            sensitive: *sensitive,
                            kind: *kind,
                        })
                    })
                })
            })
        })
    })
}

#[test]
fn every_combination_is_as_the_tables_say() {
    let questions = Asked::all();
    let mut count = 0;
    let mut seen = [0; 4];
    for said in all_said() {
        let marks = said.marks();
        assert_eq!(Marks::from_bits(marks.to_bits()), Some(marks));
        for asked in &questions {
            let answer = asked.answer(marks);
            assert_eq!(answer, asked.expected(&said), "{said:?}\n{asked:?}");
            seen[answer as usize] += 1;
            count += 1;
        }
    }
    println!("{count} combinations; hidden, busy, generic, full: {seen:?}");
    assert_eq!(count, 5 * 5 * 5 * 5 * 4 * 7 * 5 * 2 * 3 * 4);
    assert!(seen.iter().all(|count| *count > 10_000));
}

/// What the holder of a feed's link sees, by audience: as if it asked in a view, but for the owner, whom a machine that nobody
/// has signed in to stands for, and for those who learn when and nothing else.
#[test]
fn a_feed_shows_what_its_audience_would_see() {
    let mut count = 0;
    let layers = [Visibility::Private, Visibility::Friends, Visibility::Public];
    for said in all_said() {
        let marks = said.marks();
        for layer in layers {
            let asked = |viewer: &str| Asked {
                viewer: VIEWERS
                    .iter()
                    .position(|it| it.1 == viewer)
                    .expect("a viewer"),
                door: Door::View,
                layer,
                anonymous: false,
                platform: false,
            };
            let blocks = said.kind.2 == Bar::Blocks && said.sort.1 != "REMINDER";
            let expected = [
                (
                    Audience::Owner,
                    match (said.sensitive.1, said.kind.2) {
                        (false, _) => Disclosure::Full,
                        (true, Bar::None) => Disclosure::Hidden,
                        (true, _) => Disclosure::Generic,
                    },
                ),
                (Audience::Friends, asked("friend").expected(&said)),
                (Audience::Everyone, asked("account").expected(&said)),
                (
                    Audience::Busy,
                    if blocks {
                        Disclosure::Busy
                    } else {
                        Disclosure::Hidden
                    },
                ),
            ];
            for (audience, expected) in expected {
                assert_eq!(
                    published(audience, layer, marks),
                    expected,
                    "{said:?} {layer:?} {audience:?}"
                );
                count += 1;
            }
        }
    }
    assert_eq!(count, 5 * 5 * 5 * 5 * 4 * 7 * 3 * 4);
}

/// An event that says these things, of each property some.
fn some_said(all: bool) -> Vec<Said> {
    let some = |said: &Said| {
        said.kind.1.is_empty()
            && said.kind.0 == "VEVENT"
            && said.class.0 != "X-OF-OUR-FIRM"
            && said.visibility.0 != "neighbours"
            && said.details.0 != "neighbours"
            && !["party", "EVENT"].contains(&said.sort.0)
            && ["", "TRUE"].contains(&said.sensitive.0)
            && (all || said.sort.0.is_empty() || said.class.0.is_empty())
    };
    all_said().filter(some).collect()
}

/// An override takes the stricter of the master's and its own: of the whole nobody sees more than of either, and what
/// an override leaves open is as the master has it.
#[test]
fn an_override_can_only_narrow() {
    let mut questions = Asked::all();
    questions.retain(|asked| asked.anonymous && !asked.platform);
    let said = some_said(false);
    let mut count = 0;
    for master in &said {
        for own in said.iter().skip(count % 3).step_by(3) {
            let id = "RECURRENCE-ID:20260106T100000Z\r\n";
            let marks = read(&(master.component("RRULE:FREQ=DAILY\r\n") + &own.component(id)));
            let filled = Said {
                visibility: either(own.visibility, own.class.1, master.visibility),
                details: either(own.details, own.class.2, master.details),
                class: if own.class.0.is_empty() {
                    master.class
                } else {
                    own.class
                },
                sort: if own.sort.0.is_empty() {
                    master.sort
                } else {
                    own.sort
                },
                ..*own
            };
            for asked in &questions {
                narrowed(asked, marks, master, &filled);
            }
            count += 1;
        }
    }
    println!("{count} pairs of a master and an override");
}

/// As much as of the one that shows less; of two types less may be left than of either.
fn narrowed(asked: &Asked, marks: Marks, one: &Said, other: &Said) {
    let (answer, least) = (
        asked.answer(marks),
        asked.expected(one).min(asked.expected(other)),
    );
    let is_right = match one.sort == other.sort {
        true => answer == least,
        false => answer <= least,
    };
    assert!(
        is_right,
        "{answer:?}, {least:?}\n{one:?}\n{other:?}\n{asked:?}"
    );
}

/// What an override says itself, else what its CLASS implies, else what the master says.
fn either(
    own: (&'static str, Option<&'static str>),
    implied: Option<&'static str>,
    master: (&'static str, Option<&'static str>),
) -> (&'static str, Option<&'static str>) {
    if own.1.is_some() || implied.is_some() {
        own
    } else {
        master
    }
}

/// Of overrides alone there is no master to speak for all of them.
#[test]
fn overrides_alone_are_as_strict_as_the_strictest() {
    let id = |day: u8| format!("RECURRENCE-ID:202601{day:02}T100000Z\r\n");
    let mut questions = Asked::all();
    questions.retain(|asked| asked.anonymous && !asked.platform);
    let said = some_said(false);
    for (at, first) in said.iter().enumerate() {
        for second in said.iter().skip(at % 7).step_by(7) {
            let marks = read(&(first.component(&id(6)) + &second.component(&id(7))));
            for asked in &questions {
                narrowed(asked, marks, first, second);
            }
        }
    }
}

/// K-12: the owner's word stays when a client sends the text without it, and goes before what the text says.
#[test]
fn what_is_kept_wins_over_the_class() {
    let class = Said {
        class: CLASSES[3],
        ..some_said(true)[0]
    };
    let text = object(&class.component(""));
    assert_eq!(Kept::default().merge(kept(&text)), Kept::default());
    let word = Kept {
        visibility: Some(Visibility::Public),
        sensitive: Some(true),
        ..Kept::default()
    };
    let read = marks(&text, &word.merge(kept(&text)));
    assert_eq!(read.visibility, Some(Visibility::Public));
    assert_eq!(read.details, strata::model::Details::Nobody);
    assert!(read.sensitive && !read.explicitly_private);
    let private = Kept {
        visibility: Some(Visibility::Private),
        ..Kept::default()
    };
    assert!(marks(&text, &private).explicitly_private);
    let twice = "X-STRATA-VISIBILITY:PUBLIC\r\nX-STRATA-VISIBILITY:FRIENDS\r\nX-STRATA-SENSITIVE:FALSE\r\nX-STRATA-SENSITIVE:TRUE\r\n";
    let twice = kept(&object(&some_said(true)[0].component(twice)));
    assert_eq!(twice.visibility, Some(Visibility::Friends));
    assert_eq!(twice.sensitive, Some(true));
}

/// A change widens when there is anyone, other than the owner, who would see more after it.
#[test]
fn widening_is_what_shows_somebody_more() {
    let said = some_said(true);
    let all: Vec<Marks> = said.iter().map(Said::marks).collect();
    let mut questions = Asked::all();
    questions
        .retain(|asked| asked.anonymous && !asked.platform && VIEWERS[asked.viewer].1 != "owner");
    for (at, (from, before)) in all.iter().zip(&said).enumerate() {
        for (to, after) in all.iter().zip(&said).skip(at % 5).step_by(5) {
            let more = |asked: &Asked| asked.expected(after) > asked.expected(before);
            assert_eq!(
                widens(*from, *to),
                questions.iter().any(more),
                "{before:?}\n{after:?}"
            );
        }
    }
    // When it takes place is for writers to say.
    let busy = Marks::default();
    let free = read(
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260105T100000Z\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\n",
    );
    assert!(!widens(free, busy) && !widens(busy, free));
}
