//! A question for properties, read once per request, and its answer for one resource after another.

use std::collections::HashSet;

use super::{Asker, Here, Keeps, Needs, Property, Told, all, data, lookup};
use crate::calendar::{self, Access, Bearer, Circled, Rule, Sharing, Side};
use crate::dav::acl;
use crate::dav::error::{Error, Result};
use crate::dav::multistatus::Propstats;
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::path::Hrefs;
use crate::dav::resource::{Kind, Resource};
use crate::dav::writer::Tag;
use crate::dav::xml::Element;
use crate::http::Request;
use crate::ical::Zone;
use crate::model::{Feed, FreeBusyTo, Group, User};
use crate::privacy::Relation;

/// Properties that one request may name.
const MAX_PROPERTIES: usize = 1_000;

static PROP: Name = Name::new(DAV, "prop");
static ALLPROP: Name = Name::new(DAV, "allprop");
static PROPNAME: Name = Name::new(DAV, "propname");
static INCLUDE: Name = Name::new(DAV, "include");
static CALENDAR_DATA: Name = Name::new(CALDAV, "calendar-data");

struct Wanted {
    name: Name,
    tag: Tag,
    property: Option<&'static Property>,
    /// Say 404 when it is not there.
    named: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Named,
    /// Everything that is cheap, and all dead properties (RFC 4918 section 9.1).
    All,
    Names,
}

pub struct Question {
    wanted: Vec<Wanted>,
    mode: Mode,
    needs: Needs,
    /// Leave out what is not there (RFC 8144 section 2.1, `Brief`).
    brief: bool,
    pub data: Option<data::Wanted>,
}

/// What was fetched for the properties that could not read it off the resource.
#[derive(Debug, Default)]
pub struct Facts {
    pub quota: Option<(u64, Option<u64>)>,
    pub groups: Vec<Group>,
    /// `None`: not for who asks to know.
    pub members: Option<Circled>,
    /// Owners, and whether it is to write; `None`: not for who asks to know.
    pub acting_for: Option<Vec<(User, bool)>>,
    pub knows_home: bool,
    pub availability: Option<String>,
    pub free_busy_to: Option<FreeBusyTo>,
    /// `None`: not for who asks to know.
    pub rules: Option<Vec<Rule>>,
    pub hides_disabled: Option<bool>,
    /// `None`: it is not shared, or not for who asks to know.
    pub sharing: Option<Sharing>,
    pub side: Option<Side>,
    /// `None`: it is filled by hand, or not for who asks to know.
    pub feed: Option<Box<Feed>>,
    pub dead: Vec<calendar::Property>,
}

impl Question {
    /// Reads `propfind`, or what a report holds in its place: `prop`, `allprop` with `include`, or `propname`.
    /// No body asks for everything (RFC 4918 section 9.1).
    pub fn read(root: Option<&Element>, brief: bool, in_report: bool) -> Result<Self> {
        let Some(root) = root else {
            return Self::all(None, brief);
        };
        let said = [&PROP, &ALLPROP, &PROPNAME]
            .iter()
            .filter(|name| root.child(name).is_some())
            .count();
        if said > 1 {
            return Err(Error::bad_request(
                "prop, allprop and propname exclude each other (RFC 4918 section 14.20)",
            ));
        }
        if let Some(prop) = root.child(&PROP) {
            return Self::named(prop.elements(), brief, in_report);
        }
        if root.child(&ALLPROP).is_some() {
            return Self::all(root.child(&INCLUDE), brief);
        }
        if root.child(&PROPNAME).is_some() {
            let wanted = all()
                .filter(|property| !property.only_in_reports)
                .map(|property| wanted(property, false));
            return Ok(Self::new(wanted.collect(), Mode::Names, brief, None));
        }
        if in_report {
            return Self::named(std::iter::empty(), brief, true);
        }
        Err(Error::bad_request(
            "propfind holds prop, allprop or propname (RFC 4918 section 14.20)",
        ))
    }

