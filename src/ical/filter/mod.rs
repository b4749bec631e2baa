//! `CALDAV:filter` as values (RFC 4791 section 9.7), what an index may narrow by, and whether an object matches.

mod alarm;
mod matching;
mod text;

use super::recur::Budget;
use super::{Object, TooMany, Window, Zone};

/// How the conditions of an element combine (`test`; RFC 4791 itself knows only `allof`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Test {
    #[default]
    AllOf,
    AnyOf,
}

/// `comp-filter` (section 9.7.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompFilter {
    pub name: String,
    pub is_not_defined: bool,
    pub time_range: Option<Window>,
    pub props: Vec<PropFilter>,
    pub comps: Vec<CompFilter>,
    pub test: Test,
}

/// `prop-filter` (section 9.7.2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropFilter {
    pub name: String,
    pub is_not_defined: bool,
    pub time_range: Option<Window>,
    pub text: Vec<TextMatch>,
    pub params: Vec<ParamFilter>,
    pub test: Test,
}

/// `param-filter` (section 9.7.3).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParamFilter {
    pub name: String,
    pub is_not_defined: bool,
    pub text: Option<TextMatch>,
}

/// `text-match` (section 9.7.5).
#[derive(Clone, Debug, PartialEq)]
pub struct TextMatch {
    pub text: String,
    pub collation: Collation,
    pub negate: bool,
    pub kind: MatchKind,
}

/// The collations of section 7.5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collation {
    #[default]
    AsciiCasemap,
    Octet,
    UnicodeCasemap,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MatchKind {
    #[default]
    Contains,
    Equals,
    StartsWith,
    EndsWith,
}

impl Collation {
    /// By the names of the collation registry (RFC 4790, RFC 5051); `default` is what the server chooses.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "i;ascii-casemap" | "default" => Self::AsciiCasemap,
            "i;octet" => Self::Octet,
            "i;unicode-casemap" => Self::UnicodeCasemap,
            _ => return None,
        })
    }
}

/// What an index knows objects by.
const COMPONENTS: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];

const ALWAYS: Window = Window {
    start: None,
    end: None,
};

impl CompFilter {
    /// The component and the window that every match must touch: what an index may narrow by.
    pub fn prefilter(&self) -> (Option<&str>, Window) {
        let Some(comp) = self.one_component() else {
            return (None, ALWAYS);
        };
        let name = COMPONENTS
            .iter()
            .find(|name| name.eq_ignore_ascii_case(comp.name.trim()))
            .copied();
        let needed = comp.test == Test::AllOf || comp.props.is_empty() && comp.comps.is_empty();
        let window = comp
            .time_range
            .filter(|_| needed && name.is_some())
            .unwrap_or(ALWAYS);
        (name, window)
    }

    /// A component that no match can do without.
    fn one_component(&self) -> Option<&Self> {
        let mut there = self.comps.iter().filter(|comp| !comp.is_not_defined);
        let first = there.next()?;
        let alone = self.comps.len() == 1 && self.props.is_empty() && self.time_range.is_none();
        let sure = !self.is_not_defined && (self.test == Test::AllOf || alone);
        (sure && self.is_calendar()).then_some(first)
    }

    fn is_calendar(&self) -> bool {
        self.name.trim().eq_ignore_ascii_case("VCALENDAR")
    }

    /// Is the prefilter the whole filter, so that an index alone can answer it? An index of spans answers it for what
    /// does not recur; an index of occurrences for all.
    pub fn is_prefilter_alone(&self) -> bool {
        let plain =
            |comp: &Self| comp.props.is_empty() && comp.comps.is_empty() && !comp.is_not_defined;
        self.is_calendar()
            && !self.is_not_defined
            && self.props.is_empty()
            && self.time_range.is_none()
            && self.comps.len() == 1
            && self.comps.iter().all(plain)
            && self.prefilter().0.is_some()
    }

    /// Does the object match? `zone` is where floating times and dates are looked at (section 9.8).
    pub fn matches(&self, object: &Object, zone: &Zone) -> Result<bool, TooMany> {
        self.matches_within(object, zone, &mut Budget::default())
    }

    /// The same on a budget that many objects share.
    pub fn matches_within(
        &self,
        object: &Object,
        zone: &Zone,
        budget: &mut Budget,
    ) -> Result<bool, TooMany> {
        matching::matches(self, object, zone, budget)
    }
}
