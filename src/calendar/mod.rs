//! What the product does, for one viewer, in one transaction. The living room: spoken in the product's words.
//!
//! A refusal is the caller's business and part of the contract; a fault is ours. Neither is a status code here.

mod acl;
mod agenda;
mod alarms;
mod answers;
mod api_tokens;
mod availability;
mod before;
mod brake;
mod busy;
mod circles;
mod collection;
mod css;
mod event;
mod exports;
mod face;
mod feeds;
mod free_busy;
mod friends;
mod handed;
mod history;
mod index;
mod kept;
mod layers;
mod letters;
mod maintenance;
mod notifications;
mod outbox;
mod overlay;
mod palette;
mod people;
mod preferences;
mod properties;
mod query;
mod read;
mod relation;
mod remarks;
mod reminders;
mod series;
mod sharing;
mod slots;
mod sync;
pub mod system;
mod taken_out;
mod token;
mod transfer;
mod trash;
mod views;
mod write;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

pub use acl::{MAX_RULES, Origin, Rule, Ruled, Whom};
pub use agenda::{Agenda, Entry, Place, Question};
pub use alarms::check_default_alarms;
pub use answers::Repeat;
pub use api_tokens::{MAX_LABEL, check_label};
pub use availability::check_availability;
pub use circles::{Circled, Member};
pub use collection::{Collection, Home};
pub use event::{EventPatch, Point, Repeats, When};
pub use exports::Feed;
pub use feeds::{
    FeedLimits, FeedPatch, Fetch, FetchPlan, NewFeed, NewSource, Offered, Reading, Source,
};
pub use free_busy::{Away, TimeOf};
pub use friends::{
    Acquaintance, acquaintances, befriend, block, follow, homes_showing, tidy, unfollow, unfriend,
};
pub use history::{VersionInfo, Who};
pub use index::Horizon;
pub use layers::{LayerPatch, MAX_TEXT, MAX_TIMEZONE};
pub use letters::Letter;
pub use maintenance::Retention;
pub use notifications::{Answer, Told, ToldChange, told_since, told_token};
pub use outbox::{Noted, NotedItem, Notes, ToCall};
pub use preferences::{MAX_ALARM, Preferences, PreferencesPatch};
pub use properties::{Bearer, DeadPatch};
pub use remarks::{About, Emotion, Remark, Remarks};
pub use series::{Edited, SeriesScope, Target};
pub use sharing::{Invitee, ShareChange, Sharee, Sharing, Side};
pub use slots::{Block, DayWindow, SlotQuestion, Slots, Weekdays};
pub use sync::{Change, HomeChange, Synced};
pub use transfer::Transfer;
pub use trash::{DeletedLayer, Former, Restored, Together, Trash};
pub use views::{ViewDraft, ViewPatch};
pub use write::{Draft, Expect, MAX_DATE, MIN_DATE, Written};

use crate::ical;
pub use crate::ical::Zone;
pub use crate::ical::busy::Kind as BusyKind;
pub use crate::ical::edit::Moment;
pub use crate::ical::instance::{Busy, Instance};
pub use crate::ical::simple::{Pace, SimpleRule};
pub use crate::ical::time::Written as OccurrenceId;
use crate::model::{self, Instant, User};
use crate::privacy::{Device, Handles, Setting, Viewer};
pub use crate::store::Error as StoreError;
pub use crate::store::answers::Kept;
use crate::store::history::Author;
pub use crate::store::items::{Ended, Need, Scope};
pub use crate::store::notices::Notice;
pub use crate::store::properties::Property;
use crate::store::{self, Store, Tx};
use system::{Sights, System};

