//! Properties of RFC 3744: whose a resource is, and what the viewer may do to it.

use super::{Here, Needs, Patch, Property, Told};
use crate::dav::acl::{self, Privilege};
use crate::dav::error::{NEED_PRIVILEGES, Result};
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::path::Target;
use crate::dav::resource::{Kinds, Resource};
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::model::Circle;
use crate::privacy::{Act, Relation, Viewer};

static HREF: Name = Name::new(DAV, "href");

const OWNED: Kinds = Kinds::USER
    .and(Kinds::CIRCLES)
    .and(Kinds::HOME)
    .and(Kinds::LAYER)
    .and(Kinds::OBJECT)
    .and(Kinds::IN_TRASH);

pub static PROPERTIES: &[Property] = &[
    Property::new(DAV, "owner", OWNED, owner),
    Property::new(
        DAV,
        "current-user-privilege-set",
        Kinds::ALL,
        current_privileges,
    ),
    Property::new(
        DAV,
        "supported-privilege-set",
        Kinds::ALL,
        supported_privileges,
    ),
    Property::new(DAV, "acl", Kinds::ALL, acl).needs(Needs::RULES),
    Property::new(DAV, "acl-restrictions", Kinds::ALL, acl_restrictions),
    Property::new(DAV, "inherited-acl-set", Kinds::ALL, |_, _| Told::Found),
    Property::new(
        DAV,
        "principal-collection-set",
        Kinds::ALL,
        principal_collections,
    ),
    Property::new(DAV, "principal-URL", Kinds::PRINCIPAL, principal_url),
    Property::new(DAV, "alternate-URI-set", Kinds::PRINCIPAL, alternate_uris),
    Property::new(DAV, "group-member-set", Kinds::PRINCIPAL, members)
        .needs(Needs::MEMBERS)
        .set(Kinds::PROXIES, set_members),
    Property::new(DAV, "group-membership", Kinds::PRINCIPAL, membership)
        .needs(Needs::GROUPS.and(Needs::ACTING)),
];

fn owner(here: &Here, out: &mut Writer) -> Told {
    let owner = match here.resource {
        Resource::Layer(collection) | Resource::Item(collection, _) => Some(collection.sharer()),
        other => other.owner(),
    };
    match owner {
        Some(owner) => {
            out.href(&here.asker.hrefs.user(&owner.name));
            Told::Found
        }
        None => Told::Missing,
    }
}

/// What the viewer may do, aggregates and what they hold side by side: Nextcloud looks for `write` alone, the Outlook
/// add-in knows no `all`, DAVx5 reads `unbind` and `bind`.
pub fn privileges(resource: Resource, viewer: &Viewer) -> Vec<Privilege> {
    let (contents, properties, binding, everything) = match resource {
        // Thunderbird takes `write-properties` alone for leave to write items, so it is told only beside that. Whoever has
        // a calendar in their home may name and colour it all the same, as macOS wants it.
        Resource::Layer(collection) => {
            let items = collection.may(Act::WriteItems);
            let properties = items && collection.may(Act::WriteProperties);
            (items, properties, items, collection.may_share())
        }
        Resource::Item(collection, item) => {
            let written = collection.may(Act::WriteItems) && item.is_whole();
            let own = written && collection.is_own();
            (written, own, written, own && collection.may_share())
        }
        Resource::Home(home) => {
            let layers = home.may_create_layers();
            (layers, home.may_write_properties(), layers, layers)
        }
        Resource::User(user) | Resource::Circle(user, Circle::Proxies { .. }) => {
            let own = matches!(viewer, Viewer::User(device) if device.user == user.id && !device.read_only);
            (false, own, false, false)
        }
        Resource::Circle(_, Circle::Friends)
        | Resource::Group(_)
        | Resource::Folder(_)
        | Resource::Trash(..)
        | Resource::Notifications(..)
        | Resource::Notification(..) => (false, false, false, false),
    };
    let mut list = vec![(DAV, "read")];
    let mut grant = |granted: bool, names: &[&'static str]| {
        if granted {
            list.extend(names.iter().map(|name| (DAV, *name)));
        }
    };
    grant(knows_rules(resource), &["read-acl"]);
    grant(true, &["read-current-user-privilege-set"]);
    grant(contents, &["write-content"]);
    grant(properties, &["write-properties"]);
    grant(binding, &["bind", "unbind"]);
    let told = matches!(resource, Resource::Notifications(..));
    let whole = matches!(viewer, Viewer::User(device) if !device.read_only);
    grant(told && whole, &["unbind"]);
    grant(contents && properties && binding, &["write"]);
    grant(everything, &["write-acl"]);
    grant(everything && resource.layer().is_some(), &["share"]);
    grant(contents && properties && binding && everything, &["all"]);
    // What is in the trash can be taken out of it, and nothing else.
    let takes_out = matches!(resource, Resource::Trash(trash, lying) if trash.may_write() && lying.is_taken_out());
    grant(takes_out, &["unbind"]);
    // Who reads a calendar may ask what it takes up; of a whole home that is for its owner to say.
    if !matches!(resource, Resource::Home(home) if !home.may_ask_free_busy()) {
        list.insert(list.len().min(3), (CALDAV, "read-free-busy"));
    }
    list
}

