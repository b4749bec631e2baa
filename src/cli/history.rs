//! `strata history`: what an item was before, who wrote it, and back again.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::Args;

use super::trash::{who, who_as_json};
use super::{house, table};
use crate::calendar::{self, Access, Collection, Ended, Refusal, VersionInfo};
use crate::config::Config;

#[derive(Args)]
pub struct History {
    user: String,
    layer: String,
    /// Its name in the URL, with or without .ics; it may be deleted by now
    item: String,
    /// Make this version the one that stands
    #[arg(long, value_name = "N")]
    restore: Option<i64>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl History {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        let viewer = house::acting(&store, &self.user)?;
        let calendars = house::calendars(config, store)?;
        if let Some(id) = self.restore {
            let name = calendars.write(&viewer, |access| {
                let (collection, name, _) = self.find(access)?;
                let restored = access.restore_version(&collection, &name, id);
                restored.with_context(|| format!("version {id} was not restored"))
            })?;
            let (layer, user) = (&self.layer, &self.user);
            return Ok(writeln!(
                io::stdout(),
                "restored version {id} of {layer}/{name} of {user}"
            )?);
        }
        let (_, _, versions) = calendars.read(&viewer, |access| self.find(access))?;
        if self.json {
            let versions: Vec<_> = versions.iter().map(as_json).collect();
            let text = serde_json::to_string_pretty(&versions)?;
            return Ok(writeln!(io::stdout(), "{text}")?);
        }
        let rows: Vec<_> = versions.iter().map(as_row).collect();
        Ok(table::print(
            ["N", "NAME", "SIZE", "WRITTEN", "BY", "ENDED", "WHY", "BY"],
            &rows,
        )?)
    }

    fn find(&self, access: &mut Access) -> anyhow::Result<(Collection, String, Vec<VersionInfo>)> {
        let collection = house::collection(access, &self.user, &self.layer)?;
        for name in [self.item.clone(), format!("{}.ics", self.item)] {
            match access.versions(&collection, &name) {
                Err(calendar::Error::Refused(Refusal::NotFound)) => {}
                versions => return Ok((collection, name, versions?)),
            }
        }
        bail!("nobody remembers {} in {}", self.item, self.layer)
    }
}

fn why(ended: Ended) -> &'static str {
    match ended {
        Ended::Overwritten => "overwritten",
        Ended::Deleted => "deleted",
        Ended::Moved => "moved",
        Ended::Taken => "moved to somebody else",
        Ended::Occurrence => "taken out of its series",
    }
}

fn as_row(version: &VersionInfo) -> [String; 8] {
    let (at, reason, by) = match &version.ended {
        Some((at, ended, by)) => (table::moment(Some(*at)), why(*ended), who(by.as_ref())),
        None => (String::new(), "stands", String::new()),
    };
    [
        version.id.map(|id| id.to_string()).unwrap_or_default(),
        version.name.clone(),
        format!("{} bytes", version.size),
        table::moment(Some(version.written)),
        who(version.writer.as_ref()),
        at,
        reason.to_owned(),
        by,
    ]
}

fn as_json(version: &VersionInfo) -> serde_json::Value {
    let ended = version.ended.as_ref().map(|(at, ended, by)| {
        serde_json::json!({ "at": at, "why": why(*ended), "by": who_as_json(by.as_ref()) })
    });
    serde_json::json!({
        "n": version.id, "name": version.name, "bytes": version.size, "written": version.written,
        "by": who_as_json(version.writer.as_ref()), "ended": ended,
    })
}