/// What a caller did wrong or may not do.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("there is no such resource")]
    NotFound,
    #[error("sign in first")]
    Unauthenticated,
    #[error("this account or device may not do that")]
    Forbidden { needs: Privilege },
    /// What the credential was made for does not include it.
    #[error("this credential lacks the scope {}", .0.word())]
    OutOfScope(model::Scope),
    #[error("the resource has changed since")]
    Stale,
    /// `by` is the name of the item in the same layer that holds the UID.
    #[error("another item of this calendar has the same UID: {by}")]
    UidTaken { by: String },
    #[error("the name is taken")]
    Exists,
    #[error("the collection does not exist")]
    NoParent,
    #[error("not iCalendar: line {line}: {reason}")]
    InvalidData { line: usize, reason: String },
    #[error("not a calendar object resource: {0}")]
    InvalidObject(String),
    #[error("this calendar does not take {0}")]
    UnsupportedComponent(String),
    #[error("this server does not know the calendar system {0}")]
    UnsupportedScale(String),
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error("more than {0} items or calendars")]
    TooMany(u64),
    #[error("more than {0} occurrences")]
    TooManyOccurrences(u64),
    /// What the client's properties may take is used up; this one is too much.
    #[error("there is no room for {name} among the properties that clients keep here")]
    DeadPropertiesFull { namespace: String, name: String },
    #[error("more than {0} attendees")]
    TooManyAttendees(u64),
    #[error("earlier than {0}")]
    BeforeMinDate(&'static str),
    #[error("later than {0}")]
    AfterMaxDate(&'static str),
    #[error("the quota of this account is used up")]
    OverQuota,
    #[error("the sync token is unknown or too old")]
    TokenExpired,
    #[error("a calendar cannot stand there")]
    BadLocation,
    #[error("this is the only calendar for events: there is none that could take its place")]
    DefaultNeeded,
    /// A rule for somebody who cannot have one (RFC 3744 section 8.1.1).
    #[error("{0}")]
    NotAllowedPrincipal(String),
    /// Rules that cannot be kept as they are.
    #[error("{0}")]
    RuleConflict(String),
    /// Whose alarms items have is a choice of those with whom they are shared.
    #[error("whose alarms it has is chosen of a calendar that was shared with one")]
    NotShared,
    #[error("not a valid value: {0}")]
    BadValue(String),
    #[error("the key stands for another request")]
    KeyReused,
    #[error("asked for too often: come back in {0} seconds")]
    TooOften(u64),
    /// What the calendar shows is kept elsewhere, and cannot be had just now.
    #[error("what this calendar shows cannot be reached just now; nothing of it is lost")]
    Unavailable,
}

/// The privileges that a refusal can name (RFC 3744 section 3, RFC 4791 section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    Read,
    Write,
    WriteContent,
    WriteProperties,
    Bind,
    Unbind,
    ReadFreeBusy,
    ReadAcl,
    WriteAcl,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The reply could not be written: its limit is reached, or the spill file's disk is full.
    #[error(transparent)]
    Reply(#[from] std::io::Error),
}

pub type Result<T> = std::result::Result<T, Error>;

/// Limits the operator sets (config.toml `[limits]`), also shown to clients as properties.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one item (RFC 4791 section 5.2.5).
    pub max_resource_size: u64,
    pub max_items_per_layer: u64,
    pub max_layers: u64,
    /// Bytes of all items of an account; `None`: as much as the disk takes.
    pub quota_bytes: Option<u64>,
    /// Occurrences that one question may compute (RFC 4791 section 5.2.8).
    pub max_instances: u64,
    /// RFC 4791 section 5.2.9.
    pub max_attendees: u64,
    /// How far around today series are indexed.
    pub horizon: Horizon,
    /// How long and how much is kept of what was deleted or overwritten.
    pub retention: Retention,
    /// How much is taken in of others.
    pub feeds: FeedLimits,
    /// May an account see the names of others (principal searches and principal URLs)?
    pub directory: bool,
    pub privacy: Setting,
    /// Before the summary of every item in a shared view; `{name}` stands for whose it is.
    pub view_prefix: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_resource_size: 10 << 20,
            max_items_per_layer: 200_000,
            max_layers: 250,
            quota_bytes: None,
            max_instances: 10_000,
            max_attendees: 1_000,
            horizon: Horizon::default(),
            retention: Retention::default(),
            feeds: FeedLimits::default(),
            directory: true,
            privacy: Setting::default(),
            view_prefix: "{name}: ".to_owned(),
        }
    }
}

/// All the calendars there are.
#[derive(Clone)]
pub struct Calendars {
    store: Store,
    limits: Arc<Limits>,
    system: Arc<System>,
}

/// One viewer in one transaction.
pub struct Access<'a, 'c> {
    tx: &'a mut Tx<'c>,
    viewer: &'a Viewer,
    /// The account that asks, as this transaction sees it.
    me: Option<User>,
    limits: &'a Limits,
    names_key: &'a [u8; 32],
    now: Instant,
    /// What is known so far of the viewer's relations.
    bonds: relation::Bonds,
    system: &'a System,
    /// What this request has seen of what is kept elsewhere.
    sights: &'a mut Sights,
}

