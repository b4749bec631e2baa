//! What the account is told (E-116 to E-120): invitations to views, acceptances, items of friends, reminders. Who reads it is
//! asked every time about what it speaks of: what is hidden from them by then is not there.

use super::{Access, Calendars, Collection, Error, Need, Refusal, Result};
use crate::ical::instance::{Instance, Instances};
use crate::ical::time::Written;
use crate::ical::{Object, Zone};
use crate::model::{
    Component, Instant, ItemId, Mount, Note, NoteId, NoteKind, NoticeId, User, View,
};
use crate::privacy::VisibleItem;
use crate::store::outbox::{self, NewNote};
use crate::store::{self, accounts, items, notices};

/// What the account is told, in words that it may read.
#[derive(Debug)]
pub struct Noted {
    pub note: Note,
    /// Whose doing it is.
    pub other: Option<User>,
    pub view: Option<View>,
    pub item: Option<NotedItem>,
    /// What it says, where it is about nothing else.
    pub message: Option<String>,
}

/// An item as its reader sees it.
#[derive(Debug)]
pub struct NotedItem {
    /// In the reader's own home.
    pub of: Collection,
    pub item: VisibleItem,
    pub title: Option<String>,
    /// Of events.
    pub instance: Option<Instance>,
}

/// A page of it, and behind what the next begins.
#[derive(Debug)]
pub struct Notes {
    pub notes: Vec<Noted>,
    pub next: Option<(Instant, String)>,
}

/// What the webhook is to know: that there is something to read, and for whom.
#[derive(Clone, Debug)]
pub struct ToCall {
    pub name: String,
    pub kind: NoteKind,
    /// The name of the account.
    pub user: String,
    pub at: Instant,
}

impl Calendars {
    /// `None`: it is gone, or the webhook had it.
    ///
    /// # Errors
    /// The store's.
    pub fn to_call(&self, id: NoteId) -> Result<Option<ToCall>> {
        Ok(self.store.read(|tx| {
            if outbox::called(tx, id)?.is_some() {
                return Ok(None);
            }
            let Some(note) = outbox::by_id(tx, id)? else {
                return Ok(None);
            };
            let user = accounts::by_id(tx, note.user)?.filter(|user| !user.disabled);
            Ok::<_, store::Error>(user.map(|user| ToCall {
                name: note.name,
                kind: note.kind,
                user: user.name,
                at: note.at,
            }))
        })?)
    }

    /// Notes that the webhook had it.
    ///
    /// # Errors
    /// The store's.
    pub fn called(&self, id: NoteId, now: Instant) -> Result<()> {
        Ok(self.store.write(|tx| outbox::set_called(tx, id, now))?)
    }
}

impl Access<'_, '_> {
    /// What the account is told, the newest first. What it may not know of any more is left out, and neither a short page nor a
    /// further one tells of it.
    pub fn notes(
        &mut self,
        unread: bool,
        after: Option<&(Instant, String)>,
        at_most: usize,
    ) -> Result<Notes> {
        let me = self.me()?;
        let mut home = Vec::new();
        let one_more = at_most.saturating_add(1);
        let mut after = after.cloned();
        let mut told: Vec<Noted> = Vec::new();
        loop {
            let notes = outbox::of_user(self.tx, me.id, unread, after.as_ref(), one_more)?;
            let is_end = notes.len() < one_more;
            if home.is_empty() && notes.iter().any(|note| note.item.is_some()) {
                home = self.home(&me.name)?.layers;
            }
            for note in notes {
                after = Some((note.at, note.name.clone()));
                told.extend(self.noted(note, &home)?);
            }
            if is_end || told.len() > at_most {
                break;
            }
        }
        let is_more = told.len() > at_most;
        told.truncate(at_most);
        let last = told.last().filter(|_| is_more);
        let next = last.map(|it| (it.note.at, it.note.name.clone()));
        Ok(Notes { notes: told, next })
    }

    /// Notes whether something was read.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`] for a device that may only read.
    pub fn set_note_read(&mut self, name: &str, read: bool) -> Result<Noted> {
        let me = self.acting()?;
        let note = outbox::by_name(self.tx, me.id, name)?.ok_or(Refusal::NotFound)?;
        let home = self.home(&me.name)?.layers;
        let seen = read.then(|| note.seen.unwrap_or(self.now));
        let note = Note { seen, ..note };
        let noted = self.noted(note, &home)?.ok_or(Refusal::NotFound)?;
        outbox::set_seen(self.tx, noted.note.id, seen)?;
        Ok(noted)
    }

    /// All that the account was told until `until` is read. Answers how many that it may know of were not before.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`].
    pub fn set_notes_read(&mut self, until: Option<Instant>) -> Result<u64> {
        let me = self.acting()?;
        let until = until.unwrap_or(self.now).min(self.now);
        let unread = self.notes(true, None, usize::MAX)?.notes;
        let count = unread.iter().filter(|it| it.note.at <= until).count();
        outbox::set_all_seen(self.tx, me.id, until, self.now)?;
        Ok(count as u64)
    }

