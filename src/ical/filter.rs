//! `CALDAV:filter` as values (RFC 4791 section 9.7 ff.).
use super::*;
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Test {
    #[default]
    AllOf,
    AnyOf,
}
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompFilter {
    pub name: String,
    pub is_not_defined: bool,
    pub time_range: Option<Window>,
    pub props: Vec<PropFilter>,
    pub comps: Vec<CompFilter>,
    pub test: Test,
}
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropFilter {
    pub name: String,
    pub is_not_defined: bool,
    pub time_range: Option<Window>,
    pub text: Vec<TextMatch>,
    pub params: Vec<ParamFilter>,
    pub test: Test,
}
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParamFilter {
    pub name: String,
    pub is_not_defined: bool,
    pub text: Option<TextMatch>,
}
#[derive(Clone, Debug, PartialEq)]
pub struct TextMatch {
    pub text: String,
    pub collation: Collation,
    pub negate: bool,
    pub kind: MatchKind,
}
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
    pub fn named(_name: &str) -> Option<Self> {
        todo!()
    }
}
impl CompFilter {
    /// The component and the window that every match must touch: what an index may narrow by.
    pub fn prefilter(&self) -> (Option<&str>, Window) {
        todo!()
    }
    /// Is the prefilter the whole filter, so that an index alone can answer it?
    pub fn is_prefilter_alone(&self) -> bool {
        todo!()
    }
    pub fn matches(&self, _object: &Object, _zone: &Zone) -> Result<bool, TooMany> {
        todo!()
    }
}
