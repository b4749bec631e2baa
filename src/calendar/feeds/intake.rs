//! What a source answered, taken into the layers of all who subscribe. Nothing is deleted that a broken source merely
//! failed to mention.

use std::collections::{HashMap, HashSet};

use super::super::before::Before;
use super::super::collection::{Collection, Part};
use super::super::write::{Draft, state};
use super::super::{Calendars, Error, Refusal, Result};
use super::{Offered, Reading, Source};
use crate::ical::{self, Object};
use crate::model::{Feed, FeedStatus, Instant, RefusedItem, SourceId};
use crate::privacy::{self, Device, Lens, Relation, Standing, Viewer};
use crate::store::feeds::{self, MOST_REASONS};
use crate::store::items::{self, LayerWriter, Need, Scope};
use crate::store::{self, Tx, accounts, layers};

/// Items that one transaction writes, so that no other writer waits long behind it.
const AT_ONCE: usize = 100;

/// What is to be done about a source that is due.
pub enum FetchPlan {
    /// Nobody subscribes to it any more; it is forgotten.
    Forget,
    /// Those who do rest: their layers are in the trash, or their accounts are disabled.
    Rest,
    Fetch(Box<Fetch>),
}

pub struct Fetch {
    pub source: Source,
    /// Do all who subscribe have what the source said last? Then it need not say the same again.
    pub is_conditional: bool,
}

impl Calendars {
    /// # Errors
    /// The store's.
    pub fn plan_fetch(&self, id: SourceId) -> Result<FetchPlan> {
        let found = self.store.read(|tx| {
            let source = feeds::source(tx, id)?;
            Ok::<_, store::Error>((source, feeds::of_source(tx, id)?))
        })?;
        let (Some(source), feeds) = found else {
            return Ok(FetchPlan::Forget);
        };
        if feeds.is_empty() {
            let is_gone = self.store.write(|tx| feeds::forget_unwanted(tx, id))?;
            return Ok(if is_gone {
                FetchPlan::Forget
            } else {
                FetchPlan::Rest
            });
        }
        let is_conditional =
            source.version > 0 && feeds.iter().all(|feed| feed.version == source.version);
        Ok(FetchPlan::Fetch(Box::new(Fetch {
            source,
            is_conditional,
        })))
    }

    /// The source says that nothing has changed. Answers the seconds until it is asked again.
    ///
    /// # Errors
    /// The store's.
    pub fn fetch_unchanged(&self, id: SourceId, now: Instant) -> Result<Instant> {
        let pause = self.store.write(|tx| {
            let feeds = feeds::of_source(tx, id)?;
            for feed in &feeds {
                feeds::note_outcome(tx, &went_well(feed, now))?;
            }
            let publisher = feeds::source(tx, id)?.and_then(|source| source.pause);
            Ok::<_, store::Error>(pause(&feeds, publisher))
        })?;
        Ok(pause)
    }

    /// It could not be fetched, or not be read. Everything stays as it is.
    ///
    /// # Errors
    /// The store's.
    pub fn fetch_failed(&self, id: SourceId, why: &str, now: Instant) -> Result<()> {
        Ok(self.store.write(|tx| {
            for feed in feeds::of_source(tx, id)? {
                // Only answers that follow each other confirm each other.
                let failed = Feed {
                    missing: Vec::new(),
                    ..went_wrong(&feed, why, now)
                };
                feeds::note_outcome(tx, &failed)?;
            }
            Ok::<_, store::Error>(())
        })?)
    }

