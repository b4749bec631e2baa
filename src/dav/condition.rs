//! What a request's headers ask before and beside its body: If-Match, If-None-Match, If, If-Schedule-Tag-Match, the
//! dates, Depth, Overwrite, Prefer and Brief.

use super::error::Error;
use super::path::{self, Reference, Target};
use crate::http::{self, EntityTag, Request, StatusCode, Tags, header};
use crate::model::Instant;

/// Which resource a list of the `If` header is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Own,
    Other(Target),
    /// Not of this server: it has no state that could match.
    Foreign,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Mark {
    Tag(EntityTag),
    Token(String),
}

/// A conjunction: `(negated, mark)`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct List {
    subject: Subject,
    marks: Vec<(bool, Mark)>,
}

/// What a resource is like when a condition is put to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub exists: bool,
    /// Not everything that exists has one.
    pub tag: Option<EntityTag>,
    /// The sync token of a collection (RFC 6578 section 5). There are no locks, so no lock token ever matches.
    pub token: Option<String>,
}

impl State {
    /// What stands there has this tag; `None`: nothing stands there.
    pub fn tagged(tag: Option<EntityTag>) -> Self {
        Self {
            exists: tag.is_some(),
            tag,
            token: None,
        }
    }
}

/// The lists and subjects that an `If` header may have.
const MAX_LISTS: usize = 256;
const MAX_SUBJECTS: usize = 16;

/// Everything that makes a request conditional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
    lists: Option<Vec<List>>,
    /// A schedule tag was named; no resource here has one (RFC 6638 section 8.3).
    schedule_tag: bool,
    modified_since: Option<Instant>,
    unmodified_since: Option<Instant>,
}