    /// Somebody is asked to be in a view, once again if they were before.
    pub(super) fn tell_of_invitation(&mut self, view: &View, invited: &User) -> Result<()> {
        let once = format!("invite {}", view.id.0);
        outbox::take_back(self.tx, invited.id, &once)?;
        self.put_out(&NewNote {
            user: invited.id,
            kind: NoteKind::ViewInvite,
            once: &once,
            other: Some(view.owner),
            view: Some(view.id),
            item: None,
            occurrence: None,
            notice: None,
            now: self.now,
        })
    }

    pub(super) fn tell_of_acceptance(&mut self, view: &View, by: &User) -> Result<()> {
        let once = format!("accepted {} {}", view.id.0, by.id.0);
        outbox::take_back(self.tx, view.owner, &once)?;
        self.put_out(&NewNote {
            user: view.owner,
            kind: NoteKind::ViewAccepted,
            once: &once,
            other: Some(by.id),
            view: Some(view.id),
            item: None,
            occurrence: None,
            notice: None,
            now: self.now,
        })
    }

    pub(super) fn tell_of_item(&mut self, item: ItemId, by: &User, to: &User) -> Result<()> {
        let once = format!("item {}", item.0);
        outbox::take_back(self.tx, to.id, &once)?;
        self.put_out(&NewNote {
            user: to.id,
            kind: NoteKind::EventInvite,
            once: &once,
            other: Some(by.id),
            view: None,
            item: Some(item),
            occurrence: None,
            notice: None,
            now: self.now,
        })
    }

    /// Of what has gone from the account's calendars, or was overwritten there.
    pub(super) fn tell_of_loss(&mut self, owner: &User, notice: NoticeId) -> Result<()> {
        self.put_out(&NewNote {
            user: owner.id,
            kind: NoteKind::MassLoss,
            once: &format!("loss {}", notice.0),
            other: None,
            view: None,
            item: None,
            occurrence: None,
            notice: Some(notice),
            now: self.now,
        })
    }

    fn put_out(&mut self, new: &NewNote) -> Result<()> {
        outbox::tell(self.tx, new)?;
        Ok(())
    }

    /// `None`: the account may not know of it any more.
    pub(super) fn noted(&mut self, note: Note, home: &[Collection]) -> Result<Option<Noted>> {
        let other = match note.other {
            Some(id) => accounts::by_id(self.tx, id)?,
            None => None,
        };
        let view = match note.view {
            None => None,
            Some(id) => match self.view(id) {
                Ok(view) => Some(view),
                Err(Error::Refused(Refusal::NotFound)) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        let item = match note.item {
            None => None,
            Some(id) => {
                let at = note.occurrence.as_deref().and_then(Written::parse);
                let is_own = note.kind == NoteKind::Reminder;
                match self.noted_item(home, id, at, is_own)? {
                    Some(item) => Some(item),
                    None => return Ok(None),
                }
            }
        };
        let message = match note.notice {
            None => None,
            Some(id) => match self.notice(&note, id)? {
                Some(text) => Some(text),
                None => return Ok(None),
            },
        };
        Ok(Some(Noted {
            note,
            other,
            view,
            item,
            message,
        }))
    }

    /// It speaks of calendars by name: a device that may know of some alone is not told.
    fn notice(&mut self, note: &Note, id: NoticeId) -> Result<Option<String>> {
        if self.device()?.layers.is_some() {
            return Ok(None);
        }
        Ok(notices::text(self.tx, note.user, id)?)
    }

    /// An item as it stands in the reader's own home: among their own, or among what was handed to them.
    fn noted_item(
        &mut self,
        home: &[Collection],
        id: ItemId,
        at: Option<Written>,
        is_own: bool,
    ) -> Result<Option<NotedItem>> {
        let Some(item) = items::by_id(self.tx, id, Need::Text)? else {
            return Ok(None);
        };
        for of in home {
            let is_place = match of.layer.mount {
                None => is_own,
                Some(mount) => !is_own && matches!(mount, Mount::Handed(_)),
            };
            let part = of.parts().find(|part| part.layer.id == item.layer);
            let Some(part) = part.filter(|_| is_place) else {
                continue;
            };
            let zone = part.zone();
            let seen = part.lens.disclose(item);
            return Ok(seen.map(|item| NotedItem::of(of.clone(), item, at, &zone)));
        }
        Ok(None)
    }
}

impl NotedItem {
    /// The title is what the reader's own rendering of the item says.
    fn of(of: Collection, item: VisibleItem, at: Option<Written>, zone: &Zone) -> Self {
        let object = item.text().and_then(|text| Object::parse(text).ok());
        let is_event = item.component() == Component::Event;
        let instance = object.as_ref().filter(|_| is_event).and_then(|object| {
            let mut instances = Instances::of(object, zone);
            let named = at.and_then(|at| instances.named(at).ok().flatten());
            named.or_else(|| instances.whole())
        });
        let title = match (&instance, &object) {
            (Some(instance), _) => instance.words.title.clone(),
            (None, Some(object)) => {
                let first = object.components().next();
                let summary = first.and_then(|it| it.property("SUMMARY"));
                summary.map(|summary| summary.text().into_owned())
            }
            (None, None) => None,
        };
        Self {
            of,
            item,
            title,
            instance,
        }
    }
}
