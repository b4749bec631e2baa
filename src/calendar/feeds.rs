//! Subscriptions: layers that are filled from somewhere else, for their owner to see and to end.

mod intake;
mod zone;

use super::layers::LayerPatch;
use super::{Access, Collection, Home, Privilege, Refusal, Result};
use crate::ical::Object;
use crate::model::{Feed, FeedId, Instant, LayerKind, Pause, RefusedItem};
use crate::privacy::Relation;
use crate::store::feeds::{self, WORK};
pub use crate::store::feeds::{NewSource, Source};
use crate::store::jobs;
use crate::store::layers::{self, NewLayer};
pub use intake::{Fetch, FetchPlan};

/// How much is taken in (config.toml `[feeds]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedLimits {
    /// Bytes of a feed, as sent and after inflation.
    pub max_bytes: u64,
    pub max_events: u64,
    pub max_per_account: u64,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            max_bytes: 5 << 20,
            max_events: 1000,
            max_per_account: 50,
        }
    }
}

/// A feed that has been read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What it calls itself.
    pub name: Option<String>,
    /// The time zone that it names for times that name none.
    pub zone: Option<String>,
    /// Seconds that its publisher wants between two fetches.
    pub pause: Option<Instant>,
    /// One for each UID.
    pub offered: Vec<Offered>,
    pub refused: Vec<RefusedItem>,
    /// How many parts could not even be told apart.
    pub unreadable: usize,
}

/// One object of a feed.
#[derive(Clone, Debug)]
pub struct Offered {
    pub uid: String,
    pub object: Object,
    /// Where it begins in the feed, from 1.
    pub line: usize,
}

/// What somebody wants to subscribe to.
#[derive(Clone)]
pub struct NewFeed {
    pub source: NewSource,
    /// What people read; `None`: what the feed calls itself.
    pub name: Option<String>,
    pub color: Option<String>,
    pub pause: Pause,
}

/// What of a subscription may be changed; `None` leaves it as it is. Name and colour are the layer's.
#[derive(Clone, Default)]
pub struct FeedPatch {
    pub source: Option<NewSource>,
    pub pause: Option<Pause>,
}

/// Seconds between two fetches that are asked for by hand.
const ASK_AGAIN: Instant = 60;

impl Access<'_, '_> {
    /// Makes an external layer and has it filled at once.
    ///
    /// # Errors
    /// [`Refusal::TooMany`], [`Refusal::BadValue`] for what is subscribed to already, [`Refusal::Forbidden`].
    pub fn subscribe(&mut self, home: &Home, new: &NewFeed) -> Result<Feed> {
        if home.relation() != Relation::Owner || !home.may_create_layers() {
            let needs = Privilege::Bind;
            return Err(Refusal::Forbidden { needs }.into());
        }
        let owner = &home.owner;
        let there = feeds::of_owner(self.tx, owner.id)?;
        let most = self.limits.feeds.max_per_account;
        if there.len() as u64 >= most {
            return Err(Refusal::TooMany(most).into());
        }
        let source = feeds::source_of(self.tx, &new.source, self.now)?;
        if let Some(feed) = there.iter().find(|feed| feed.source == source) {
            let name = &feed.layer_name;
            let why = format!("this calendar is subscribed to already, as {name}");
            return Err(Refusal::BadValue(why).into());
        }
        let display_name = new.name.as_deref().unwrap_or(&new.source.shown);
        let layer = NewLayer {
            kind: LayerKind::External,
            ..NewLayer::named(owner.id, &self.layer_name(home, new)?, self.now)
        };
        let patch = LayerPatch {
            display_name: Some(display_name.to_owned()),
            color: new.color.clone().map(Some),
            ..LayerPatch::default()
        };
        let collection = self.make_layer(home, &layer, &patch)?;
        let feed = feeds::add(self.tx, collection.layer.id, source, new.pause, self.now)?;
        Ok(feeds::by_id(self.tx, feed)?.ok_or(Refusal::NotFound)?)
    }

    /// A free name for its URL, after what people call it.
    fn layer_name(&mut self, home: &Home, new: &NewFeed) -> Result<String> {
        let called = match &new.name {
            Some(name) => name.as_str(),
            None => {
                let after_scheme = new.source.shown.split("://").nth(1).unwrap_or_default();
                after_scheme.split(['/', ':']).next().unwrap_or_default()
            }
        };
        let word = slug(called);
        let taken = layers::of_owner(self.tx, home.owner.id)?;
        let is_free = |name: &String| taken.iter().all(|layer| layer.name != *name);
        let numbered = (2..=taken.len() + 2).map(|number| format!("{word}-{number}"));
        let mut names = std::iter::once(word.clone()).chain(numbered);
        Ok(names.find(is_free).ok_or(Refusal::Exists)?)
    }