impl Conditions {
    pub fn read(request: &Request, own: &Target) -> Result<Self, Error> {
        let date = |name: header::HeaderName| {
            let value = single(request, name.as_str())?;
            Ok::<_, Error>(value.and_then(http::parse_http_date))
        };
        Ok(Self {
            if_match: tags(request, header::IF_MATCH)?,
            if_none_match: tags(request, header::IF_NONE_MATCH)?,
            lists: lists(request, own)?,
            schedule_tag: single(request, "if-schedule-tag-match")?
                .is_some_and(|value| !value.trim().is_empty()),
            modified_since: date(header::IF_MODIFIED_SINCE)?,
            unmodified_since: date(header::IF_UNMODIFIED_SINCE)?,
        })
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The other resources that the `If` header asks about.
    pub fn others(&self) -> impl Iterator<Item = &Target> {
        self.lists
            .iter()
            .flatten()
            .filter_map(|list| match &list.subject {
                Subject::Other(target) => Some(target),
                Subject::Own | Subject::Foreign => None,
            })
    }

    /// May the request go on? `own` is the state of the resource that the request names, `others` tells that of the
    /// rest (RFC 9110 section 13.2.2, RFC 4918 section 10.4.3).
    pub fn admit(&self, own: &State, others: &[(Target, State)]) -> bool {
        !self.schedule_tag
            && self
                .if_match
                .as_ref()
                .is_none_or(|tags| tags.name(own.exists, own.tag.as_ref()))
            && self.lists_hold(own, others)
    }

    /// `If`: one of its lists is enough (RFC 4918 section 10.4.3).
    pub fn lists_hold(&self, own: &State, others: &[(Target, State)]) -> bool {
        self.lists
            .as_ref()
            .is_none_or(|lists| lists.iter().any(|list| list.holds(own, others)))
    }

    /// `If-None-Match` of a request that changes something.
    pub fn admit_none(&self, own: &State) -> bool {
        !self
            .if_none_match
            .as_ref()
            .is_some_and(|tags| tags.name(own.exists, own.tag.as_ref()))
    }

    /// Is there a date that the resource is older than? `If-Match` takes precedence.
    pub fn admit_date(&self, modified: Instant) -> bool {
        self.if_match.is_some() || self.unmodified_since.is_none_or(|since| modified <= since)
    }

    pub fn asks_date(&self) -> bool {
        self.if_match.is_none() && self.unmodified_since.is_some()
    }

    /// Has the reader of GET or HEAD already what it would get? `If-None-Match` takes precedence over the date.
    pub fn has_already(&self, own: &State, modified: Option<Instant>) -> bool {
        match (&self.if_none_match, self.modified_since, modified) {
            (Some(tags), _, _) => tags.name(own.exists, own.tag.as_ref()),
            (None, Some(since), Some(modified)) => modified <= since,
            _ => false,
        }
    }
}

impl List {
    fn holds(&self, own: &State, others: &[(Target, State)]) -> bool {
        let nothing = State::default();
        let state = match &self.subject {
            Subject::Own => own,
            Subject::Other(target) => others
                .iter()
                .find(|(other, _)| other == target)
                .map_or(&nothing, |(_, state)| state),
            Subject::Foreign => &nothing,
        };
        self.marks.iter().all(|(negated, mark)| {
            let matches = match mark {
                Mark::Tag(tag) => state.tag.as_ref().is_some_and(|t| t.weakly_matches(tag)),
                Mark::Token(token) => state.token.as_ref() == Some(token),
            };
            matches != *negated
        })
    }
}

fn tags(request: &Request, name: header::HeaderName) -> Result<Option<Tags>, Error> {
    Tags::read(&request.headers, &name)
        .map_err(|_| Error::bad_request(format!("the {name} header is malformed")))
}

fn lists(request: &Request, own: &Target) -> Result<Option<Vec<List>>, Error> {
    let Some(value) = single(request, "if")? else {
        return Ok(None);
    };
    parse_lists(value, request, own)
        .map(Some)
        .ok_or_else(|| Error::bad_request("the If header is malformed (RFC 4918 section 10.4.2)"))
}

fn parse_lists(value: &str, request: &Request, own: &Target) -> Option<Vec<List>> {
    let mut rest = value.trim();
    let tagged = rest.starts_with('<');
    let mut subject = Subject::Own;
    let mut lists: Vec<List> = Vec::new();
    let mut subjects = 0;
    while !rest.is_empty() {
        if let Some(tag) = rest.strip_prefix('<') {
            let (reference, after) = tag.split_once('>')?;
            subjects += 1;
            if !tagged || subjects > MAX_SUBJECTS {
                return None;
            }
            subject = self::subject(reference, request, own);
            rest = after.trim_start();
        }
        let (marks, after) = list(rest.strip_prefix('(')?)?;
        lists.push(List {
            subject: subject.clone(),
            marks,
        });
        rest = after.trim_start();
        if lists.len() > MAX_LISTS {
            return None;
        }
    }
    (!lists.is_empty()).then_some(lists)
}

fn subject(text: &str, request: &Request, own: &Target) -> Subject {
    match path::reference(text, request) {
        Reference::Here(path) => match path::target(&path) {
            Ok(target) if target == *own => Subject::Own,
            Ok(target) => Subject::Other(target),
            Err(_) => Subject::Foreign,
        },
        Reference::Elsewhere => Subject::Foreign,
    }
}

/// The conditions after `(`, and what follows the `)`.
fn list(text: &str) -> Option<(Vec<(bool, Mark)>, &str)> {
    let mut marks = Vec::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(')') {
            return (!marks.is_empty()).then_some((marks, after));
        }
        let negated = rest
            .get(..3)
            .is_some_and(|word| word.eq_ignore_ascii_case("not"));
        if negated {
            rest = rest.get(3..)?.trim_start();
        }
        let (mark, after) = if let Some(token) = rest.strip_prefix('<') {
            let (token, after) = token.split_once('>')?;
            (Mark::Token(token.to_owned()), after)
        } else {
            let (tag, after) = EntityTag::at_head_of(rest.strip_prefix('[')?)?;
            (Mark::Tag(tag), after.strip_prefix(']')?)
        };
        marks.push((negated, mark));
        rest = after.trim_start();
    }
}

