//! `strata trash`: what was deleted, and back again.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::{ArgGroup, Args, Subcommand};

use super::{house, table};
use crate::calendar::{
    Access, Calendars, DeletedLayer, Ended, Former, Need, Notice, Together, Trash, Who,
};
use crate::config::Config;
use crate::privacy::Viewer;

/// Items that one transaction brings back, so that no writer waits long behind it.
const AT_ONCE: usize = 100;

#[derive(Subcommand)]
pub enum Command {
    /// What an account is to be told, and what it has deleted: layers, then items, the latest first
    List {
        user: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Bring back an item or a layer, or what was deleted together
    Restore(Restore),
    /// Forget for good what was deleted, and every earlier version of what was not
    Empty {
        user: String,
        /// Yes, for good
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub struct Restore {
    user: String,
    /// A number of the list, of a layer with its L
    #[arg(group = "which")]
    id: Option<String>,
    /// Everything that was deleted since: a time such as 2027-06-30T12:00Z, or 2h, 3d from now back
    #[arg(long, value_name = "T", group = "which")]
    since: Option<String>,
    /// Everything that mass deletions and mass overwrites took
    #[arg(long, group = "which")]
    held: bool,
    /// The name that a layer comes back under [default: its old one]
    #[arg(long = "as", value_name = "NAME", requires = "id")]
    name: Option<String>,
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let (Self::List { user, .. }
        | Self::Restore(Restore { user, .. })
        | Self::Empty { user, .. }) = &self;
        let store = house::store(config)?;
        let owner = Owner {
            viewer: house::acting(&store, user)?,
            name: user.clone(),
            calendars: house::calendars(config, store)?,
        };
        match self {
            Self::List { json, .. } => owner.list(json),
            Self::Restore(restore) => owner.restore(&restore),
            Self::Empty { yes, .. } => owner.empty(yes),
        }
    }
}

/// The account whose trash it is, and who acts as it.
struct Owner {
    calendars: Calendars,
    viewer: Viewer,
    name: String,
}

/// All that the list shows.
struct Contents {
    notices: Vec<Notice>,
    layers: Vec<DeletedLayer>,
    items: Vec<Former>,
}

impl Owner {
    fn read<T>(
        &self,
        work: impl Fn(&mut Access, &Trash) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.calendars.read(&self.viewer, |access| {
            let trash = access.trash(&self.name)?;
            work(access, &trash)
        })
    }

    fn write<T>(
        &self,
        work: impl Fn(&mut Access, &Trash) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.calendars.write(&self.viewer, |access| {
            let trash = access.trash(&self.name)?;
            work(access, &trash)
        })
    }

    fn list(&self, json: bool) -> anyhow::Result<()> {
        let contents = self.read(|access, trash| {
            let mut items = Vec::new();
            access.each_deleted(trash, Need::Index, &mut |item| {
                items.push(item);
                Ok::<_, anyhow::Error>(())
            })?;
            Ok(Contents {
                notices: access.notices(trash)?,
                layers: access.deleted_layers(trash)?,
                items,
            })
        })?;
        if json {
            let text = serde_json::to_string_pretty(&as_json(&contents))?;
            writeln!(io::stdout(), "{text}")?;
        } else {
            print(&contents)?;
        }
        if contents.notices.iter().any(|it| it.seen.is_none()) {
            self.write(|access, trash| Ok(access.notices_seen(trash)?))?;
        }
        Ok(())
    }

    fn restore(&self, restore: &Restore) -> anyhow::Result<()> {
        match &restore.id {
            Some(id) => self.restore_one(id, restore.name.as_deref()),
            None if restore.held => self.restore_together(Together::Held),
            None => {
                let since = restore.since.as_deref().unwrap_or_default();
                self.restore_together(Together::Since(moment(since, house::now())?))
            }
        }
    }

    fn restore_one(&self, id: &str, name: Option<&str>) -> anyhow::Result<()> {
        let (digits, is_layer) = match id.strip_prefix(['L', 'l']) {
            Some(digits) => (digits, true),
            None => (id, false),
        };
        let number = digits
            .parse()
            .ok()
            .with_context(|| format!("{id} is no number of the list"))?;
        if name.is_some() && !is_layer {
            bail!("--as names a layer; an item comes back under its own name, or one like it");
        }
        let place = self.write(|access, trash| {
            Ok(if is_layer {
                access.restore_layer(trash, number, name)?
            } else {
                let (layer, name) = access.restore(trash, number)?;
                format!("{layer}/{name}")
            })
        });
        let place = place.with_context(|| format!("{id} was not restored"))?;
        Ok(writeln!(io::stdout(), "restored {place} of {}", self.name)?)
    }

    /// Layers first: what was deleted from them before comes back into them.
    fn restore_together(&self, which: Together) -> anyhow::Result<()> {
        let (mut layers, mut items, mut refused) = (0, 0, Vec::new());
        let mut deleted = self.read(|access, trash| Ok(access.deleted_layers(trash)?))?;
        deleted.retain(|layer| match which {
            Together::Since(since) => layer.at >= since,
            Together::Held => layer.held_until.is_some(),
        });
        for layer in deleted {
            let back = self.write(|access, trash| Ok(access.restore_layer(trash, layer.id, None)?));
            match back {
                Ok(_) => layers += 1,
                Err(error) => refused.push((layer.name, format!("{error:#}"))),
            }
        }
        let lost = self.read(|access, trash| Ok(access.lost(trash, which)?))?;
        for some in lost.chunks(AT_ONCE) {
            let restored = self.write(|access, trash| Ok(access.restore_each(trash, some)?))?;
            items += restored.items;
            refused.extend(restored.refused);
        }
        for (place, why) in &refused {
            writeln!(io::stdout(), "not restored: {place}: {why}")?;
        }
        let name = &self.name;
        writeln!(
            io::stdout(),
            "restored {layers} layers and {items} items of {name}"
        )?;
        if refused.is_empty() {
            Ok(())
        } else {
            bail!("{} stay in the trash", refused.len())
        }
    }

    fn empty(&self, yes: bool) -> anyhow::Result<()> {
        if !yes {
            bail!(
                "this forgets all that {} has deleted, for good: say --yes",
                self.name
            );
        }
        let (versions, layers) = self.write(|access, trash| Ok(access.empty_trash(trash)?))?;
        let name = &self.name;
        Ok(writeln!(
            io::stdout(),
            "forgot {layers} layers and {versions} versions of items of {name}"
        )?)
    }
}

fn print(contents: &Contents) -> anyhow::Result<()> {
    for notice in &contents.notices {
        let mark = if notice.seen.is_none() { "NEW " } else { "" };
        let at = table::moment(Some(notice.at));
        writeln!(io::stdout(), "{mark}{at}  {}", table::plain(&notice.text))?;
    }
    if contents.notices.iter().any(|it| it.seen.is_none()) {
        writeln!(
            io::stdout(),
            "What mass losses took comes back with: strata trash restore USER --held"
        )?;
    }
    let layers = contents.layers.iter().map(|layer| {
        [
            format!("L{}", layer.id),
            format!("{}/", layer.name),
            format!("{} items", layer.items),
            table::moment(Some(layer.at)),
            who(layer.by.as_ref()),
            held(layer.held_until).unwrap_or_default(),
        ]
    });
    let items = contents.items.iter().map(|item| {
        let notes = [
            (item.why == Ended::Taken).then(|| "moved to somebody else".to_owned()),
            item.occurrence
                .as_ref()
                .map(|id| format!("the occurrence {id} of a series")),
            held(item.held_until),
        ];
        [
            item.id.to_string(),
            format!("{}/{}", item.layer, item.name),
            item.item
                .size()
                .map_or_else(|| "-".to_owned(), |size| format!("{size} bytes")),
            table::moment(Some(item.at)),
            who(item.by.as_ref()),
            notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
        ]
    });
    let rows: Vec<_> = layers.chain(items).collect();
    Ok(table::print(
        ["ID", "WHAT", "SIZE", "DELETED", "BY", "NOTES"],
        &rows,
    )?)
}

fn held(until: Option<i64>) -> Option<String> {
    until.map(|until| format!("held until {}", table::moment(Some(until))))
}

/// `alice, Alice's phone`; an account's own password has no name.
pub fn who(who: Option<&Who>) -> String {
    let Some(who) = who else {
        return "-".to_owned();
    };
    let account = who.account.as_deref().unwrap_or("an account that is gone");
    match &who.device {
        Some(device) => format!("{account}, {device}"),
        None => account.to_owned(),
    }
}

pub fn who_as_json(who: Option<&Who>) -> serde_json::Value {
    match who {
        Some(who) => serde_json::json!({ "account": who.account, "device": who.device }),
        None => serde_json::Value::Null,
    }
}

fn as_json(contents: &Contents) -> serde_json::Value {
    let notices = contents.notices.iter().map(|notice| {
        serde_json::json!({
            "at": notice.at, "kind": notice.kind, "text": notice.text, "seen": notice.seen,
        })
    });
    let layers = contents.layers.iter().map(|layer| {
        serde_json::json!({
            "id": format!("L{}", layer.id), "layer": layer.name, "name": layer.display_name,
            "items": layer.items, "bytes": layer.bytes, "deleted": layer.at,
            "by": who_as_json(layer.by.as_ref()), "held_until": layer.held_until,
        })
    });
    let items = contents.items.iter().map(|item| {
        serde_json::json!({
            "id": item.id.to_string(), "layer": item.layer, "item": item.name, "uid": item.item.uid(),
            "bytes": item.item.size(), "deleted": item.at, "by": who_as_json(item.by.as_ref()),
            "taken": item.why == Ended::Taken, "held_until": item.held_until, "occurrence": item.occurrence,
        })
    });
    serde_json::json!({
        "notices": notices.collect::<Vec<_>>(),
        "layers": layers.collect::<Vec<_>>(),
        "items": items.collect::<Vec<_>>(),
    })
}

/// A time, a day, or how long ago.
fn moment(text: &str, now: i64) -> anyhow::Result<i64> {
    use jiff::civil::DateTime;
    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp};
    let in_utc = |wall: DateTime| wall.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp());
    let moment = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse::<DateTime>().ok().and_then(in_utc))
        .map(Timestamp::as_second);
    let days = || {
        let days = text.strip_suffix('d')?.parse::<u16>().ok()?;
        Some(now - i64::from(days) * 86_400)
    };
    let ago = || {
        let ago = text.parse::<SignedDuration>().ok()?;
        Some(now.saturating_sub(ago.as_secs().abs()))
    };
    moment.or_else(days).or_else(ago).with_context(|| {
        format!("--since: {text} is neither a time such as 2027-06-30T12:00Z nor one such as 2h or 3d ago")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_time_or_so_long_ago() {
        let now = 1_795_000_000; // 2026-11-18T11:06:40Z
        assert_eq!(moment("2h", now).unwrap(), now - 7200);
        assert_eq!(moment("3d", now).unwrap(), now - 3 * 86_400);
        assert_eq!(moment("2026-11-18T11:06:40Z", now).unwrap(), now);
        assert_eq!(moment("2026-11-18", now).unwrap(), now - 40_000);
        assert_eq!(moment("2026-11-18T11:06:40", now).unwrap(), now);
        for text in ["", "d", "yesterday", "12", "99999d", "2026-13-01"] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }
}