    /// Takes in what a source answered: `source` as it stands with the answer's validators. Answers the seconds until it is
    /// asked again.
    ///
    /// # Errors
    /// The store's; what was written until then stays, and the next fetch goes on.
    pub fn take_in(&self, source: &Source, reading: &Reading, now: Instant) -> Result<Instant> {
        let source = self.store.write(|tx| {
            let before = feeds::source(tx, source.id)?;
            let same = before.as_ref().is_some_and(|it| it.hash == source.hash);
            let version = before.map_or(0, |it| it.version) + i64::from(!same);
            let stands = Source {
                version,
                ..source.clone()
            };
            feeds::note_answer(tx, &stands)?;
            Ok::<_, store::Error>(stands)
        })?;
        let subscribed = self.store.read(|tx| feeds::of_source(tx, source.id))?;
        let mut outcome = Ok(());
        for feed in &subscribed {
            let told = if feed.version == source.version {
                Ok(went_well(feed, now))
            } else {
                self.fill(feed, &source, reading, now)
            };
            let noted =
                told.and_then(|feed| Ok(self.store.write(|tx| feeds::note_outcome(tx, &feed))?));
            // One layer that cannot be filled keeps no other from being filled.
            if let Err(error) = noted {
                outcome = Err(error);
            }
        }
        outcome.map(|()| pause(&subscribed, source.pause))
    }

    /// Brings one layer to what the source says, as far as that may be.
    fn fill(&self, feed: &Feed, source: &Source, reading: &Reading, now: Instant) -> Result<Feed> {
        let Some((into, stands)) = self.store.read(|tx| self.as_it_stands(tx, feed))? else {
            return Ok(feed.clone());
        };
        let into = self.in_zone(into, reading, now)?;
        let mut work = self.compare(&into, stands, reading);
        if self.passes_quota(&into, &work)? {
            let why = "the quota of this account is used up";
            return Ok(went_wrong(feed, why, now));
        }
        for batch in work.write.chunks(AT_ONCE) {
            self.write_batch(&into, batch, &mut work.refused, now)?;
        }
        self.name_after(&into, feed, reading)?;
        let mut refused = reading.refused.clone();
        refused.append(&mut work.refused);
        let told = Feed {
            refused: refused.len() as u64,
            reasons: refused.into_iter().take(MOST_REASONS).collect(),
            ..went_well(feed, now)
        };
        let loses_most = work.stale.len() * 2 > work.stood;
        // What is missing may be what could not be read.
        let is_whole = reading.unreadable == 0;
        let (gone, missing): (Vec<_>, Vec<_>) = work
            .stale
            .into_iter()
            .partition(|name| is_whole && (!loses_most || feed.missing.contains(name)));
        for batch in gone.chunks(AT_ONCE) {
            self.remove_batch(&into, batch, loses_most, now)?;
        }
        if missing.is_empty() {
            return Ok(Feed {
                version: source.version,
                ..told
            });
        }
        let until = match is_whole {
            true => "the next one says the same",
            false => "all of an answer can be read",
        };
        let why = format!(
            "{} of {} items are missing from the last answer; they go when {until}",
            missing.len(),
            work.stood - gone.len()
        );
        Ok(Feed {
            missing: if is_whole { missing } else { Vec::new() },
            status: FeedStatus::Error,
            error: Some(why),
            ..told
        })
    }

    /// The layer as its owner has it, and what stands in it; `None`: it is gone.
    fn as_it_stands(&self, tx: &mut Tx, feed: &Feed) -> Result<Option<(Collection, Vec<There>)>> {
        let (Some(layer), Some(owner)) = (
            layers::by_id(tx, feed.layer)?,
            accounts::by_id(tx, feed.owner)?,
        ) else {
            return Ok(None);
        };
        let viewer = Viewer::User(Device {
            user: owner.id,
            epoch: owner.epoch,
            app_password: None,
            read_only: false,
            layers: None,
            token: None,
        });
        let standing = Standing::new(&viewer, owner.id, Relation::Owner);
        let lens = Lens::owner(standing, &layer, &self.limits.privacy);
        let mut stands = Vec::new();
        items::each::<store::Error>(tx, layer.id, Scope::default(), Need::Text, &mut |item| {
            let object = item.text.as_ref().and_then(|text| Object::parse(text).ok());
            stands.push(There {
                said: object.as_ref().map(|object| ical::likeness(object, true)),
                means: object.as_ref().map(|object| ical::likeness(object, false)),
                name: item.name,
                uid: item.uid,
                size: item.size,
            });
            Ok(())
        })?;
        Ok(Some((Collection::own(owner, layer, lens), stands)))
    }

