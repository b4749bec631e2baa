//! What accounts are to each other: friendships, shares, delegates.

use bytes::Bytes;

use super::{Birth, Components, GroupId, Instant, ItemId, LayerId, ShareId, UserId, ViewId};

/// Of a relation that gives a right: drawn anew whenever the relation comes into being or comes to mean something else,
/// always higher than every one before, so that what was handed out under an older one can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fact(pub i64);

/// What a share lets its grantee do; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    FreeBusy,
    Read,
    ReadWrite,
}

/// To whom something is shared (RFC 3744 section 5.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grantee {
    User(UserId),
    Group(GroupId),
    /// The owner's friends, whoever they are by then.
    Friends,
    /// Everybody who has signed in.
    Authenticated,
    All,
}

/// How far an invitation has come; it gives no right before it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invitation {
    Invited,
    Accepted,
    Declined,
}

/// Which alarms a sharee wants on what is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alarms {
    #[default]
    None,
    Owners,
    /// The sharee's own default alarms.
    Own,
}

impl Alarms {
    const WORDS: [(Self, &str); 3] = [
        (Self::None, "none"),
        (Self::Owners, "owner"),
        (Self::Own, "own"),
    ];

    pub fn word(self) -> &'static str {
        let found = Self::WORDS.into_iter().find(|(it, _)| *it == self);
        found.map_or("none", |(_, word)| word)
    }

    pub fn named(word: &str) -> Option<Self> {
        let found = Self::WORDS.into_iter().find(|(_, it)| *it == word);
        found.map(|(it, _)| it)
    }
}

/// What a sharee keeps for themselves on one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// When it last changed.
    pub at: Instant,
    /// Of the body; empty where there is nothing.
    pub hash: Vec<u8>,
    /// `None` when the question did not ask for it.
    pub body: Option<Bytes>,
}

impl Overlay {
    pub fn of(body: Bytes, at: Instant) -> Self {
        Self {
            at,
            hash: Self::hash_of(&body),
            body: Some(body),
        }
    }

    pub fn hash_of(body: &[u8]) -> Vec<u8> {
        match body {
            [] => Vec::new(),
            body => blake3::hash(body).as_bytes().to_vec(),
        }
    }
}

/// A layer, or a whole home, opened to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub id: ShareId,
    pub owner: UserId,
    /// `None`: every layer of the home.
    pub layer: Option<LayerId>,
    pub grantee: Grantee,
    pub right: Right,
    /// `None`: granted by the owner's access rules, which nobody has to accept.
    pub invitation: Option<Invitation>,
    /// What the owner wrote on the invitation.
    pub summary: Option<String>,
    pub alarms: Alarms,
    pub fact: Fact,
    /// When it was made or last changed.
    pub at: Instant,
}

impl Share {
    /// Does it give its right by now?
    pub fn holds(&self) -> bool {
        matches!(self.invitation, None | Some(Invitation::Accepted))
    }

    /// Does it let the grantee read?
    pub fn opens(&self) -> bool {
        self.holds() && self.right >= Right::Read
    }
}

/// To what somebody was invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Share(ShareId),
    View(ViewId),
    /// To nothing: a notice of the account's own.
    Notice(NoticeId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NoticeId(pub i64);

/// What is said of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// To who is invited.
    Invited,
    /// To one who has accepted.
    Changed,
    Withdrawn,
    /// To who has invited.
    Accepted,
    Declined,
    /// To who has lost much at once.
    Lost,
}

/// Something that an account is told of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub id: i64,
    pub about: About,
    /// Who has invited, or has answered.
    pub other: UserId,
    /// The layer's name in the home of who has invited.
    pub layer: String,
    /// What tells that layer from all others, for as long as it stands.
    pub birth: Birth,
    pub message: Message,
    pub right: Right,
    /// What it is called.
    pub summary: Option<String>,
    /// What people wrote with it.
    pub comment: Option<String>,
    pub components: Components,
    pub at: Instant,
}

/// Two accounts that are friends, or will be when the one that was asked agrees; seen from one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Friendship {
    pub other: UserId,
    pub state: FriendshipState,
    /// When it was accepted, or else asked for.
    pub at: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FriendshipState {
    Accepted,
    /// The other has asked.
    AskedByOther,
    /// The other has been asked.
    AskedByMe,
}

/// Who may ask when an account is busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FreeBusyTo {
    Nobody,
    #[default]
    Friends,
    /// Everybody who has signed in.
    Everyone,
}

/// A group that an account has around itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Circle {
    Friends,
    /// Who acts for it in all its calendars.
    Proxies {
        write: bool,
    },
}

impl Circle {
    pub const ALL: [Self; 3] = [
        Self::Friends,
        Self::Proxies { write: false },
        Self::Proxies { write: true },
    ];
}

impl FreeBusyTo {
    pub const ALL: [Self; 3] = [Self::Nobody, Self::Friends, Self::Everyone];

    /// The word in the database, in properties and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Friends => "friends",
            Self::Everyone => "everyone",
        }
    }

    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|to| to.word() == word)
    }
}

/// One item that its owner has handed to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handed {
    pub item: ItemId,
    pub layer: LayerId,
    pub owner: UserId,
    pub to: UserId,
}