impl Calendars {
    pub fn new(store: Store, limits: Limits) -> Self {
        Self {
            store,
            limits: Arc::new(limits),
            system: Arc::default(),
        }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A key of this server for a purpose, the same on every machine that shares the database.
    pub fn key_for(&self, purpose: &str) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(self.store.names_key());
        hasher.update(b"purpose\0").update(purpose.as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// What rows are called outside.
    pub fn handles(&self) -> Handles<'_> {
        Handles::new(self.store.names_key())
    }

    /// Runs `work` on one snapshot, in which nothing can be written.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] when the viewer's credential no longer stands; else what `work` answers.
    pub fn read<T, E: From<Error> + From<store::Error>>(
        &self,
        viewer: &Viewer,
        mut work: impl FnMut(&mut Access) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let now = now();
        self.looking(viewer, |sights| {
            self.store
                .read(|tx| work(&mut Access::open(tx, viewer, self, now, sights)?))
        })
    }

    /// Runs `work` in one transaction, which may be run again after a conflict: all of it happens, or nothing.
    ///
    /// # Errors
    /// As [`Calendars::read`], and what the commit meets.
    pub fn write<T, E: From<Error> + From<store::Error>>(
        &self,
        viewer: &Viewer,
        mut work: impl FnMut(&mut Access) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let now = now();
        self.looking(viewer, |sights| {
            self.store.write(|tx| {
                let mut access = Access::open(tx, viewer, self, now, sights)?;
                let done = work(&mut access);
                // What was done without all there is to know is undone.
                access.settle()?;
                done
            })
        })
    }

    /// Does work until it has met nothing of what is kept elsewhere that it has not looked at: the looking is done between
    /// transactions, for it may wait for others.
    fn looking<T, E: From<Error> + From<store::Error>>(
        &self,
        viewer: &Viewer,
        mut work: impl FnMut(&mut Sights) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut sights = Sights::default();
        if let Some(user) = viewer.user() {
            self.ensure(user)?;
        }
        let mut round = 0;
        loop {
            let done = work(&mut sights);
            if !sights.want() {
                return done;
            }
            self.look(&mut sights, round)?;
            round += 1;
        }
    }
}

impl<'a, 'c> Access<'a, 'c> {
    /// Every transaction asks anew whether the credential still stands: a withdrawn one ends at once, on every machine.
    fn open(
        tx: &'a mut Tx<'c>,
        viewer: &'a Viewer,
        calendars: &'a Calendars,
        now: Instant,
        sights: &'a mut Sights,
    ) -> Result<Self> {
        let me = match viewer {
            Viewer::Anyone => None,
            Viewer::User(device) => {
                let asking = match device.token {
                    Some(token) => store::api_tokens::asking(tx, device.user, token.id, now)?,
                    None => store::accounts::asking(tx, device.user, device.app_password, now)?,
                };
                let (me, secret_stands) = asking.ok_or(Refusal::Unauthenticated)?;
                if me.epoch != device.epoch || me.disabled || !secret_stands {
                    return Err(Refusal::Unauthenticated.into());
                }
                tx.act_as(Author {
                    user: device.user,
                    app_password: device.app_password,
                });
                Some(me)
            }
        };
        Ok(Self::of(tx, viewer, me, calendars, now, sights))
    }

    fn of(
        tx: &'a mut Tx<'c>,
        viewer: &'a Viewer,
        me: Option<User>,
        calendars: &'a Calendars,
        now: Instant,
        sights: &'a mut Sights,
    ) -> Self {
        Self {
            tx,
            viewer,
            me,
            limits: &calendars.limits,
            names_key: calendars.store.names_key(),
            now,
            bonds: relation::Bonds::default(),
            system: &calendars.system,
            sights,
        }
    }

    pub fn viewer(&self) -> &'a Viewer {
        self.viewer
    }

    pub fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// What rows are called outside.
    pub fn handles(&self) -> Handles<'a> {
        Handles::new(self.names_key)
    }

    fn device(&self) -> Result<&'a Device> {
        match self.viewer {
            Viewer::User(device) => Ok(device),
            Viewer::Anyone => Err(Refusal::Unauthenticated.into()),
        }
    }
}

impl From<ical::ParseError> for Refusal {
    fn from(error: ical::ParseError) -> Self {
        Self::InvalidData {
            line: error.line,
            reason: error.reason,
        }
    }
}

impl From<ical::Invalid> for Refusal {
    fn from(invalid: ical::Invalid) -> Self {
        match invalid {
            ical::Invalid::Object(reason) => Self::InvalidObject(reason),
            ical::Invalid::Data(error) => error.into(),
            ical::Invalid::Scale(name) => Self::UnsupportedScale(name),
            ical::Invalid::Component(name) => Self::UnsupportedComponent(name),
        }
    }
}

fn now() -> Instant {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs().cast_signed())
}