    /// Exactly these elements.
    pub fn named<'e>(
        elements: impl Iterator<Item = &'e Element>,
        brief: bool,
        in_report: bool,
    ) -> Result<Self> {
        let (mut names, mut list, mut data) = (HashSet::new(), Vec::new(), None);
        for element in elements {
            if !names.insert(element.name.clone()) {
                continue;
            }
            if names.len() > MAX_PROPERTIES {
                return Err(Error::bad_request("the request names too many properties"));
            }
            if in_report && element.is(&CALENDAR_DATA) {
                data = Some(data::Wanted::read(element)?);
            }
            let property =
                lookup(&element.name).filter(|property| in_report || !property.only_in_reports);
            let mut tag = Tag::of(&element.name);
            if element.is(&CALENDAR_DATA) && data.as_ref().is_some_and(|data| data.is_json) {
                tag.open = format!(
                    "<C:calendar-data content-type=\"{}\" version=\"2.0\">",
                    data::JCAL
                );
            }
            list.push(Wanted {
                name: element.name.clone(),
                tag,
                property,
                named: true,
            });
        }
        Ok(Self::new(list, Mode::Named, brief, data))
    }

    /// One property.
    pub fn of(name: Name, brief: bool) -> Result<Self> {
        let property = lookup(&name).filter(|property| !property.only_in_reports);
        let one = Wanted {
            tag: Tag::of(&name),
            name,
            property,
            named: true,
        };
        Ok(Self::new(vec![one], Mode::Named, brief, None))
    }

    fn all(include: Option<&Element>, brief: bool) -> Result<Self> {
        let mut list: Vec<_> = all()
            .filter(|property| property.in_allprop)
            .map(|property| wanted(property, false))
            .collect();
        if let Some(include) = include {
            let more = Self::named(include.elements(), brief, false)?;
            list.extend(
                more.wanted
                    .into_iter()
                    .filter(|one| !one.property.is_some_and(|it| it.in_allprop)),
            );
        }
        Ok(Self::new(list, Mode::All, brief, None))
    }

    fn new(wanted: Vec<Wanted>, mode: Mode, brief: bool, data: Option<data::Wanted>) -> Self {
        let needs = wanted
            .iter()
            .filter_map(|one| one.property)
            .fold(Needs::NOTHING, |needs, property| needs.and(property.needs));
        Self {
            wanted,
            mode,
            needs,
            brief,
            data,
        }
    }

    pub fn needs(&self, need: Needs) -> bool {
        self.needs.has(need)
    }

    /// Does the text of an item have to be read?
    pub fn item_need(&self) -> calendar::Need {
        if self.needs(Needs::TEXT) {
            calendar::Need::Text
        } else {
            calendar::Need::Index
        }
    }

    /// Can dead properties be part of the answer for this kind?
    pub fn asks_dead(&self, kind: Kind) -> bool {
        self.mode != Mode::Named
            || self.wanted.iter().any(|one| {
                one.property
                    .is_none_or(|it| !it.on.has(kind) || it.keeps != Keeps::Nothing)
            })
    }

    /// Who asks, with the account itself when a property wants it.
    pub fn asker<'h>(&self, access: &mut Access<'h, '_>, request: &Request) -> Result<Asker<'h>> {
        let has_a_name = access.viewer().user().is_some();
        let me = if has_a_name && self.needs(Needs::ME) {
            Some(access.me()?)
        } else {
            None
        };
        Ok(Asker {
            viewer: access.viewer(),
            me,
            hrefs: Hrefs::new(&request.origin),
            limits: access.limits(),
            timezones: data::timezones(request),
        })
    }

    /// Fetches what the properties asked for cannot read off the resource.
    pub fn facts(&self, access: &mut Access, resource: Resource) -> Result<Facts> {
        let mut facts = Facts::default();
        if self.needs(Needs::QUOTA)
            && let Some(owner) = own_home(resource)
        {
            facts.quota = Some(access.quota(owner)?);
        }
        if self.needs(Needs::GROUPS)
            && let Some(user) = resource.user()
        {
            facts.groups = access.groups_of(user)?;
        }
        if self.needs(Needs::MEMBERS) {
            facts.members = members(access, resource)?;
        }
        if self.needs(Needs::ACTING)
            && let Some(user) = resource.user()
        {
            facts.acting_for = acting_for(access, user)?;
        }
        if self.needs(Needs::HOME)
            && let Some(user) = resource.user()
        {
            facts.knows_home = access.knows_home_of(user)?;
        }
        if self.needs(Needs::AVAILABILITY)
            && let Resource::Home(home) = resource
        {
            facts.availability = access.availability(home)?;
        }
        if self.needs(Needs::FREE_BUSY_TO)
            && let Resource::Home(home) = resource
        {
            facts.free_busy_to = access.free_busy_to(home)?;
        }
        if self.needs(Needs::SHARING)
            && let Resource::Layer(collection) = resource
        {
            facts.sharing = access.sharing(collection)?;
        }
        if self.needs(Needs::SIDE)
            && let Resource::Layer(collection) = resource
        {
            facts.side = access.side(collection)?;
        }
        if self.needs(Needs::FEED)
            && let Resource::Layer(collection) = resource
        {
            facts.feed = access.subscription_behind(collection)?.map(Box::new);
        }
        if self.needs(Needs::RULES)
            && let Some(ruled) = acl::ruled(resource)
        {
            facts.rules = access.access_rules(ruled)?;
        }
        if self.needs(Needs::PREFERENCES)
            && let Resource::Home(home) = resource
        {
            facts.hides_disabled = access.hides_disabled(home)?;
        }
        if self.asks_dead(resource.kind())
            && let Some(bearer) = bearer(resource)
        {
            facts.dead = access.dead_properties(&bearer)?;
        }
        Ok(facts)
    }

    /// What floating times mean in a layer's items, when the question depends on it.
    pub fn zone(&self, layer: &calendar::Collection) -> Option<Zone> {
        self.data
            .as_ref()
            .filter(|data| !data.shape.is_whole())
            .map(|_| layer.zone())
    }

    /// Answers for one resource.
    pub fn answer(&self, here: &Here, out: &mut Propstats) {
        let kind = here.resource.kind();
        for one in &self.wanted {
            let live = one.property.filter(|property| property.on.has(kind));
            let told = match live {
                Some(property) if property.keeps != Keeps::Element => {
                    self.tell(one, property, here, out)
                }
                _ => self.tell_dead(one, &here.facts.dead, out),
            };
            match told {
                Told::Found => {}
                Told::Missing if one.named && !self.brief => {
                    out.missing.raw(&one.tag.empty);
                }
                Told::Missing => {}
                Told::Failed(status, precondition) => {
                    out.other(status, Some(precondition)).raw(&one.tag.empty);
                }
            }
        }
        if self.mode != Mode::Named {
            self.rest(here, out);
        }
    }

    fn tell(&self, one: &Wanted, property: &Property, here: &Here, out: &mut Propstats) -> Told {
        let before = out.found.len();
        out.found.raw(&one.tag.open);
        let inside = out.found.len();
        let told = (property.get)(here, &mut out.found);
        if property.keeps == Keeps::Language
            && self.mode != Mode::Names
            && let Some(kept) = kept(one, &here.facts.dead, &out.found.as_str()[inside..])
        {
            out.found.truncate(before);
            out.found.raw(kept);
            return told;
        }
        match told {
            Told::Found if self.mode == Mode::Names || out.found.len() == inside => {
                out.found.truncate(before);
                out.found.raw(&one.tag.empty);
            }
            Told::Found => {
                out.found.raw(&one.tag.close);
            }
            Told::Missing | Told::Failed(..) => out.found.truncate(before),
        }
        told
    }

    fn tell_dead(&self, one: &Wanted, dead: &[calendar::Property], out: &mut Propstats) -> Told {
        let mut kept = dead.iter();
        match kept.find(|dead| one.name.is(&dead.namespace, &dead.name)) {
            Some(_) if self.mode == Mode::Names => out.found.raw(&one.tag.empty),
            Some(dead) => out.found.raw(&dead.xml),
            None => return Told::Missing,
        };
        Told::Found
    }

    /// The dead properties that nobody has named.
    fn rest(&self, here: &Here, out: &mut Propstats) {
        let kind = here.resource.kind();
        let answered = |dead: &&calendar::Property| {
            self.wanted
                .iter()
                .any(|one| one.name.is(&dead.namespace, &dead.name))
                || lookup(&Name::read(&dead.namespace, &dead.name))
                    .is_some_and(|property| property.on.has(kind))
        };
        for dead in here.facts.dead.iter().filter(|dead| !answered(dead)) {
            if self.mode == Mode::Names {
                out.found
                    .raw(&Tag::of(&Name::read(&dead.namespace, &dead.name)).empty);
            } else {
                out.found.raw(&dead.xml);
            }
        }
    }
}

