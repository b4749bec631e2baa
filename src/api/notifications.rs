//! What the account is told (E-116 to E-120): listed, and noted as read.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::call::Call;
use super::cursor::Paging;
use super::items::address::Address;
use super::items::{Times, times};
use super::problem::{Problem, Result};
use super::routes::{Route, get, patch, post};
use super::time;
use crate::calendar::{Noted, NotedItem};
use crate::model::NoteKind;
use crate::privacy::Handles;

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/notifications",
            "What the account is told, the newest first; kept for 90 days. What speaks of something that the account may not \
             see any more is not there",
            list,
        )
        .query::<Listing>()
        .paged()
        .answers_page::<Notification>(),
        patch(
            "/notifications/{notification}",
            "Note that one was read, or was not",
            change,
        )
        .reads::<NotificationChange>()
        .answers::<Notification>(200),
        post(
            "/notifications/read",
            "Note that all were read that there were until then",
            read_all,
        )
        .reads::<ReadUntil>()
        .answers::<ReadCount>(200),
    ]
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotificationKind {
    SharedViewInvite,
    SharedViewAccepted,
    CalendarEventInvite,
    CalendarReminder,
    CalendarMassLoss,
}

impl From<NoteKind> for NotificationKind {
    fn from(kind: NoteKind) -> Self {
        match kind {
            NoteKind::ViewInvite => Self::SharedViewInvite,
            NoteKind::ViewAccepted => Self::SharedViewAccepted,
            NoteKind::EventInvite => Self::CalendarEventInvite,
            NoteKind::Reminder => Self::CalendarReminder,
            NoteKind::MassLoss => Self::CalendarMassLoss,
        }
    }
}

impl From<NotificationKind> for NoteKind {
    fn from(kind: NotificationKind) -> Self {
        match kind {
            NotificationKind::SharedViewInvite => Self::ViewInvite,
            NotificationKind::SharedViewAccepted => Self::ViewAccepted,
            NotificationKind::CalendarEventInvite => Self::EventInvite,
            NotificationKind::CalendarReminder => Self::Reminder,
            NotificationKind::CalendarMassLoss => Self::MassLoss,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// Those alone that were not read
    #[serde(default)]
    unread: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Notification {
    id: String,
    kind: NotificationKind,
    /// Whose doing it is: who has invited, accepted, or shown an item.
    from: Option<Originator>,
    /// Of an invitation to a shared view, and of its acceptance.
    view: Option<ViewOfNotification>,
    /// Of an item that was shown, and of a reminder.
    item: Option<ItemOfNotification>,
    /// Of a mass loss: who did what to which layer, and until when it can be brought back.
    message: Option<String>,
    is_read: bool,
    #[schema(format = DateTime)]
    created_at: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NotificationOriginator)]
struct Originator {
    user_id: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ViewOfNotification {
    id: String,
    name: String,
}

/// As far as the account may see it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ItemOfNotification {
    id: String,
    title: Option<String>,
    /// `null` of what is no event.
    time: Option<Times>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NotificationChange {
    is_read: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReadUntil {
    /// `createdAt` of the newest that was seen; without it, now.
    #[schema(format = DateTime, min_length = 20, max_length = 40)]
    until: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReadCount {
    /// How many were not read before.
    count: u64,
}

impl Notification {
    fn of(me: &str, handles: Handles, noted: Noted) -> Self {
        let note = noted.note;
        Self {
            id: note.name,
            kind: note.kind.into(),
            from: noted.other.map(|user| Originator {
                user_id: user.name,
                name: user.display_name,
            }),
            view: noted.view.map(|view| ViewOfNotification {
                id: handles.of(view.id),
                name: view.name,
            }),
            item: noted.item.map(|item| ItemOfNotification::of(me, item)),
            message: noted.message,
            is_read: note.seen.is_some(),
            created_at: time::rfc3339(note.at),
        }
    }
}

impl ItemOfNotification {
    fn of(me: &str, it: NotedItem) -> Self {
        let at = it.instance.as_ref().and_then(|instance| instance.id);
        Self {
            id: Address::of(me, &it.of, it.item.name(), at).to_string(),
            title: it.title,
            time: it.instance.as_ref().map(times),
        }
    }
}

fn list(call: &Call) -> Result<Answer> {
    let (asked, paging) = call.filtered::<Listing, (i64, String)>()?;
    let Paging { limit, after } = paging;
    let (shown, next) = call.read(|access| {
        let me = access.me()?.name;
        let found = access.notes(asked.unread, after.as_ref(), limit)?;
        let shown = found
            .notes
            .into_iter()
            .map(|it| Notification::of(&me, access.handles(), it));
        Ok((shown.collect::<Vec<_>>(), found.next))
    })?;
    let next = next.and_then(|next| call.cursor(&next));
    Answer::page(&shown, next)
}

fn change(call: &Call) -> Result<Answer> {
    let change: NotificationChange = call.body()?;
    let shown = call.write(|access| {
        let me = access.me()?.name;
        let noted = access.set_note_read(call.path("notification"), change.is_read)?;
        Ok(Notification::of(&me, access.handles(), noted))
    })?;
    Answer::of(&shown)
}

fn read_all(call: &Call) -> Result<Answer> {
    let asked: ReadUntil = call.body()?;
    let until = match &asked.until {
        None => None,
        Some(text) => {
            let moment = time::parse(text);
            Some(moment.ok_or_else(|| Problem::invalid("until is a moment of RFC 3339"))?)
        }
    };
    let count = call.write(|access| Ok(access.set_notes_read(until)?))?;
    Answer::of(&ReadCount { count })
}
