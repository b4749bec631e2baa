//! The nouns: plain data, no behaviour that reaches outside.

mod class;
mod export;
mod face;
mod feed;
mod item;
mod layer;
mod marks;
mod outbox;
mod relation;
mod remark;
mod system;
mod token;
mod user;
mod view;

pub use class::{Class, Shown, Stir};
pub use export::{Audience, Export, ExportId, Link, Reach, Sorts, Terms, ViewLinkId};
pub use face::{Face, Masked};
pub use feed::{Feed, FeedId, FeedStatus, Pause, RefusedItem, SourceId};
pub use item::{Bar, Item, ItemId, Occurrence, Occurrences, Span};
pub use layer::{
    Birth, Component, Components, Layer, LayerId, LayerKind, Mount, ShareId, ViewId, Visibilities,
    Visibility,
};
pub use marks::{Details, Kept, KeptPatch, Marks, Sort, Stricter};
pub use outbox::{Note, NoteId, NoteKind, NoteKinds};
pub use relation::{
    About, Alarms, Circle, Fact, FreeBusyTo, Friendship, FriendshipState, Grantee, Handed,
    Invitation, Message, NoticeId, Notification, Overlay, Right, Share,
};
pub use remark::{Comment, CommentId, Reaction, ReactionId};
pub use system::{Live, LiveItem, LiveItems, Record, RecordStatus, SystemKind};
pub use token::{ApiToken, ApiTokenId, HeldToken, Scope, Scopes};
pub use user::{AppPassword, AppPasswordId, Group, GroupId, User, UserId, UserKind};
pub use view::{Included, Includes, MemberState, View, ViewLink, ViewMember, ViewMode};

/// Seconds since 1970-01-01T00:00:00Z.
pub type Instant = i64;