    /// The subscriptions of the viewer's own home, as far as the viewer's device reaches.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for the home of somebody else.
    pub fn subscriptions(&mut self, home: &Home) -> Result<Vec<Feed>> {
        if home.relation() != Relation::Owner {
            return Err(Refusal::NotFound.into());
        }
        let mut feeds = feeds::of_owner(self.tx, home.owner.id)?;
        feeds.retain(|feed| home.layers.iter().any(|it| it.layer.id == feed.layer));
        Ok(feeds)
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn subscription(&mut self, home: &Home, id: FeedId) -> Result<Feed> {
        let mut feeds = self.subscriptions(home)?.into_iter();
        Ok(feeds.find(|feed| feed.id == id).ok_or(Refusal::NotFound)?)
    }

    /// The subscription behind one of the viewer's own layers; `None`: it is filled by hand.
    pub fn subscription_behind(&mut self, collection: &Collection) -> Result<Option<Feed>> {
        if collection.layer.kind != LayerKind::External || !collection.is_own() {
            return Ok(None);
        }
        Ok(feeds::of_layer(self.tx, collection.layer.id)?)
    }

    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn change_subscription(
        &mut self,
        home: &Home,
        id: FeedId,
        patch: &FeedPatch,
    ) -> Result<Feed> {
        let feed = self.subscription(home, id)?;
        allowed(home, Privilege::WriteProperties)?;
        if let Some(pause) = patch.pause {
            feeds::set_pause(self.tx, id, pause, self.now)?;
            let due = feed.tried.unwrap_or(self.now) + pause.seconds();
            jobs::want(self.tx, WORK, feed.source.0, due.max(self.now))?;
        }
        if let Some(new) = &patch.source {
            let source = feeds::source_of(self.tx, new, self.now)?;
            if source != feed.source {
                feeds::set_source(self.tx, id, source, self.now)?;
                // Nobody may want the old one any more.
                jobs::want(self.tx, WORK, feed.source.0, self.now)?;
            }
        }
        self.subscription(home, id)
    }

    /// Has a subscription fetched as soon as somebody gets to it.
    ///
    /// # Errors
    /// [`Refusal::TooOften`], [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn refresh_subscription(&mut self, home: &Home, id: FeedId) -> Result<Feed> {
        let feed = self.subscription(home, id)?;
        allowed(home, Privilege::WriteProperties)?;
        let last = feed.asked.max(feed.tried);
        let wait = last.map_or(0, |last| last + ASK_AGAIN - self.now);
        if wait > 0 {
            return Err(Refusal::TooOften(wait.unsigned_abs()).into());
        }
        feeds::note_asked(self.tx, id, self.now)?;
        jobs::want(self.tx, WORK, feed.source.0, self.now)?;
        self.subscription(home, id)
    }

    /// Ends a subscription: its layer goes for good, as it can be had again from where it came from (E-158).
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn unsubscribe(&mut self, home: &Home, id: FeedId) -> Result<()> {
        let feed = self.subscription(home, id)?;
        allowed(home, Privilege::Unbind)?;
        let layer = layers::by_id(self.tx, feed.layer)?.ok_or(Refusal::NotFound)?;
        self.end_shares(&layer)?;
        layers::delete(self.tx, layer.id, self.now)?;
        // Who fetches next finds that nobody wants it.
        Ok(jobs::want(self.tx, WORK, feed.source.0, self.now)?)
    }
}

fn allowed(home: &Home, needs: Privilege) -> Result<()> {
    if home.may_create_layers() {
        Ok(())
    } else {
        Err(Refusal::Forbidden { needs }.into())
    }
}

/// A word that can stand in a URL and is none that this server keeps for itself.
fn slug(name: &str) -> String {
    let mut word = String::new();
    for char in name.chars().flat_map(char::to_lowercase) {
        if char.is_ascii_alphanumeric() {
            word.push(char);
        } else if !word.is_empty() && !word.ends_with('-') {
            word.push('-');
        }
        if word.len() >= 40 {
            break;
        }
    }
    let word = word.trim_end_matches('-');
    if word.is_empty() || super::layers::check_free_of_ours(word).is_err() {
        return format!("feed-{word}").trim_end_matches('-').to_owned();
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_word_for_the_url() {
        for (name, word) in [
            ("US Holidays", "us-holidays"),
            ("  Müllabfuhr (2026)! ", "m-llabfuhr-2026"),
            ("日本の祝日", "feed"),
            ("Inbox", "feed-inbox"),
            ("friend-bob", "feed-friend-bob"),
            ("..", "feed"),
        ] {
            assert_eq!(slug(name), word);
        }
        assert_eq!(slug(&"x".repeat(500)).len(), 40);
    }
}