/// The value of a header that is no list: a second line of it would be heard by one reader and not by another (RFC 9110
/// section 5.3).
fn single<'r>(request: &'r Request, name: &str) -> Result<Option<&'r str>, Error> {
    let mut lines = request.headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(None),
        (Some(line), None) => {
            let value = line.to_str();
            let malformed = |_| Error::bad_request(format!("the {name} header is malformed"));
            value.map(Some).map_err(malformed)
        }
        (Some(_), Some(_)) => {
            let why = format!("the {name} header stands more than once");
            Err(Error::bad_request(why))
        }
    }
}

/// `Depth` (RFC 4918 section 10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    Zero,
    One,
    Infinity,
}

impl Depth {
    pub fn read(request: &Request) -> Result<Option<Self>, Error> {
        match single(request, "depth")?.map(str::trim) {
            None => Ok(None),
            Some("0") => Ok(Some(Self::Zero)),
            Some("1") => Ok(Some(Self::One)),
            Some(value) if value.eq_ignore_ascii_case("infinity") => Ok(Some(Self::Infinity)),
            Some(_) => Err(Error::bad_request("Depth is 0, 1 or infinity")),
        }
    }
}

/// `Overwrite` (RFC 4918 section 10.6).
pub fn overwrite(request: &Request) -> Result<bool, Error> {
    match single(request, "overwrite")?.map(str::trim) {
        None | Some("T" | "t") => Ok(true),
        Some("F" | "f") => Ok(false),
        Some(_) => Err(Error::bad_request("Overwrite is T or F")),
    }
}

/// `Destination` (RFC 4918 section 10.3): an absolute URI or an absolute path, on this server only.
pub fn destination(request: &Request) -> Result<Target, Error> {
    let value = single(request, "destination")?
        .ok_or_else(|| Error::bad_request("there is no Destination header"))?;
    let value = Some(value.trim())
        .filter(|value| value.contains("://") || value.starts_with('/') && !value.starts_with("//"))
        .ok_or_else(|| Error::bad_request("the Destination header is malformed"))?;
    match path::reference(value, request) {
        Reference::Here(path) => Ok(path::target(&path)?),
        Reference::Elsewhere => Err(Error::plain(
            StatusCode::BAD_GATEWAY,
            "the destination is on another server",
        )),
    }
}

/// `Prefer` (RFC 7240, RFC 8144) and `Brief`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// `return=minimal`, or `Brief: t`: leave out what was not found.
    pub minimal: bool,
    pub representation: bool,
    pub depth_noroot: bool,
    /// Whether `Prefer` itself said minimal, so that the answer says that it was heard.
    prefer_minimal: bool,
}

impl Preferences {
    pub fn read(request: &Request) -> Self {
        let mut preferences = Self::default();
        let values = request.headers.get_all("prefer");
        for value in values.iter().filter_map(|value| value.to_str().ok()) {
            for word in value.split(',') {
                let word = word.split(';').next().unwrap_or_default();
                let word: String = word
                    .chars()
                    .filter(|c| !c.is_whitespace() && *c != '"')
                    .collect();
                match word.to_ascii_lowercase().as_str() {
                    // The first `return` counts (RFC 7240 section 2).
                    "return=minimal" | "return-minimal" if !preferences.representation => {
                        preferences.prefer_minimal = true;
                    }
                    "return=representation" if !preferences.prefer_minimal => {
                        preferences.representation = true;
                    }
                    "depth-noroot" => preferences.depth_noroot = true,
                    _ => {}
                }
            }
        }
        preferences.minimal = preferences.prefer_minimal
            || request
                .header("brief")
                .is_some_and(|value| value.trim().eq_ignore_ascii_case("t"));
        preferences
    }

    /// `Preference-Applied` for an answer to a method that honours these (RFC 7240 section 3).
    pub fn applied(self, noroot: bool) -> Option<&'static str> {
        match (
            self.prefer_minimal,
            self.representation,
            self.depth_noroot && noroot,
        ) {
            (true, _, true) => Some("return=minimal, depth-noroot"),
            (true, _, false) => Some("return=minimal"),
            (false, true, _) => Some("return=representation"),
            (false, false, true) => Some("depth-noroot"),
            (false, false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests;