/// Whose rules tell nothing, they are anybody's to read.
fn knows_rules(resource: Resource) -> bool {
    match resource {
        Resource::Layer(collection) | Resource::Item(collection, _) => collection.knows_rules(),
        Resource::Home(home) => home.relation() == Relation::Owner,
        _ => true,
    }
}

fn current_privileges(here: &Here, out: &mut Writer) -> Told {
    for (namespace, local) in privileges(here.resource, here.asker.viewer) {
        acl::privilege(out, namespace, local);
    }
    Told::Found
}

fn supported_privileges(_: &Here, out: &mut Writer) -> Told {
    acl::supported(out);
    Told::Found
}

/// The rules that hold (RFC 3744 section 5.5): those of calendars can be changed, all others are protected.
fn acl(here: &Here, out: &mut Writer) -> Told {
    if acl::ruled(here.resource).is_some() {
        let Some(rules) = &here.facts.rules else {
            return Told::Failed(NEED_PRIVILEGES.status, NEED_PRIVILEGES);
        };
        acl::write(here.resource, rules, &here.asker.hrefs, out);
        return Told::Found;
    }
    let read = [(DAV, "read")];
    let write = [(DAV, "write-properties")];
    match here.resource {
        Resource::Circle(_, circle) => {
            acl::protected(out, acl::OWNER, &read);
            if let Circle::Proxies { .. } = circle {
                acl::protected(out, acl::SELF, &read);
                acl::protected(out, acl::OWNER, &write);
            }
        }
        Resource::User(_) => {
            acl::protected(out, acl::AUTHENTICATED, &read);
            acl::protected(out, acl::SELF, &write);
        }
        Resource::Trash(_, lying) if !lying.is_taken_out() => {
            acl::protected(out, acl::OWNER, &read);
        }
        Resource::Trash(..) => {
            acl::protected(out, acl::OWNER, &[(DAV, "read"), (DAV, "unbind")]);
        }
        Resource::Notifications(..) => {
            acl::protected(out, acl::OWNER, &[(DAV, "read"), (DAV, "unbind")]);
        }
        Resource::Notification(..) => acl::protected(out, acl::OWNER, &read),
        _ => acl::protected(out, acl::AUTHENTICATED, &read),
    }
    Told::Found
}

/// RFC 3744 section 5.6.
fn acl_restrictions(_: &Here, out: &mut Writer) -> Told {
    out.raw("<D:grant-only/><D:no-invert/>");
    Told::Found
}

/// RFC 3744 section 5.8.
fn principal_collections(here: &Here, out: &mut Writer) -> Told {
    out.href(&here.asker.hrefs.of(&Target::Principals));
    Told::Found
}

/// RFC 3744 section 4.2.
fn principal_url(here: &Here, out: &mut Writer) -> Told {
    match here.resource {
        Resource::User(user) => out.href(&here.asker.hrefs.user(&user.name)),
        Resource::Circle(owner, circle) => out.href(&here.asker.hrefs.circle(&owner.name, circle)),
        Resource::Group(group) => out.href(&here.asker.hrefs.group(&group.name)),
        _ => return Told::Missing,
    };
    Told::Found
}

/// RFC 3744 section 4.1.
fn alternate_uris(here: &Here, out: &mut Writer) -> Told {
    for address in here.resource.user().iter().flat_map(|user| &user.addresses) {
        out.href(&format!("mailto:{address}"));
    }
    Told::Found
}

/// RFC 3744 section 4.3.
fn members(here: &Here, out: &mut Writer) -> Told {
    let Some(members) = &here.facts.members else {
        return Told::Missing;
    };
    for user in &members.users {
        out.href(&here.asker.hrefs.user(&user.name));
    }
    for group in &members.groups {
        out.href(&here.asker.hrefs.group(&group.name));
    }
    Told::Found
}

/// Who acts for an account is for it to say, all of them at once.
fn set_members(patch: &mut Patch, value: Option<&Element>) -> Result<()> {
    let hrefs = value.iter().flat_map(|value| value.children(&HREF));
    patch.members = Some(hrefs.map(|href| href.text().trim().to_owned()).collect());
    Ok(())
}

/// RFC 3744 section 4.4.
fn membership(here: &Here, out: &mut Writer) -> Told {
    for group in &here.facts.groups {
        out.href(&here.asker.hrefs.group(&group.name));
    }
    for (owner, write) in here.facts.acting_for.iter().flatten() {
        let circle = Circle::Proxies { write: *write };
        out.href(&here.asker.hrefs.circle(&owner.name, circle));
    }
    Told::Found
}
