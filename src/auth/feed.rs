//! The secret in a feed's address: made once, kept as a hash, and looked up by it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::later::Note;
use super::throttle::Prefix;
use super::{Auth, LAST_USE_EVERY, locked, unix_now};
use crate::http::{HeaderValue, Reply, StatusCode, header};
use crate::model::{Instant as Moment, Link, UserId};
use crate::secret;
use crate::store::{self, Tx, accounts, exports, view_links};

/// A new secret: what its owner is shown once, and what is kept of it.
pub struct FeedSecret {
    pub shown: String,
    pub hash: [u8; 32],
}

impl FeedSecret {
    pub fn new() -> secret::Result<Self> {
        let shown = secret::new_token()?;
        let hash = secret::feed_token_hash(&shown);
        Ok(Self { shown, hash })
    }
}

/// Why an address shows no feed.
#[derive(Debug, thiserror::Error)]
pub enum NoFeed {
    /// Malformed, unknown, withdrawn, somebody else's, of an account that is disabled: one answer for all.
    #[error("there is no such feed")]
    Unknown,
    #[error("too many wrong addresses from this network")]
    Throttled(Duration),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl NoFeed {
    /// The whole reply. Nothing in it tells a link that was withdrawn from one that never was.
    pub fn reply(&self, id: &str) -> Reply {
        let (status, sentence) = match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "There is no such feed.\n"),
            Self::Throttled(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many wrong addresses from this network. Try again later.\n",
            ),
            Self::Store(error) => {
                tracing::error!(id, %error, "a feed could not be looked up");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The server is busy. Try again in a moment.\n",
                )
            }
        };
        let reply = Reply::new(status)
            .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .content("text/plain; charset=utf-8", sentence.to_owned());
        match self {
            Self::Unknown => reply,
            Self::Throttled(wait) => reply.with(header::RETRY_AFTER, (wait.as_secs() + 1).into()),
            Self::Store(_) => reply.with(header::RETRY_AFTER, HeaderValue::from_static("60")),
        }
    }
}

/// What a secret opens, and whose it is.
struct Found {
    link: Link,
    owner: UserId,
    last_used: Option<Moment>,
}

impl Found {
    fn by_hash(tx: &mut Tx, hash: &[u8; 32]) -> store::Result<Option<Self>> {
        if let Some(export) = exports::by_hash(tx, hash)? {
            return Ok(Some(Self {
                link: Link::Layers(export.id),
                owner: export.owner,
                last_used: export.last_used,
            }));
        }
        let link = view_links::by_hash(tx, hash)?;
        Ok(link.map(|link| Self {
            link: Link::View(link.id),
            owner: link.owner,
            last_used: link.last_used,
        }))
    }
}

impl Auth {
    /// What an address shows. Wrong ones are counted by the network that they come from; right ones are always answered, as
    /// the services that fetch feeds for many people come from few networks.
    pub fn feed(&self, owner: &str, token: &str, client: IpAddr) -> Result<Link, NoFeed> {
        let hash = secret::feed_token_hash(token);
        let found = self.0.store.read(|tx| {
            let owner = accounts::by_name(tx, owner)?;
            let found = Found::by_hash(tx, &hash)?;
            let meant =
                |it: &Found| owner.is_some_and(|owner| owner.id == it.owner && !owner.disabled);
            Ok::<_, store::Error>(found.filter(meant))
        })?;
        match found {
            Some(found) => {
                self.note_feed(&found);
                Ok(found.link)
            }
            None => Err(self.no_feed(client)),
        }
    }

    /// What a wrong address is told, one that cannot be any feed's too.
    pub fn no_feed(&self, client: IpAddr) -> NoFeed {
        let counted = self.0.key.digest(&[b"feeds"]);
        let from = Prefix::of(client);
        match locked(&self.0.throttle).attempt(counted, from, Instant::now()) {
            Ok(()) => NoFeed::Unknown,
            Err(wait) => NoFeed::Throttled(wait),
        }
    }

    fn note_feed(&self, found: &Found) {
        let now = unix_now();
        if found
            .last_used
            .is_none_or(|last| now - last >= LAST_USE_EVERY)
        {
            self.0.later.write(Note::Fetched(found.link));
        }
    }
}