    /// What is new, what has changed, and what is no longer there.
    fn compare(&self, into: &Collection, stands: Vec<There>, reading: &Reading) -> Work {
        let mut work = Work {
            stood: stands.len(),
            ..Work::default()
        };
        let by_uid: HashMap<&str, &There> = stands.iter().map(|it| (it.uid.as_str(), it)).collect();
        let known = reading.offered.iter().map(|it| it.uid.as_str());
        let unread = reading.refused.iter().filter_map(|it| it.uid.as_deref());
        let mentioned: HashSet<&str> = known.chain(unread).collect();
        // Some sources give everything a new UID each time: what says the same is the same.
        let mut unmentioned: HashMap<[u8; 32], Vec<&There>> = HashMap::new();
        for it in stands
            .iter()
            .filter(|it| !mentioned.contains(it.uid.as_str()))
        {
            if let Some(means) = it.means {
                unmentioned.entry(means).or_default().push(it);
            }
        }
        let mut renamed = HashSet::new();
        for offered in &reading.offered {
            let there = by_uid.get(offered.uid.as_str());
            if there.is_some_and(|it| it.said == Some(ical::likeness(&offered.object, true))) {
                continue;
            }
            if there.is_none() {
                let means = ical::likeness(&offered.object, false);
                if let Some(same) = unmentioned.get_mut(&means).and_then(Vec::pop) {
                    renamed.insert(same.name.as_str());
                    continue;
                }
            }
            match Draft::of(&offered.object, into, &self.limits) {
                Ok(draft) => work.write.push(Change {
                    name: there.map_or_else(|| name_of(&offered.uid), |it| it.name.clone()),
                    replaces: there.map_or(0, |it| it.size),
                    draft,
                    line: offered.line,
                }),
                Err(refusal) => work.refused.push(refused(offered, refusal)),
            }
        }
        let is_stale = |it: &&There| {
            !mentioned.contains(it.uid.as_str()) && !renamed.contains(it.name.as_str())
        };
        work.stale = stands
            .iter()
            .filter(is_stale)
            .map(|it| it.name.clone())
            .collect();
        work
    }

    fn passes_quota(&self, into: &Collection, work: &Work) -> Result<bool> {
        let Some(quota) = self.limits.quota_bytes else {
            return Ok(false);
        };
        let (_, used) = self.store.read(|tx| layers::usage(tx, into.owner.id))?;
        let grows: u64 = work
            .write
            .iter()
            .map(|change| change.draft.size().saturating_sub(change.replaces))
            .sum();
        Ok(grows > 0 && used.saturating_add(grows) > quota)
    }

    fn write_batch(
        &self,
        into: &Collection,
        batch: &[Change],
        refused: &mut Vec<RefusedItem>,
        now: Instant,
    ) -> Result<()> {
        let clashing = self.store.write(|tx| {
            let mut clashing = Vec::new();
            let Some(mut writer) = LayerWriter::open(tx, into.layer.id)? else {
                return Ok::<_, Error>(clashing);
            };
            let part = own_part(into);
            for change in batch {
                let there = writer.find(&change.name)?;
                let uid = change.draft.uid();
                let other = writer.by_uid(uid)?;
                if other.is_some_and(|other| there.as_ref().is_none_or(|it| it.id != other.id)) {
                    clashing.push(RefusedItem {
                        line: change.line,
                        uid: Some(uid.to_owned()),
                        why: "another item has its UID".to_owned(),
                    });
                    continue;
                }
                let privacy = &self.limits.privacy;
                let before = Before::default().and(part, there.as_ref());
                let seen = change
                    .draft
                    .seen(part, privacy, (there.as_ref(), &before), now);
                writer.refresh(&change.draft.as_new(&change.name, uid, &seen, now))?;
            }
            Ok(clashing)
        })?;
        refused.extend(clashing);
        Ok(())
    }