fn members(access: &mut Access, resource: Resource) -> Result<Option<Circled>> {
    Ok(match resource {
        Resource::Group(group) => Some(Circled {
            users: access.members(group)?,
            groups: Vec::new(),
        }),
        Resource::Circle(owner, circle) => access.circled(owner, circle)?,
        _ => Some(Circled::default()),
    })
}

fn acting_for(access: &mut Access, user: &User) -> Result<Option<Vec<(User, bool)>>> {
    if access.me()?.id != user.id {
        return Ok(None);
    }
    let mut acting = Vec::new();
    for write in [false, true] {
        let owners = access.acting_for(write)?;
        acting.extend(owners.into_iter().map(|owner| (owner, write)));
    }
    Ok(Some(acting))
}

fn wanted(property: &'static Property, named: bool) -> Wanted {
    Wanted {
        name: property.name.clone(),
        tag: Tag::of(&property.name),
        property: Some(property),
        named,
    }
}

/// Whose room it takes up, when that is the asker themselves: how full another's home is concerns nobody.
fn own_home(resource: Resource<'_>) -> Option<&User> {
    match resource {
        Resource::Home(home) if home.relation() == Relation::Owner => Some(&home.owner),
        Resource::Layer(it) if it.relation() == Relation::Owner => Some(&it.owner),
        _ => None,
    }
}

/// The element that a value was set with, while it still says the same.
fn kept<'d>(one: &Wanted, dead: &'d [calendar::Property], value: &str) -> Option<&'d str> {
    let dead = dead
        .iter()
        .find(|dead| one.name.is(&dead.namespace, &dead.name))?;
    let (_, inside) = dead.xml.split_once('>')?;
    (inside.rsplit_once("</")?.0 == value).then_some(dead.xml.as_str())
}

/// What dead properties hang on; folders and groups have none.
pub fn bearer(resource: Resource<'_>) -> Option<Bearer<'_>> {
    match resource {
        Resource::User(user) => Some(Bearer::Principal(user)),
        Resource::Home(home) => Some(Bearer::Home(home)),
        Resource::Layer(collection) => Some(Bearer::Layer(collection)),
        Resource::Item(collection, item) => Some(Bearer::Item(collection, item)),
        Resource::Folder(_)
        | Resource::Notifications(..)
        | Resource::Notification(..)
        | Resource::Circle(..)
        | Resource::Group(_)
        | Resource::Trash(..) => None,
    }
}
