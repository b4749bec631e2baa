//! `strata export`: one layer as one VCALENDAR.

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::house;
use crate::calendar::{Access, Collection, Need, Scope};
use crate::config::Config;
use crate::ical::{Object, Writer};
use crate::privacy::VisibleItem;

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
        let calendars = house::calendars(config, store);
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
            Merged::write(access, &collection, BufWriter::new(file.as_file_mut()))
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

/// All items in one VCALENDAR, each time zone once, the components as they were stored.
struct Merged<W> {
    out: W,
    zones: HashSet<String>,
    unreadable: Vec<String>,
}

impl<W: Write> Merged<W> {
    fn write(access: &mut Access, of: &Collection, out: W) -> anyhow::Result<Vec<String>> {
        let mut merged = Self {
            out,
            zones: HashSet::new(),
            unreadable: Vec::new(),
        };
        let mut head = Writer::new();
        head.begin("VCALENDAR")
            .raw("VERSION", "2.0")
            .text("PRODID", "-//Strata//export//EN");
        head.text("X-WR-CALNAME", &of.layer.display_name);
        if let Some(color) = &of.layer.color {
            head.raw("X-APPLE-CALENDAR-COLOR", color);
        }
        merged.out.write_all(head.finish().as_bytes())?;
        access.each(of, Scope::default(), Need::Text, &mut |item| {
            merged.item(&item)
        })?;
        merged.out.write_all(b"END:VCALENDAR\r\n")?;
        merged.out.flush()?;
        Ok(merged.unreadable)
    }

    fn item(&mut self, item: &VisibleItem) -> anyhow::Result<()> {
        let object = item.text().and_then(|text| Object::parse(text).ok());
        let Some(object) = object else {
            self.unreadable.push(item.name().to_owned());
            return Ok(());
        };
        for component in object.components() {
            let zone = component
                .is("VTIMEZONE")
                .then(|| component.property("TZID"))
                .flatten();
            if zone.is_none_or(|zone| self.zones.insert(zone.value().into_owned())) {
                let text = object.text().get(component.span()).unwrap_or_default();
                self.out.write_all(text)?;
            }
        }
        Ok(())
    }
}
