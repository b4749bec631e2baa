//! Live properties: one row says all there is to say about one, and everything reads the rows: PROPFIND, PROPPATCH,
//! MKCALENDAR, REPORT, `allprop`, `propname` and `supported-live-property-set`.

mod acl;
mod caldav;
mod core;
pub mod data;
mod feed;
mod question;
mod sharing;
mod trash;
mod vendor;

pub use question::{Facts, Question, bearer};

use super::error::{Error, PROTECTED, Precondition, Result};
use super::name::{CALDAV, DAV, Name};
use super::path::Hrefs;
use super::resource::{Kind, Kinds, Resource};
use super::writer::Writer;
use super::xml::Element;
use crate::calendar::{LayerPatch, Limits};
use crate::http::StatusCode;
use crate::ical::Zone;
use crate::ical::shape::Timezones;
use crate::model::{FreeBusyTo, KeptPatch, User};
use crate::privacy::Viewer;

/// What a property cannot read off the resource itself, fetched only when one of the properties asked for wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs(u16);

impl Needs {
    pub const NOTHING: Self = Self(0);
    /// The account that asks.
    pub const ME: Self = Self(1);
    pub const QUOTA: Self = Self(2);
    pub const GROUPS: Self = Self(4);
    pub const MEMBERS: Self = Self(8);
    /// The text of an item.
    pub const TEXT: Self = Self(16);
    pub const AVAILABILITY: Self = Self(32);
    /// For whom the account that asks acts.
    pub const ACTING: Self = Self(64);
    /// May the account that asks know where another's calendars are?
    pub const HOME: Self = Self(128);
    pub const FREE_BUSY_TO: Self = Self(256);
    /// Who else may see it.
    pub const RULES: Self = Self(512);
    /// What an account has chosen for its home.
    pub const PREFERENCES: Self = Self(1024);
    /// With whom it is shared by invitation.
    pub const SHARING: Self = Self(2048);
    /// Is it shared by invitation at all?
    pub const SIDE: Self = Self(4096);
    /// The subscription that fills it.
    pub const FEED: Self = Self(8192);

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Where a property is asked for.
pub struct Here<'h> {
    pub resource: Resource<'h>,
    pub asker: &'h Asker<'h>,
    pub facts: &'h Facts,
    /// What `calendar-data` asks for; `None` outside a report.
    pub data: Option<&'h data::Wanted>,
    /// What floating times mean; only there when `data` is.
    pub zone: Option<&'h Zone>,
}

/// Who asks, and how the answer is written: the same for a whole request.
pub struct Asker<'h> {
    pub viewer: &'h Viewer,
    pub me: Option<User>,
    pub hrefs: Hrefs,
    pub limits: &'h Limits,
    pub timezones: Timezones,
}

/// What came of asking for one property.
pub enum Told {
    Found,
    /// 404.
    Missing,
    Failed(StatusCode, Precondition),
}

impl Told {
    /// Writes a value that may not be there.
    fn text(out: &mut Writer, value: Option<&str>) -> Self {
        match value {
            Some(value) => {
                out.text(value);
                Self::Found
            }
            None => Self::Missing,
        }
    }
}

/// What PROPPATCH and MKCALENDAR gather, applied once after every instruction has been accepted: all or nothing.
#[derive(Debug, Default)]
pub struct Patch {
    /// The collection is being made.
    pub creating: bool,
    pub layer: LayerPatch,
    /// The display name of an account.
    pub display_name: Option<String>,
    /// The hrefs of the members of a group.
    pub members: Option<Vec<String>>,
    /// Who may ask when the owner of a home is busy.
    pub free_busy_to: Option<FreeBusyTo>,
    /// When the owner of a home is there at all.
    pub availability: Option<Option<String>>,
    /// Who may see an item.
    pub kept: KeptPatch,
    /// Calendars that are switched off leave the home's listing.
    pub hide_disabled: Option<bool>,
}

/// Takes a new value; `None` removes the property.
pub type Setter = fn(&mut Patch, Option<&Element>) -> Result<()>;

/// One row.
pub struct Property {
    pub name: Name,
    pub on: Kinds,
    pub in_allprop: bool,
    pub needs: Needs,
    /// Writes what stands between the tags.
    pub get: fn(&Here, &mut Writer) -> Told,
    /// Where it can be set; elsewhere it is protected.
    pub set: Option<(Kinds, Setter)>,
    /// RFC 4791 section 9.6: asked for like a property, but none.
    pub only_in_reports: bool,
    pub keeps: Keeps,
}

