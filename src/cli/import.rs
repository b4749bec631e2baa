//! `strata import`: calendar files into one layer, matched by UID, with a report of every object.

mod revision;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use self::revision::Revision;
use super::house;
use crate::calendar::{self, Access, Calendars, Collection, Draft, Need, Refusal};
use crate::config::Config;
use crate::http::EntityTag;
use crate::ical;
use crate::privacy::Viewer;

/// Objects that are stored in one transaction.
const BATCH: usize = 200;
/// A file is read into memory.
const LARGEST: u64 = 1 << 30;

#[derive(Args)]
pub struct Import {
    user: String,
    layer: String,
    #[arg(required = true, value_name = "FILE.ics")]
    files: Vec<PathBuf>,
}

/// What became of one object.
enum Outcome {
    Created,
    Updated,
    Unchanged,
    /// What stands there is newer.
    Kept,
    Rejected(String),
}

#[derive(Default)]
struct Tally {
    created: usize,
    updated: usize,
    unchanged: usize,
    kept: usize,
    rejected: usize,
}

impl Import {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        let user = store.read(|tx| house::user(tx, &self.user))?;
        let importer = Importer {
            calendars: house::calendars(config, store)?,
            viewer: house::viewer(&user),
            user: self.user,
            layer: self.layer,
        };
        importer.calendars.read(&importer.viewer, |access| {
            importer.collection(access).map(drop)
        })?;
        let mut tally = Tally::default();
        let outcome = self
            .files
            .iter()
            .try_for_each(|file| importer.file(file, &mut tally));
        // What was stored is reported even when the rest could not be.
        tally.print()?;
        outcome?;
        if tally.rejected > 0 {
            bail!(
                "{} of {} objects were rejected",
                tally.rejected,
                tally.all()
            );
        }
        Ok(())
    }
}

struct Importer {
    calendars: Calendars,
    viewer: Viewer,
    user: String,
    layer: String,
}

impl Importer {
    fn collection(&self, access: &mut Access) -> anyhow::Result<Collection> {
        house::collection(access, &self.user, &self.layer)
    }

    fn file(&self, path: &Path, tally: &mut Tally) -> anyhow::Result<()> {
        let name = path.display().to_string();
        let text = read(path).with_context(|| name.clone())?;
        let mut pieces = Vec::new();
        for piece in ical::split(&text) {
            match piece {
                Ok(piece) => pieces.push(piece),
                Err(error) => tally.reject(&format!("{name}: {error}"))?,
            }
        }
        let progress = progress(&name, pieces.len());
        for batch in pieces.chunks(BATCH) {
            let outcomes = self.batch(batch).with_context(|| {
                format!(
                    "{name}: stopped before line {}",
                    batch.first().map_or(0, |piece| piece.line)
                )
            })?;
            for (piece, outcome) in batch.iter().zip(outcomes) {
                progress.suspend(|| tally.count(&name, piece, outcome))?;
            }
            progress.inc(batch.len() as u64);
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// Stores some objects together; the transaction may be run again, so it counts nothing itself.
    fn batch(&self, pieces: &[ical::Piece]) -> anyhow::Result<Vec<Outcome>> {
        self.calendars.write(&self.viewer, |access| {
            let collection = self.collection(access)?;
            pieces
                .iter()
                .map(|piece| one(access, &collection, piece))
                .collect()
        })
    }
}

fn one(access: &mut Access, into: &Collection, piece: &ical::Piece) -> anyhow::Result<Outcome> {
    let draft = match Draft::of(&piece.object, into, access.limits()) {
        Ok(draft) => draft,
        Err(refusal) => return Ok(Outcome::Rejected(reason(refusal))),
    };
    let name = name_of(draft.uid());
    match access.put(into, &name, &draft, &|there| there.is_none()) {
        Ok(_) => Ok(Outcome::Created),
        Err(calendar::Error::Refused(Refusal::Stale)) => merge(access, into, &name, &draft, piece),
        Err(calendar::Error::Refused(Refusal::UidTaken { by })) => {
            merge(access, into, &by, &draft, piece)
        }
        Err(calendar::Error::Refused(refusal)) => Ok(Outcome::Rejected(refusal.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The same UID is there already: the newer one stays.
fn merge(
    access: &mut Access,
    into: &Collection,
    name: &str,
    draft: &Draft,
    piece: &ical::Piece,
) -> anyhow::Result<Outcome> {
    let there = access.get(into, name, Need::Text)?;
    let (old, new) = (
        there.text().map(Revision::of).unwrap_or_default(),
        Revision::of(piece.object.text()),
    );
    if old.has_same_components(&new) {
        return Ok(Outcome::Unchanged);
    }
    if old.is_newer_than(&new) {
        return Ok(Outcome::Kept);
    }
    let tag = EntityTag::strong(there.tag());
    match access.put(into, name, draft, &|now| now == Some(&tag)) {
        Ok(_) => Ok(Outcome::Updated),
        Err(calendar::Error::Refused(refusal)) => Ok(Outcome::Rejected(refusal.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// The line in a refusal counts from the beginning of the object, which is not where the file begins.
fn reason(refusal: Refusal) -> String {
    match refusal {
        Refusal::InvalidData { reason, .. } => reason,
        refusal => refusal.to_string(),
    }
}

/// The same UID always gets the same name, whatever characters it holds.
fn name_of(uid: &str) -> String {
    format!("{}.ics", &blake3::hash(uid.as_bytes()).to_hex()[..32])
}

fn read(path: &Path) -> anyhow::Result<Bytes> {
    let mut bytes = Vec::new();
    let file: Box<dyn io::Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(std::fs::File::open(path)?)
    };
    io::Read::read_to_end(&mut io::Read::take(file, LARGEST + 1), &mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        bail!("larger than {LARGEST} bytes");
    }
    Ok(bytes.into())
}

fn progress(name: &str, objects: usize) -> ProgressBar {
    if objects < BATCH || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(objects as u64).with_message(name.to_owned());
    match ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {eta}") {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

impl Tally {
    fn count(&mut self, file: &str, piece: &ical::Piece, outcome: Outcome) -> io::Result<()> {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Kept => self.kept += 1,
            Outcome::Rejected(why) => {
                let uid = piece.uid.as_deref().unwrap_or("without UID");
                return self.reject(&format!("{file}: line {}: {uid}: {why}", piece.line));
            }
        }
        Ok(())
    }

    fn reject(&mut self, what: &str) -> io::Result<()> {
        self.rejected += 1;
        let plain: String = what
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect();
        writeln!(io::stderr(), "rejected: {plain}")
    }

    fn all(&self) -> usize {
        self.created + self.updated + self.unchanged + self.kept + self.rejected
    }

    fn print(&self) -> io::Result<()> {
        let Self {
            created,
            updated,
            unchanged,
            kept,
            rejected,
        } = self;
        let newer = if *kept > 0 {
            format!(", {kept} kept because what is there is newer")
        } else {
            String::new()
        };
        writeln!(
            io::stdout(),
            "{created} created, {updated} updated, {unchanged} unchanged{newer}, {rejected} rejected"
        )
    }
}
