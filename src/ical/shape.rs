//! `CALDAV:calendar-data`: what part of an object a report asks for (RFC 4791 section 9.6).
use super::*;
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    pub comp: Option<CompShape>,
    pub recurrence: Option<Recurrence>,
    pub limit_freebusy: Option<Window>,
    /** RFC 7809: leave VTIMEZONEs of known zones out */
    pub without_timezones: bool,
}
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompShape {
    pub name: String,
    pub props: Props,
    pub comps: Comps,
}
/// By name; the flag is `novalue`.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Props {
    #[default]
    All,
    Some(Vec<(String, bool)>),
}
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Comps {
    #[default]
    All,
    Some(Vec<CompShape>),
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurrence {
    Expand(Window),
    Limit(Window),
}
impl Shape {
    pub fn is_whole(&self) -> bool {
        self == &Self::default()
    }
}
/// The object as asked for: spans of the stored bytes copied or replaced. `at_most` instances.
pub fn shape(
    _object: &Object,
    _shape: &Shape,
    _zone: &Zone,
    _at_most: usize,
) -> Result<Vec<u8>, TooMany> {
    todo!()
}
/// The stored bytes as text for XML: folds inside a character repaired, characters that XML 1.0 forbids dropped.
pub fn text(_object_bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    todo!()
}
