//! `strata feed`: calendars of others that an account subscribes to.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::Subcommand;

use super::choice::chosen;
use super::{house, table};
use crate::calendar::{self, Access, Calendars, FeedPatch, Home, NewFeed, Refusal};
use crate::config::Config;
use crate::connect::Sources;
use crate::jobs::Jobs;
use crate::model::{Feed, FeedId, FeedStatus, Instant, Pause};
use crate::privacy::Viewer;
use crate::store::feeds::WORK;

#[derive(Subcommand)]
pub enum Command {
    /// Subscribe to a calendar: https, http or webcal. It is fetched at once
    Add {
        user: String,
        url: String,
        /// What people read [default: what the calendar calls itself]
        #[arg(long, value_name = "S")]
        name: Option<String>,
        /// How often it is fetched, if its publisher does not ask for less: 15m, 1h, 6h or 1d
        #[arg(long, value_name = "TIME", default_value = "1h", value_parser = pause)]
        interval: Pause,
    },
    /// List the subscriptions of an account and how they fare
    List {
        user: String,
        /// As JSON, with what was refused and why
        #[arg(long)]
        json: bool,
    },
    /// Change how often a subscription is fetched, or its address
    Set {
        user: String,
        /// Its id, or its layer
        #[arg(value_name = "FEED")]
        id: String,
        #[arg(long, value_name = "TIME", value_parser = pause)]
        interval: Option<Pause>,
        #[arg(long)]
        url: Option<String>,
    },
    /// Fetch a subscription now
    Refresh {
        user: String,
        /// Its id, or its layer
        #[arg(value_name = "FEED")]
        id: String,
    },
    /// End a subscription; its layer goes with what is in it
    Remove {
        user: String,
        /// Its id, or its layer
        #[arg(value_name = "FEED")]
        id: String,
    },
}

fn pause(text: &str) -> Result<Pause, &'static str> {
    Pause::named(text).ok_or("it is 15m, 1h, 6h or 1d")
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let (Self::Add { user, .. }
        | Self::List { user, .. }
        | Self::Set { user, .. }
        | Self::Refresh { user, .. }
        | Self::Remove { user, .. }) = &self;
        let store = house::store(config)?;
        let client = house::client(config);
        let subscriber = Subscriber {
            viewer: house::acting(&store, user)?,
            name: user.clone(),
            calendars: house::calendars(config, store.clone())?,
            sources: house::sources(config, &client),
            jobs: house::jobs(config, store, client)?,
        };
        match self {
            Self::Add {
                url,
                name,
                interval,
                ..
            } => subscriber.add(&url, name, interval),
            Self::List { json, .. } => subscriber.list(json),
            Self::Set {
                id, interval, url, ..
            } => subscriber.set(subscriber.named(&id)?, interval, url.as_deref()),
            Self::Refresh { id, .. } => subscriber.refresh(subscriber.named(&id)?),
            Self::Remove { id, .. } => subscriber.remove(subscriber.named(&id)?),
        }
    }
}

struct Subscriber {
    calendars: Calendars,
    viewer: Viewer,
    name: String,
    sources: Sources,
    jobs: Jobs,
}

impl Subscriber {
    fn handle(&self, id: FeedId) -> String {
        self.calendars.handles().of(id)
    }

    /// By its id, or by the layer that it fills.
    fn named(&self, said: &str) -> anyhow::Result<FeedId> {
        let feeds = self.subscriptions()?;
        let found = chosen(&feeds, said, |it| self.handle(it.id), |it| &it.layer_name);
        let none = || format!("{} has no subscription {said}", self.name);
        Ok(found.with_context(none)?.id)
    }

    fn subscriptions(&self) -> anyhow::Result<Vec<Feed>> {
        self.calendars.read(&self.viewer, |access| {
            let home = access.home(&self.name)?;
            Ok(access.subscriptions(&home)?)
        })
    }

    fn add(&self, url: &str, name: Option<String>, pause: Pause) -> anyhow::Result<()> {
        let new = NewFeed {
            source: self.sources.sealed(url)?,
            name,
            color: None,
            pause,
        };
        let feed = self.calendars.write(&self.viewer, |access| {
            let home = access.home(&self.name)?;
            anyhow::Ok(access.subscribe(&home, &new)?)
        })?;
        self.fetch(&feed)
    }

    fn list(&self, json: bool) -> anyhow::Result<()> {
        let feeds = self.subscriptions()?;
        if json {
            let feeds: Vec<_> = feeds
                .iter()
                .map(|it| as_json(self.handle(it.id), it))
                .collect();
            let text = serde_json::to_string_pretty(&feeds)?;
            return Ok(writeln!(io::stdout(), "{text}")?);
        }
        let rows: Vec<_> = feeds
            .iter()
            .map(|it| as_row(self.handle(it.id), it))
            .collect();
        Ok(table::print(
            ["ID", "LAYER", "FROM", "EVERY", "STATUS", "ITEMS", "NOTES"],
            &rows,
        )?)
    }

