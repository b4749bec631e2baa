//! The newer sharing in XML (draft-pot-webdav-resource-sharing sections 4 and 5, draft-pot-webdav-notifications section 4): the same
//! invitations and notifications as CalendarServer's, in the words of `DAV:`.

use super::path::{Hrefs, Target};
use super::sharing;
use super::urn;
use super::writer::Writer;
use crate::calendar::{Sharee, Sharing, Told};
use crate::http::EntityTag;
use crate::model::{Instant, Invitation, Message, Right, User};

/// What requests about sharing are sent as (section 4.3).
pub const REQUEST_TYPE: &str = "application/davsharing+xml";

/// What a notification is asked for as (draft-pot-webdav-notifications section 4.1), beside CalendarServer's XML.
pub const NOTIFICATION_TYPE: &str = "application/davnotification+xml";

/// `DAV:invite` (section 4.4.2).
pub fn invite(sharing: &Sharing, hrefs: &Hrefs, out: &mut Writer) {
    if let Some(sharer) = &sharing.sharer {
        principal(sharer, hrefs, out);
        sharee(sharer, "<D:invite-accepted/>", OWNER, hrefs, out);
    }
    for Sharee {
        user,
        right,
        invitation,
        ..
    } in &sharing.sharees
    {
        let state = match invitation {
            Invitation::Invited => "<D:invite-noresponse/>",
            Invitation::Accepted => "<D:invite-accepted/>",
            Invitation::Declined => "<D:invite-declined/>",
        };
        sharee(user, state, access(*right), hrefs, out);
    }
}

pub const OWNER: &str = "<D:shared-owner/>";

pub fn access(right: Right) -> &'static str {
    match right {
        Right::ReadWrite => "<D:read-write/>",
        Right::Read | Right::FreeBusy => "<D:read/>",
    }
}

fn sharee(user: &User, state: &str, access: &str, hrefs: &Hrefs, out: &mut Writer) {
    out.raw("<D:sharee>").href(&address(user, hrefs)).raw(state);
    out.raw("<D:share-access>").raw(access);
    out.raw("</D:share-access><D:prop>");
    out.element("D:displayname", &user.display_name);
    out.raw("</D:prop></D:sharee>");
}

/// Tasks.org knows its own account by the principal's URL without the slash at the end.
fn address(user: &User, hrefs: &Hrefs) -> String {
    hrefs.user(&user.name).trim_end_matches('/').to_owned()
}

fn principal(user: &User, hrefs: &Hrefs, out: &mut Writer) {
    out.raw("<D:principal>").href(&hrefs.user(&user.name));
    out.raw("<D:prop>");
    out.element("D:displayname", &user.display_name);
    out.raw("</D:prop></D:principal>");
}

/// `DAV:notificationtype` (draft-pot-webdav-notifications section 4.3.1).
pub fn notification_type(told: &Told, out: &mut Writer) {
    out.raw("<").raw(element(told)).raw(grade(told)).raw("/>");
}

/// How grave it is (draft-pot-webdav-notifications section 5.1.1).
fn grade(told: &Told) -> &'static str {
    match told.notification.message {
        Message::Lost => " type=\"high\"",
        _ => "",
    }
}

fn element(told: &Told) -> &'static str {
    match told.notification.message {
        Message::Invited | Message::Changed | Message::Withdrawn => "D:share-invite-notification",
        Message::Accepted | Message::Declined => "D:share-reply-notification",
        Message::Lost => "D:systemstatus",
    }
}

/// Of the document, which is not that of CalendarServer.
pub fn tag(told: &Told) -> EntityTag {
    EntityTag::strong(format!("{}-dav", told.notification.id))
}

/// The notification as a document (section 4.6).
pub fn document(of: &User, told: &Told, hrefs: &Hrefs) -> String {
    let it = &told.notification;
    let mut out = Writer::default();
    out.root("D:notification");
    out.element("D:dtstamp", &stamp(it.at));
    out.raw("<").raw(element(told)).raw(grade(told)).raw(">");
    match it.message {
        Message::Invited | Message::Changed | Message::Withdrawn => {
            invitation(of, told, hrefs, &mut out);
        }
        Message::Accepted | Message::Declined => {
            out.raw("<D:sharee>").href(&address(&told.other, hrefs));
            out.raw(match it.message {
                Message::Accepted => "<D:invite-accepted/></D:sharee>",
                _ => "<D:invite-declined/></D:sharee>",
            });
            out.href(&hrefs.layer(&of.name, &it.layer));
        }
        Message::Lost => {
            out.href(&sharing::trash(of, hrefs));
        }
    }
    if let Some(comment) = &it.comment {
        let name = match it.message {
            Message::Lost => "D:description",
            _ => "D:comment",
        };
        out.element(name, comment);
    }
    out.raw("</").raw(element(told));
    out.raw("></D:notification>\n");
    out.into_string()
}

/// Section 4.6.1.
fn invitation(of: &User, told: &Told, hrefs: &Hrefs, out: &mut Writer) {
    let it = &told.notification;
    principal(&told.other, hrefs, out);
    out.raw(match it.message {
        Message::Invited => "<D:invite-noresponse/>",
        _ => "<D:invite-accepted/>",
    });
    out.raw("<D:sharer-resource-uri>")
        .href(&urn::of_layer(it.birth));
    out.raw("</D:sharer-resource-uri><D:share-access>");
    out.raw(match it.message {
        Message::Withdrawn => "<D:no-access/>",
        _ => access(it.right),
    });
    out.raw("</D:share-access><D:prop>");
    if let Some(summary) = &it.summary {
        out.element("D:displayname", summary);
    }
    out.raw("<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>");
    out.raw("<C:supported-calendar-component-set>");
    for component in it.components.iter() {
        out.raw("<C:comp name=\"").raw(component.name()).raw("\"/>");
    }
    out.raw("</C:supported-calendar-component-set></D:prop>");
    if told.asks() {
        out.raw("<D:reply-url>")
            .href(&hrefs.of(&Target::Notification {
                owner: of.name.clone(),
                name: sharing::name(it.id),
            }));
        out.raw("</D:reply-url>");
    }
}

/// Section 4.4.3 of the draft on notifications.
fn stamp(at: Instant) -> String {
    jiff::Timestamp::from_second(at)
        .map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .unwrap_or_default()
}
