//! Access control lists in XML (RFC 3744 sections 5.3 and 5.5): what privileges there are, and rules written as ACEs.

use super::name::{self, CALDAV, DAV, Name};
use super::path::Hrefs;
use super::resource::Resource;
use super::writer::Writer;
use crate::calendar::{Origin, Rule, Ruled, Whom};
use crate::model::{Right, User};

/// Namespace and local name.
pub type Privilege = (&'static str, &'static str);

/// A privilege, what contains it, and what it is for. A container stands before what it contains.
struct Supported {
    name: Privilege,
    inside: Option<&'static str>,
    bit: u16,
    description: &'static str,
}

const fn supports(
    namespace: &'static str,
    local: &'static str,
    inside: Option<&'static str>,
    bit: u16,
    description: &'static str,
) -> Supported {
    Supported {
        name: (namespace, local),
        inside,
        bit,
        description,
    }
}

/// Nothing is abstract.
static SUPPORTED: [Supported; 12] = [
    supports(DAV, "all", None, 0, "Everything"),
    supports(DAV, "read", Some("all"), 1, "Read"),
    supports(CALDAV, "read-free-busy", Some("read"), 2, "Read busy times"),
    supports(
        DAV,
        "read-current-user-privilege-set",
        Some("read"),
        4,
        "Read one's own privileges",
    ),
    supports(DAV, "read-acl", Some("all"), 8, "Read the access rules"),
    supports(DAV, "write-acl", Some("all"), 16, "Change the access rules"),
    // draft-pot-webdav-resource-sharing section 4.2.
    supports(DAV, "share", Some("all"), 512, "Share by invitation"),
    supports(DAV, "write", Some("all"), 0, "Write"),
    supports(DAV, "write-content", Some("write"), 32, "Change items"),
    supports(
        DAV,
        "write-properties",
        Some("write"),
        64,
        "Change properties",
    ),
    supports(DAV, "bind", Some("write"), 128, "Add members"),
    supports(DAV, "unbind", Some("write"), 256, "Remove members"),
];

/// A set of privileges, without the aggregates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privileges(u16);

impl Privileges {
    const FREE_BUSY: Self = Self(2);
    const READ: Self = Self(1 | 2 | 4);
    const READ_WRITE: Self = Self(1 | 2 | 4 | 32 | 64 | 128 | 256);

    /// What a privilege contains; `None`: this server does not know it.
    pub fn named(name: &Name) -> Option<Self> {
        let known = SUPPORTED.iter().find(|it| name.is(it.name.0, it.name.1))?;
        Some(Self(contained(known)))
    }

    pub fn of(right: Right) -> Self {
        match right {
            Right::FreeBusy => Self::FREE_BUSY,
            Right::Read => Self::READ,
            Right::ReadWrite => Self::READ_WRITE,
        }
    }

    /// The right that is just this.
    pub fn right(self) -> Option<Right> {
        [Right::FreeBusy, Right::Read, Right::ReadWrite]
            .into_iter()
            .find(|right| Self::of(*right) == self)
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn are_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

fn contained(privilege: &Supported) -> u16 {
    inside(privilege).fold(privilege.bit, |bits, it| bits | contained(it))
}

fn inside(privilege: &Supported) -> impl Iterator<Item = &'static Supported> {
    SUPPORTED
        .iter()
        .filter(|it| it.inside == Some(privilege.name.1))
}

/// `DAV:supported-privilege-set` (RFC 3744 section 5.3).
pub fn supported(out: &mut Writer) {
    let [all, ..] = &SUPPORTED;
    tree(all, out);
}

fn tree(one: &Supported, out: &mut Writer) {
    out.raw("<D:supported-privilege>");
    privilege(out, one.name.0, one.name.1);
    out.raw("<D:description xml:lang=\"en\">")
        .text(one.description);
    out.raw("</D:description>");
    inside(one).for_each(|it| tree(it, out));
    out.raw("</D:supported-privilege>");
}

pub fn privilege(out: &mut Writer, namespace: &str, local: &str) {
    out.raw("<D:privilege><");
    out.raw(name::prefix(namespace).unwrap_or("D"));
    out.raw(":").raw(local).raw("/></D:privilege>");
}

pub const OWNER: &str = "<D:property><D:owner/></D:property>";
pub const SELF: &str = "<D:self/>";
pub const AUTHENTICATED: &str = "<D:authenticated/>";
const ALL: &str = "<D:all/>";

/// Whose rules those of a resource are; an item has those of its calendar.
pub fn ruled(resource: Resource<'_>) -> Option<Ruled<'_>> {
    match resource {
        Resource::Home(home) => Some(Ruled::Home(home)),
        Resource::Layer(collection) | Resource::Item(collection, _) => {
            Some(Ruled::Layer(collection))
        }
        _ => None,
    }
}

/// `DAV:acl` of what belongs to somebody: the owner may do everything, and then what was granted to others.
pub fn write(resource: Resource, rules: &[Rule], hrefs: &Hrefs, out: &mut Writer) {
    let Some(ruled) = ruled(resource) else {
        return;
    };
    let owner = ruled.owner();
    let home = hrefs.home(&owner.name);
    let layer = match ruled {
        Ruled::Layer(collection) => hrefs.layer(&owner.name, &collection.layer.name),
        Ruled::Home(_) => home.clone(),
    };
    protected(out, OWNER, &[(DAV, "all")]);
    for rule in rules {
        let from = match (resource, rule.origin) {
            (_, Origin::Inherited) => Some(&home),
            (Resource::Item(..), _) => Some(&layer),
            _ => None,
        };
        open(
            out,
            &principal(&rule.who, owner, hrefs),
            privileges(rule.right),
        );
        match from {
            Some(from) => {
                out.raw("<D:inherited>").href(from).raw("</D:inherited>");
            }
            None if rule.origin == Origin::Protected => {
                out.raw("<D:protected/>");
            }
            None => {}
        }
        out.raw("</D:ace>");
    }
}

/// A rule that nobody can change.
pub fn protected(out: &mut Writer, principal: &str, privileges: &[Privilege]) {
    open(out, principal, privileges);
    out.raw("<D:protected/></D:ace>");
}

fn open(out: &mut Writer, principal: &str, privileges: &[Privilege]) {
    out.raw("<D:ace><D:principal>").raw(principal);
    out.raw("</D:principal><D:grant>");
    for (namespace, local) in privileges {
        privilege(out, namespace, local);
    }
    out.raw("</D:grant>");
}

fn privileges(right: Right) -> &'static [Privilege] {
    match right {
        Right::FreeBusy => &[(CALDAV, "read-free-busy")],
        Right::Read => &[(DAV, "read")],
        Right::ReadWrite => &[(DAV, "read"), (DAV, "write")],
    }
}

fn principal(who: &Whom, owner: &User, hrefs: &Hrefs) -> String {
    let href = |href: String| {
        let mut out = Writer::default();
        out.href(&href);
        out.into_string()
    };
    match who {
        Whom::User(user) => href(hrefs.user(&user.name)),
        Whom::Group(group) => href(hrefs.group(&group.name)),
        Whom::Circle(circle) => href(hrefs.circle(&owner.name, *circle)),
        Whom::Authenticated => AUTHENTICATED.to_owned(),
        Whom::All => ALL.to_owned(),
    }
}