    /// What the source no longer mentions. Where that is most of what stood there, it goes to the trash.
    fn remove_batch(
        &self,
        from: &Collection,
        names: &[String],
        keeps: bool,
        now: Instant,
    ) -> Result<()> {
        let most = self.limits.retention.max_bytes;
        Ok(self.store.write(|tx| {
            let Some(mut writer) = LayerWriter::open(tx, from.layer.id)? else {
                return Ok(());
            };
            for name in names {
                let Some(there) = writer.find(name)? else {
                    continue;
                };
                let was = state(&there);
                let stirs = privacy::stirs(&from.layer, &self.limits.privacy, was, None);
                if keeps {
                    writer.delete(name, &stirs, now)?;
                } else {
                    writer.forget(name, &stirs, now)?;
                }
            }
            if keeps {
                super::super::trash::trim(tx, from.owner.id, most)?;
            }
            Ok::<_, store::Error>(())
        })?)
    }

    /// Who gave it no name has it called what it calls itself, once.
    fn name_after(&self, into: &Collection, feed: &Feed, reading: &Reading) -> Result<()> {
        let name = reading.name.as_deref().filter(|name| !name.is_empty());
        let is_nameless = feed.succeeded.is_none() && into.layer.display_name == feed.shown;
        let Some(name) = name.filter(|_| is_nameless) else {
            return Ok(());
        };
        Ok(self.store.write(|tx| {
            let Some(mut layer) = layers::by_id(tx, into.layer.id)? else {
                return Ok(());
            };
            layer.display_name = name.to_owned();
            layers::update(tx, &layer).map(drop)
        })?)
    }
}

/// An item of the layer, and what it says.
struct There {
    name: String,
    uid: String,
    size: u64,
    said: Option<[u8; 32]>,
    /// The same whatever it is called.
    means: Option<[u8; 32]>,
}

/// What has to be done to one layer.
#[derive(Default)]
struct Work {
    /// Items that stand there.
    stood: usize,
    write: Vec<Change>,
    /// Names of what the source no longer mentions.
    stale: Vec<String>,
    refused: Vec<RefusedItem>,
}

struct Change {
    name: String,
    draft: Draft,
    /// Bytes.
    replaces: u64,
    line: usize,
}

fn own_part(collection: &Collection) -> Part<'_> {
    Part {
        owner: &collection.owner,
        layer: &collection.layer,
        lens: &collection.lens,
    }
}

fn refused(offered: &Offered, refusal: Refusal) -> RefusedItem {
    RefusedItem {
        line: offered.line,
        uid: Some(offered.uid.clone()),
        why: match refusal {
            // The line counts from the beginning of the object, which is not where the feed begins.
            Refusal::InvalidData { reason, .. } => reason,
            refusal => refusal.to_string(),
        },
    }
}

/// The same UID always gets the same name, whatever characters it holds.
fn name_of(uid: &str) -> String {
    format!("{}.ics", &blake3::hash(uid.as_bytes()).to_hex()[..32])
}

fn went_well(feed: &Feed, now: Instant) -> Feed {
    Feed {
        status: FeedStatus::Ok,
        error: None,
        missing: Vec::new(),
        tried: Some(now),
        succeeded: Some(now),
        updated: now,
        ..feed.clone()
    }
}

fn went_wrong(feed: &Feed, why: &str, now: Instant) -> Feed {
    Feed {
        status: FeedStatus::Error,
        error: Some(why.to_owned()),
        tried: Some(now),
        updated: now,
        ..feed.clone()
    }
}

/// The most frequent wish counts, unless the publisher asks for less.
fn pause(feeds: &[Feed], publisher: Option<Instant>) -> Instant {
    let wished = feeds
        .iter()
        .map(|feed| feed.pause)
        .min()
        .unwrap_or_default();
    wished.seconds().max(publisher.unwrap_or(0))
}