/// What is kept of the element that a value was set with, in the way of a dead property of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    Nothing,
    /// Text for people: the element with its `xml:lang`, beside the value, for as long as it says the same.
    Language,
    /// All of it, and its text: the setter looks whether that is well formed.
    Element,
}

impl Property {
    const fn new(
        namespace: &'static str,
        local: &'static str,
        on: Kinds,
        get: fn(&Here, &mut Writer) -> Told,
    ) -> Self {
        Self {
            name: Name::new(namespace, local),
            on,
            in_allprop: false,
            needs: Needs::NOTHING,
            get,
            set: None,
            only_in_reports: false,
            keeps: Keeps::Nothing,
        }
    }

    const fn in_allprop(mut self) -> Self {
        self.in_allprop = true;
        self
    }

    const fn needs(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    const fn set(mut self, on: Kinds, set: Setter) -> Self {
        self.set = Some((on, set));
        self
    }

    const fn keeps(mut self, keeps: Keeps) -> Self {
        self.keeps = keeps;
        self
    }

    const fn only_in_reports(mut self) -> Self {
        self.only_in_reports = true;
        self
    }
}

/// Every row there is.
pub fn all() -> impl Iterator<Item = &'static Property> {
    core::PROPERTIES
        .iter()
        .chain(acl::PROPERTIES)
        .chain(caldav::PROPERTIES)
        .chain(vendor::PROPERTIES)
        .chain(sharing::PROPERTIES)
        .chain(trash::PROPERTIES)
        .chain(feed::PROPERTIES)
}

pub fn lookup(name: &Name) -> Option<&'static Property> {
    all().find(|property| property.name == *name)
}

/// What is to be done with a property that a client wants to change on a kind of resource.
pub enum Change {
    Live(Setter),
    /// Not ours to interpret: kept as given.
    Dead,
}

/// Properties that specifications protect and that have no value here: a client that could set one would be believed by
/// the next (RFC 4918 section 15, RFC 3744 section 5, RFC 3253 section 3, RFC 5842, RFC 6638).
static VALUELESS: &[Name] = &[
    Name::new(DAV, "lockdiscovery"),
    Name::new(DAV, "supportedlock"),
    Name::new(DAV, "group"),
    Name::new(DAV, "parent-set"),
    Name::new(DAV, "checked-in"),
    Name::new(DAV, "checked-out"),
    Name::new(DAV, "predecessor-set"),
    Name::new(DAV, "successor-set"),
    Name::new(DAV, "version-history"),
    Name::new(DAV, "version-name"),
    Name::new(DAV, "workspace"),
    Name::new(CALDAV, "schedule-inbox-URL"),
    Name::new(CALDAV, "schedule-outbox-URL"),
    Name::new(CALDAV, "schedule-tag"),
];

/// Protected properties are refused; a live one that lives on another kind of resource is a dead one here.
pub fn change(name: &Name, kind: Kind) -> Result<Change> {
    let protected = || Error::unmet(PROTECTED, "this property is not the client's to set");
    match lookup(name) {
        None if VALUELESS.contains(name) => Err(protected()),
        None => Ok(Change::Dead),
        Some(Property {
            set: Some((on, set)),
            ..
        }) if on.has(kind) => Ok(Change::Live(*set)),
        Some(property) if property.set.is_some() && !property.on.has(kind) => Ok(Change::Dead),
        Some(_) => Err(protected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::name::APPLE;

    #[test]
    fn every_name_stands_in_one_row() {
        let names: Vec<_> = all().map(|property| &property.name).collect();
        for (place, name) in names.iter().enumerate() {
            assert!(!names[place + 1..].contains(name), "{name:?} stands twice");
        }
    }

    #[test]
    fn protected_live_and_dead() {
        let on = |namespace, local, kind| change(&Name::read(namespace, local), kind);
        assert!(on(DAV, "getetag", Kind::Item).is_err());
        assert!(on(DAV, "getetag", Kind::Layer).is_err());
        assert!(matches!(
            on(APPLE, "calendar-color", Kind::Layer),
            Ok(Change::Live(_))
        ));
        assert!(matches!(
            on(APPLE, "calendar-color", Kind::Home),
            Ok(Change::Dead)
        ));
        assert!(matches!(on("urn:x", "y", Kind::Item), Ok(Change::Dead)));
        assert!(matches!(
            on(DAV, "displayname", Kind::Item),
            Ok(Change::Dead)
        ));
        assert!(on(DAV, "displayname", Kind::Home).is_err());
    }
}
