//! Where the records of a kind come from: written here by the platform, or read from its own database.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Kind;
use super::cache::HOLDS;
use super::reading::{FIELDS, Reader};
use super::render::Renderer;
use super::shown::{Gathering, Shown};
use crate::model::User;
use crate::store::foreign::{self, Foreign, Have, Question, Row};
use crate::store::{Error as StoreError, Store, records};

/// The two kinds of sources.
pub enum Origin {
    Records,
    Query(Box<Query>),
}

/// A statement for a platform's database.
pub struct Query {
    foreign: Foreign,
    reader: Reader,
    /// What `:user` is: the account's name, or its first address.
    by_address: bool,
    /// What everybody sees alike, read once for all of them.
    common: Mutex<Option<Common>>,
}

struct Common {
    version: foreign::Version,
    shown: Arc<Shown>,
    since: Instant,
}

/// What an operator says of a statement.
pub struct QueryTexts {
    pub url: String,
    pub sql: String,
    /// Names of columns for our fields, where they are others.
    pub columns: Vec<(String, String)>,
    pub by_address: bool,
    /// By which clock times without an offset are told.
    pub zone: String,
    pub timeout: Duration,
    pub max_rows: usize,
}

/// Tells states of a source apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Of an account that the source cannot know.
    Nobody,
    Records(i64),
    Query(foreign::Version),
}

pub(super) enum Found {
    /// As before.
    Same,
    Shown(Version, Arc<Shown>),
}

/// Who asks, and what they have from before.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub store: &'a Store,
    pub kind: &'a Kind,
    pub user: &'a User,
    pub version: Option<&'a Version>,
    pub before: Option<&'a Shown>,
}

impl<'a> Asking<'a> {
    fn gathering(self, before: Option<&'a Shown>) -> Gathering<'a> {
        let renderer = Renderer::new(self.kind, self.store.names_key());
        Gathering::new(renderer, before)
    }
}

/// Records of one layer.
pub(super) const MOST_RECORDS: usize = 50_000;

impl Origin {
    /// # Errors
    /// What is wrong with an operator's texts, in a sentence.
    pub fn query(texts: QueryTexts, data: &Path) -> Result<Self, String> {
        let column = |field: &&str| {
            let named = texts.columns.iter().find(|(own, _)| own == field);
            named.map_or_else(|| (*field).to_owned(), |(_, column)| column.clone())
        };
        if let Some((unknown, _)) = texts
            .columns
            .iter()
            .find(|(own, _)| !FIELDS.contains(&own.as_str()))
        {
            let known = FIELDS.join(", ");
            return Err(format!("there is no field {unknown}; there are {known}"));
        }
        let reader = Reader::new(&texts.zone)
            .ok_or_else(|| format!("{} is no time zone that this server knows", texts.zone))?;
        let question = Question {
            url: texts.url,
            sql: texts.sql,
            columns: FIELDS.iter().map(column).collect(),
            timeout: texts.timeout,
            max_rows: texts.max_rows.min(MOST_RECORDS),
        };
        let foreign = Foreign::new(question, data).map_err(|error| error.to_string())?;
        Ok(Self::Query(Box::new(Query {
            foreign,
            reader,
            by_address: texts.by_address,
            common: Mutex::default(),
        })))
    }

    /// What an account is to see, unless it is still as it was at a version.
    pub(super) fn ask(&self, asking: Asking) -> Result<Found, StoreError> {
        match self {
            Self::Records => written(asking),
            Self::Query(query) => query.ask(asking),
        }
    }

    /// Do all accounts see the same?
    pub(super) fn is_common(&self) -> bool {
        match self {
            Self::Records => false,
            Self::Query(query) => !query.foreign.asks_by_user(),
        }
    }

    /// Is the source there, and does the statement run? For who sets it up.
    ///
    /// # Errors
    /// The source's.
    pub fn try_for(&self, user: &str) -> Result<Option<usize>, StoreError> {
        match self {
            Self::Records => Ok(None),
            Self::Query(query) => match query.foreign.ask(user, Have::NOTHING)? {
                foreign::Answer::Rows { rows, .. } => Ok(Some(rows.len())),
                foreign::Answer::Same => Ok(None),
            },
        }
    }
}

fn written(asking: Asking) -> Result<Found, StoreError> {
    let kind = &asking.kind.kind;
    let found = asking.store.read(|tx| {
        let version = Version::Records(records::number(tx, kind)?);
        if asking.version == Some(&version) {
            return Ok(None);
        }
        let records = records::of_user(tx, kind, asking.user.id, MOST_RECORDS + 1)?;
        if records.len() > MOST_RECORDS {
            return Err(StoreError::Busy(format!(
                "more than {MOST_RECORDS} records"
            )));
        }
        Ok(Some((version, records)))
    })?;
    let Some((version, records)) = found else {
        return Ok(Found::Same);
    };
    let mut gathering = asking.gathering(asking.before);
    records.iter().for_each(|record| gathering.record(record));
    Ok(Found::Shown(version, gathering.done(kind.as_str())))
}

impl Query {
    fn ask(&self, asking: Asking) -> Result<Found, StoreError> {
        let known = match asking.version {
            Some(Version::Query(version)) => Some(version),
            _ => None,
        };
        let name = match self.by_address {
            true => asking.user.addresses.first().map(String::as_str),
            false => Some(asking.user.name.as_str()),
        };
        if self.foreign.asks_by_user() {
            // Who has no address has nothing under it, whatever stands in the database without one.
            let Some(name) = name else {
                let nothing = asking.gathering(None).done(asking.kind.kind.as_str());
                return Ok(Found::Shown(Version::Nobody, nothing));
            };
            let shown = self.shown(asking, name, (known, asking.before))?;
            return Ok(match shown {
                Some((version, shown)) => Found::Shown(Version::Query(version), shown),
                None => Found::Same,
            });
        }
        let name = name.unwrap_or_default();
        let mut common = self.common.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = common.as_ref().filter(|it| it.since.elapsed() < HOLDS);
        let stands = stands.map(|it| &it.version);
        let before = common.as_ref().map(|it| &*it.shown);
        if let Some((version, shown)) = self.shown(asking, name, (stands, before))? {
            *common = Some(Common {
                version,
                shown,
                since: Instant::now(),
            });
        }
        Ok(match &*common {
            Some(it) if known == Some(&it.version) => Found::Same,
            Some(it) => Found::Shown(Version::Query(it.version.clone()), it.shown.clone()),
            None => Found::Same,
        })
    }

    /// What the statement gives now. `None`: what it gave before.
    fn shown(
        &self,
        asking: Asking,
        name: &str,
        (version, before): (Option<&foreign::Version>, Option<&Shown>),
    ) -> Result<Option<(foreign::Version, Arc<Shown>)>, StoreError> {
        let mut gathering = asking.gathering(before);
        let have = Have {
            version,
            row: &|print| gathering.knows(print),
        };
        let foreign::Answer::Rows { version, rows } = self.foreign.ask(name, have)? else {
            return Ok(None);
        };
        let read = self.reader.start();
        for row in rows {
            match row {
                Row::Known(print) => gathering.again(print),
                Row::New(print, cells) => match read(cells) {
                    Some(record) => gathering.anew(print, &record),
                    None => gathering.leave_out(),
                },
            }
        }
        let shown = gathering.done(asking.kind.kind.as_str());
        Ok(Some((version, shown)))
    }
}
