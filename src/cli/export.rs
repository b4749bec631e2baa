//! `strata export`: one layer as one VCALENDAR.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::house;
use crate::calendar::{Access, Collection, Need, Scope};
use crate::config::Config;
use crate::ical::{Heading, Merge, Object};

#[derive(Args)]
pub struct Export {
    user: String,
    layer: String,
    /// Write into this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        let user = store.read(|tx| house::user(tx, &self.user))?;
        let calendars = house::calendars(config, store)?;
        // A snapshot may be read again after a conflict: the file is complete or not there.
        let mut file = match self.output.as_deref().and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => {
                tempfile::NamedTempFile::new_in(folder)?
            }
            Some(_) => tempfile::NamedTempFile::new_in(".")?,
            None => tempfile::NamedTempFile::new()?,
        };
        let unreadable = calendars.read(&house::viewer(&user), |access| {
            file.as_file_mut().set_len(0)?;
            io::Seek::rewind(file.as_file_mut())?;
            let collection = access
                .collection(&self.user, &self.layer)
                .with_context(|| format!("{} has no layer {}", self.user, self.layer))?;
            write(access, &collection, BufWriter::new(file.as_file_mut()))
        })?;
        match &self.output {
            Some(path) => drop(
                file.persist(path)
                    .map_err(|error| error.error)
                    .with_context(|| path.display().to_string())?,
            ),
            None => {
                io::Seek::rewind(file.as_file_mut())?;
                io::copy(file.as_file_mut(), &mut io::stdout().lock())?;
            }
        }
        match unreadable.as_slice() {
            [] => Ok(()),
            [first, rest @ ..] => bail!(
                "not exported: {first} and {} more items that cannot be read",
                rest.len()
            ),
        }
    }
}

/// All items in one VCALENDAR; answers the names of those that cannot be read.
fn write(access: &mut Access, of: &Collection, out: impl Write) -> anyhow::Result<Vec<String>> {
    let mut unreadable = Vec::new();
    let heading = Heading {
        name: &of.layer.display_name,
        color: of.layer.color.as_deref(),
        ..Heading::default()
    };
    let mut merge = Merge::open(out, &heading)?;
    access.each(of, Scope::default(), Need::Text, &mut |item| {
        let text = item.text().filter(|text| Object::parse(text).is_ok());
        match text {
            Some(text) => merge.add(text)?,
            None => unreadable.push(item.name().to_owned()),
        }
        Ok::<_, anyhow::Error>(())
    })?;
    merge.close()?.flush()?;
    Ok(unreadable)
}
