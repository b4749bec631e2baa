//! Properties of RFC 3744: whose a resource is, and what the viewer may do to it.

use super::{Here, Needs, Patch, Property, Told};
use crate::dav::error::Result;
use crate::dav::name::{CALDAV, DAV, Name};
use crate::dav::path::Target;
use crate::dav::resource::{Kinds, Resource};
use crate::dav::writer::Writer;
use crate::dav::xml::Element;
use crate::model::Circle;
use crate::privacy::{Act, Viewer};

static HREF: Name = Name::new(DAV, "href");

const OWNED: Kinds = Kinds::USER
    .and(Kinds::CIRCLES)
    .and(Kinds::HOME)
    .and(Kinds::LAYER)
    .and(Kinds::ITEM);

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
    Property::new(DAV, "acl", Kinds::ALL, acl),
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
    match here.resource.owner() {
        Some(owner) => {
            out.href(&here.asker.hrefs.user(&owner.name));
            Told::Found
        }
        None => Told::Missing,
    }
}

type Privilege = (&'static str, &'static str);

const READING: [Privilege; 4] = [
    (DAV, "read"),
    (DAV, "read-acl"),
    (DAV, "read-current-user-privilege-set"),
    (CALDAV, "read-free-busy"),
];

/// What the viewer may do, aggregates and what they hold side by side: Nextcloud looks for `write` alone, the Outlook
/// add-in knows no `all`, DAVx5 reads `unbind` and `bind`.
pub fn privileges(resource: Resource, viewer: &Viewer) -> Vec<Privilege> {
    let (contents, properties, binding, everything) = match resource {
        Resource::Layer(collection) | Resource::Item(collection, _) => {
            let items = collection.may(Act::WriteItems);
            (
                items,
                collection.may(Act::WriteProperties),
                items,
                collection.may(Act::Delete),
            )
        }
        Resource::Home(home) => {
            let layers = home.may_create_layers();
            (layers, home.may_write_properties(), layers, layers)
        }
        Resource::User(user) | Resource::Circle(user, Circle::Proxies { .. }) => {
            let own = matches!(viewer, Viewer::User(device) if device.user == user.id && !device.read_only);
            (false, own, false, false)
        }
        Resource::Circle(_, Circle::Friends) | Resource::Group(_) | Resource::Folder(_) => {
            (false, false, false, false)
        }
    };
    let mut list = READING.to_vec();
    let mut grant = |granted: bool, names: &[&'static str]| {
        if granted {
            list.extend(names.iter().map(|name| (DAV, *name)));
        }
    };
    grant(contents, &["write-content"]);
    grant(properties, &["write-properties"]);
    grant(binding, &["bind", "unbind"]);
    grant(contents && properties && binding, &["write"]);
    grant(contents && properties && binding && everything, &["all"]);
    list
}

fn current_privileges(here: &Here, out: &mut Writer) -> Told {
    for (namespace, local) in privileges(here.resource, here.asker.viewer) {
        privilege(out, namespace, local);
    }
    Told::Found
}

fn privilege(out: &mut Writer, namespace: &str, local: &str) {
    out.raw("<D:privilege><")
        .raw(crate::dav::name::prefix(namespace).unwrap_or("D"));
    out.raw(":").raw(local).raw("/></D:privilege>");
}

/// What contains what (RFC 3744 section 5.3); nothing is abstract, and nothing can be granted over ACL.
const SUPPORTED: &str = "<D:supported-privilege><D:privilege><D:all/></D:privilege>\
<D:description xml:lang=\"en\">Everything</D:description>\
<D:supported-privilege><D:privilege><D:read/></D:privilege>\
<D:description xml:lang=\"en\">Read</D:description>\
<D:supported-privilege><D:privilege><C:read-free-busy/></D:privilege>\
<D:description xml:lang=\"en\">Read busy times</D:description></D:supported-privilege>\
</D:supported-privilege>\
<D:supported-privilege><D:privilege><D:read-acl/></D:privilege>\
<D:description xml:lang=\"en\">Read the access rules</D:description></D:supported-privilege>\
<D:supported-privilege><D:privilege><D:read-current-user-privilege-set/></D:privilege>\
<D:description xml:lang=\"en\">Read one's own privileges</D:description></D:supported-privilege>\
<D:supported-privilege><D:privilege><D:write/></D:privilege>\
<D:description xml:lang=\"en\">Write</D:description>\
<D:supported-privilege><D:privilege><D:write-content/></D:privilege>\
<D:description xml:lang=\"en\">Change items</D:description></D:supported-privilege>\
<D:supported-privilege><D:privilege><D:write-properties/></D:privilege>\
<D:description xml:lang=\"en\">Change properties</D:description></D:supported-privilege>\
<D:supported-privilege><D:privilege><D:bind/></D:privilege>\
<D:description xml:lang=\"en\">Add members</D:description></D:supported-privilege>\
<D:supported-privilege><D:privilege><D:unbind/></D:privilege>\
<D:description xml:lang=\"en\">Remove members</D:description></D:supported-privilege>\
</D:supported-privilege></D:supported-privilege>";

fn supported_privileges(_: &Here, out: &mut Writer) -> Told {
    out.raw(SUPPORTED);
    Told::Found
}

/// The rules that hold (RFC 3744 section 5.5), protected: they cannot be changed over WebDAV.
fn acl(here: &Here, out: &mut Writer) -> Told {
    let (principal, granted) = match here.resource {
        Resource::Home(_) | Resource::Layer(_) | Resource::Item(..) => (
            "<D:property><D:owner/></D:property>",
            "<D:privilege><D:all/></D:privilege>",
        ),
        Resource::Circle(..) => (
            "<D:property><D:owner/></D:property>",
            "<D:privilege><D:read/></D:privilege>",
        ),
        Resource::User(_) | Resource::Group(_) | Resource::Folder(_) => {
            ("<D:authenticated/>", "<D:privilege><D:read/></D:privilege>")
        }
    };
    out.raw("<D:ace><D:principal>")
        .raw(principal)
        .raw("</D:principal><D:grant>");
    out.raw(granted).raw("</D:grant><D:protected/></D:ace>");
    let (principal, granted) = match here.resource {
        Resource::User(_) => ("<D:self/>", "write-properties"),
        Resource::Circle(_, Circle::Proxies { .. }) => {
            let members = "<D:ace><D:principal><D:self/></D:principal><D:grant>";
            out.raw(members);
            privilege(out, DAV, "read");
            out.raw("</D:grant><D:protected/></D:ace>");
            ("<D:property><D:owner/></D:property>", "write-properties")
        }
        _ => return Told::Found,
    };
    out.raw("<D:ace><D:principal>").raw(principal);
    out.raw("</D:principal><D:grant>");
    privilege(out, DAV, granted);
    out.raw("</D:grant><D:protected/></D:ace>");
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
