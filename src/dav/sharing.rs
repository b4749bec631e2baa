//! CalendarServer's sharing in XML (caldav-sharing sections 4 to 6): who is invited, and what is told of it. The newer draft's
//! stands in `resource_sharing`.

use super::path::{Hrefs, Target};
use super::trash::Place;
use super::writer::Writer;
use crate::calendar::{Sharee, Sharing, Told};
use crate::http::EntityTag;
use crate::model::{About, Instant, Invitation, Message, Right, ShareId, User, ViewId};

/// The unique identifier of an invitation (section 6.16).
pub fn uid(about: About) -> String {
    match about {
        About::Share(share) => format!("{SHARE}{}", share.0),
        About::View(view) => format!("{VIEW}{}", view.0),
        About::Notice(notice) => format!("{NOTICE}{}", notice.0),
    }
}

/// The reverse of [`uid`].
pub fn about(uid: &str) -> Option<About> {
    let uid = uid.trim();
    if let Some(share) = uid.strip_prefix(SHARE) {
        return share.parse().ok().map(|id| About::Share(ShareId(id)));
    }
    let view = uid.strip_prefix(VIEW)?;
    view.parse().ok().map(|id| About::View(ViewId(id)))
}

const SHARE: &str = "share-";
const VIEW: &str = "view-";
/// Nobody was invited to anything: [`about`] reads none.
const NOTICE: &str = "notice-";

/// The name of a notification in its collection.
pub fn name(id: i64) -> String {
    format!("{id}{SUFFIX}")
}

/// The reverse of [`name`].
pub fn numbered(name: &str) -> Option<i64> {
    let id = name.strip_suffix(SUFFIX)?.parse().ok()?;
    (self::name(id) == name).then_some(id)
}

const SUFFIX: &str = ".xml";

/// A notification never changes.
pub fn tag(told: &Told) -> EntityTag {
    EntityTag::strong(format!("{}", told.notification.id))
}

/// `CS:invite` (section 5.2.2).
pub fn invite(sharing: &Sharing, hrefs: &Hrefs, out: &mut Writer) {
    if let Some(sharer) = &sharing.sharer {
        organizer(sharer, hrefs, out);
    }
    for Sharee {
        user,
        right,
        invitation,
        summary,
    } in &sharing.sharees
    {
        out.raw("<CS:user>").href(&address(user, hrefs));
        out.element("CS:common-name", &user.display_name);
        out.raw(match invitation {
            Invitation::Invited => "<CS:invite-noresponse/>",
            Invitation::Accepted => "<CS:invite-accepted/>",
            Invitation::Declined => "<CS:invite-declined/>",
        });
        access(*right, out);
        if let Some(summary) = summary {
            out.element("CS:summary", summary);
        }
        out.raw("</CS:user>");
    }
}

/// How clients name somebody: by a mail address where there is one.
fn address(user: &User, hrefs: &Hrefs) -> String {
    match user.addresses.first() {
        Some(address) => format!("mailto:{address}"),
        None => hrefs.user(&user.name),
    }
}

fn organizer(sharer: &User, hrefs: &Hrefs, out: &mut Writer) {
    out.raw("<CS:organizer>").href(&address(sharer, hrefs));
    out.element("CS:common-name", &sharer.display_name);
    out.raw("</CS:organizer>");
}

fn access(right: Right, out: &mut Writer) {
    out.raw(match right {
        Right::ReadWrite => "<CS:access><CS:read-write/></CS:access>",
        Right::Read | Right::FreeBusy => "<CS:access><CS:read/></CS:access>",
    });
}

/// `CS:notificationtype` (section 4.2.1): the element of the notification, empty, with its attributes.
pub fn notification_type(told: &Told, out: &mut Writer) {
    out.raw("<").raw(element(told).0).raw("/>");
}

/// As it begins, and as it ends.
fn element(told: &Told) -> (&'static str, &'static str) {
    match told.notification.message {
        Message::Invited | Message::Changed | Message::Withdrawn => (
            "CS:invite-notification shared-type=\"calendar\"",
            "CS:invite-notification",
        ),
        Message::Accepted | Message::Declined => (
            "CS:invite-reply shared-type=\"calendar\"",
            "CS:invite-reply",
        ),
        // caldav-notifications section 5.1.1.
        Message::Lost => ("CS:systemstatus type=\"high\"", "CS:systemstatus"),
    }
}

/// The notification as a document (sections 6.15, 6.22 and 6.24).
pub fn document(of: &User, told: &Told, hrefs: &Hrefs) -> String {
    let Told {
        notification: it,
        other,
    } = told;
    let mut out = Writer::default();
    out.root("CS:notification");
    out.element("CS:dtstamp", &stamp(it.at));
    let (begin, end) = element(told);
    out.raw("<").raw(begin).raw(">");
    match it.message {
        Message::Invited | Message::Changed | Message::Withdrawn => {
            out.element("CS:uid", &uid(it.about));
            out.href(&address(of, hrefs));
            out.raw(match it.message {
                Message::Withdrawn => "<CS:invite-deleted/>",
                Message::Changed => "<CS:invite-accepted/>",
                _ => "<CS:invite-noresponse/>",
            });
            access(it.right, &mut out);
            host(other, &it.layer, hrefs, &mut out);
            organizer(other, hrefs, &mut out);
            if let Some(summary) = &it.summary {
                out.element("CS:summary", summary);
            }
            out.raw("<C:supported-calendar-component-set>");
            for component in it.components.iter() {
                out.raw("<C:comp name=\"").raw(component.name()).raw("\"/>");
            }
            out.raw("</C:supported-calendar-component-set>");
        }
        Message::Accepted | Message::Declined => {
            out.href(&address(other, hrefs));
            out.raw(match it.message {
                Message::Accepted => "<CS:invite-accepted/>",
                _ => "<CS:invite-declined/>",
            });
            host(of, &it.layer, hrefs, &mut out);
            out.element("CS:in-reply-to", &uid(it.about));
            if let Some(summary) = &it.summary {
                out.element("CS:summary", summary);
            }
        }
        Message::Lost => {
            out.href(&trash(of, hrefs));
            let text = it.comment.as_deref().unwrap_or_default();
            out.element("CS:description", text);
        }
    }
    out.raw("</").raw(end).raw("></CS:notification>\n");
    out.into_string()
}

/// Where what was lost waits.
pub fn trash(of: &User, hrefs: &Hrefs) -> String {
    hrefs.of(&Target::Trash {
        owner: of.name.clone(),
        place: Place::Whole,
    })
}

fn host(sharer: &User, layer: &str, hrefs: &Hrefs, out: &mut Writer) {
    out.raw("<CS:hosturl>")
        .href(&hrefs.layer(&sharer.name, layer));
    out.raw("</CS:hosturl>");
}

fn stamp(at: Instant) -> String {
    jiff::Timestamp::from_second(at)
        .map(|moment| moment.strftime("%Y%m%dT%H%M%SZ").to_string())
        .unwrap_or_default()
}
