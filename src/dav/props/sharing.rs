//! With whom a calendar is shared, and what is told of it: the properties of CalendarServer's sharing (caldav-sharing,
//! caldav-notifications) and those of the newer drafts (draft-pot-webdav-resource-sharing, draft-pot-webdav-notifications).

use super::{Here, Needs, Property, Told};
use crate::calendar::{self, Collection, Sharing, Side};
use crate::dav::name::{CALENDARSERVER, DAV};
use crate::dav::path::{Hrefs, Target};
use crate::dav::resource::{Kinds, Resource};
use crate::dav::writer::Writer;
use crate::dav::{resource_sharing, sharing, urn};
use crate::model::Right;
use crate::privacy::Act;

pub static PROPERTIES: &[Property] = &[
    Property::new(CALENDARSERVER, "invite", Kinds::LAYER, |here, out| {
        invite(here, sharing::invite, out)
    })
    .needs(Needs::SHARING),
    Property::new(
        CALENDARSERVER,
        "allowed-sharing-modes",
        Kinds::LAYER,
        sharing_modes,
    ),
    Property::new(CALENDARSERVER, "shared-url", Kinds::LAYER, shared_url),
    Property::new(
        CALENDARSERVER,
        "notification-URL",
        Kinds::USER,
        notification_url,
    )
    .needs(Needs::ME),
    Property::new(
        CALENDARSERVER,
        "notificationtype",
        Kinds::NOTIFICATION,
        |here, out| notification_type(here, sharing::notification_type, out),
    ),
    Property::new(DAV, "share-access", Kinds::LAYER, share_access).needs(Needs::SIDE),
    Property::new(DAV, "invite", Kinds::LAYER, |here, out| {
        invite(here, resource_sharing::invite, out)
    })
    .needs(Needs::SHARING),
    Property::new(DAV, "share-resource-uri", Kinds::LAYER, share_resource_uri).needs(Needs::SIDE),
    Property::new(DAV, "notification-URL", Kinds::USER, notification_url).needs(Needs::ME),
    Property::new(DAV, "notificationtype", Kinds::NOTIFICATION, |here, out| {
        notification_type(here, resource_sharing::notification_type, out)
    }),
];

/// caldav-sharing section 5.2.2, draft-pot-webdav-resource-sharing section 4.4.2.
fn invite(here: &Here, write: fn(&Sharing, &Hrefs, &mut Writer), out: &mut Writer) -> Told {
    let Some(sharing) = &here.facts.sharing else {
        return Told::Missing;
    };
    write(sharing, &here.asker.hrefs, out);
    Told::Found
}

/// draft-pot-webdav-resource-sharing section 4.4.1. Tasks.org takes every calendar that is not shared for one that it may
/// write, so that is said of no other.
fn share_access(here: &Here, out: &mut Writer) -> Told {
    let Some(collection) = here.resource.layer() else {
        return Told::Missing;
    };
    let writes = collection.may(Act::WriteItems);
    out.raw(match here.facts.side {
        Some(Side::Sharer) => resource_sharing::OWNER,
        Some(Side::Sharee) if writes => resource_sharing::access(Right::ReadWrite),
        Some(Side::Sharee) => resource_sharing::access(Right::Read),
        None if writes && collection.may_share() => "<D:not-shared/>",
        None => return Told::Missing,
    });
    Told::Found
}

/// Section 4.4.3: the same for the sharer and all sharees, whatever the calendar is called.
fn share_resource_uri(here: &Here, out: &mut Writer) -> Told {
    match (here.resource.layer(), here.facts.side) {
        (Some(collection), Some(_)) => {
            out.href(&urn::of_layer(collection.original().birth()));
            Told::Found
        }
        _ => Told::Missing,
    }
}

/// caldav-sharing section 5.2.3: calendars are shared; they are published in another way.
fn sharing_modes(here: &Here, out: &mut Writer) -> Told {
    match here.resource.layer().filter(|it| it.may_share()) {
        Some(_) => {
            out.raw("<CS:can-be-shared/>");
            Told::Found
        }
        None => Told::Missing,
    }
}

/// caldav-sharing section 5.2.4.
fn shared_url(here: &Here, out: &mut Writer) -> Told {
    match here.resource.layer().and_then(Collection::shared_from) {
        Some((sharer, name)) => {
            out.href(&here.asker.hrefs.layer(&sharer.name, name));
            Told::Found
        }
        None => Told::Missing,
    }
}

/// caldav-notifications section 4.1.1, draft-pot-webdav-notifications section 4.2.1.
fn notification_url(here: &Here, out: &mut Writer) -> Told {
    match (here.resource.user(), &here.asker.me) {
        (Some(user), Some(me)) if user.id == me.id => {
            let target = Target::Notifications(user.name.clone());
            out.href(&here.asker.hrefs.of(&target));
            Told::Found
        }
        _ => Told::Missing,
    }
}

/// caldav-notifications section 4.2.1, draft-pot-webdav-notifications section 4.3.1.
fn notification_type(
    here: &Here,
    write: fn(&calendar::Told, &mut Writer),
    out: &mut Writer,
) -> Told {
    let Resource::Notification(_, told) = here.resource else {
        return Told::Missing;
    };
    write(told, out);
    Told::Found
}