    fn set(&self, id: FeedId, pause: Option<Pause>, url: Option<&str>) -> anyhow::Result<()> {
        if pause.is_none() && url.is_none() {
            bail!("say --interval or --url");
        }
        let source = url.map(|url| self.sources.sealed(url)).transpose()?;
        let moved = source.is_some();
        let patch = FeedPatch { source, pause };
        let feed = self.calendars.write(&self.viewer, |access| {
            let (home, _) = self.subscription(access, id)?;
            anyhow::Ok(access.change_subscription(&home, id, &patch)?)
        })?;
        if moved {
            return self.fetch(&feed);
        }
        Ok(writeln!(
            io::stdout(),
            "changed the subscription {}",
            self.handle(id)
        )?)
    }

    /// Whoever sits at the machine need not wait between two fetches.
    fn refresh(&self, id: FeedId) -> anyhow::Result<()> {
        let (_, feed) = self
            .calendars
            .read(&self.viewer, |access| self.subscription(access, id))?;
        self.fetch(&feed)
    }

    fn remove(&self, id: FeedId) -> anyhow::Result<()> {
        let feed = self.calendars.write(&self.viewer, |access| {
            let (home, feed) = self.subscription(access, id)?;
            access.unsubscribe(&home, id)?;
            anyhow::Ok(feed)
        })?;
        let owner = &self.name;
        Ok(writeln!(
            io::stdout(),
            "ended the subscription {}; the layer {} of {owner} is gone",
            self.handle(id),
            feed.layer_name
        )?)
    }

    fn subscription(&self, access: &mut Access, id: FeedId) -> anyhow::Result<(Home, Feed)> {
        let home = access.home(&self.name)?;
        match access.subscription(&home, id) {
            Err(calendar::Error::Refused(Refusal::NotFound)) => {
                bail!("{} has no subscription {}", self.name, self.handle(id))
            }
            feed => Ok((home, feed?)),
        }
    }

    /// In this process, unless a server does it just now.
    fn fetch(&self, feed: &Feed) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("no runtime")?;
        let is_done = {
            let _inside = runtime.enter();
            self.jobs.run_now(WORK, feed.source.0, house::now())?
        };
        runtime.shutdown_background();
        let (_, now) = self
            .calendars
            .read(&self.viewer, |access| self.subscription(access, feed.id))?;
        let mut out = io::stdout();
        let (id, layer) = (self.handle(now.id), &now.layer_name);
        match now.status {
            FeedStatus::Ok => {
                write!(
                    out,
                    "subscription {id}: {} items in the layer {layer}",
                    now.items
                )?;
                match now.refused {
                    0 => writeln!(out)?,
                    refused => writeln!(out, ", {refused} refused (`strata feed list --json`)")?,
                }
            }
            FeedStatus::Pending => {
                let why = if is_done { "" } else { " by the server" };
                writeln!(
                    out,
                    "subscription {id}: being fetched{why} into the layer {layer}"
                )?;
            }
            FeedStatus::Error => bail!(
                "subscription {id}: {}; it is tried again",
                now.error.unwrap_or_default()
            ),
        }
        Ok(())
    }
}

fn as_row(id: String, feed: &Feed) -> [String; 7] {
    let next = feed.next.map(|next| format!("next {}", time(next)));
    let refused = (feed.refused > 0).then(|| format!("{} refused", feed.refused));
    let notes = [feed.error.clone(), refused, next];
    [
        id,
        feed.layer_name.clone(),
        feed.shown.clone(),
        feed.pause.word().to_owned(),
        feed.status.word().to_owned(),
        feed.items.to_string(),
        notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
    ]
}

fn as_json(id: String, feed: &Feed) -> serde_json::Value {
    let refused: Vec<_> = feed
        .reasons
        .iter()
        .map(|it| serde_json::json!({ "line": it.line, "uid": it.uid, "why": it.why }))
        .collect();
    serde_json::json!({
        "id": id,
        "layer": feed.layer_name,
        "name": feed.display_name,
        "url": feed.shown,
        "interval": feed.pause.word(),
        "status": feed.status.word(),
        "error": feed.error,
        "items": feed.items,
        "refused": feed.refused,
        "refusedItems": refused,
        "lastFetched": feed.tried.map(time),
        "lastSucceeded": feed.succeeded.map(time),
        "nextFetch": feed.next.map(time),
        "created": time(feed.created),
    })
}

/// RFC 3339, in UTC.
fn time(instant: Instant) -> String {
    jiff::Timestamp::from_second(instant).map_or_else(|_| instant.to_string(), |it| it.to_string())
}
