//! Where the records of a kind come from: written here by the platform, or read from its own database.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::cache::HOLDS;
use super::reading::{FIELDS, Reader};
use crate::model::{Record, SystemKind, User};
use crate::store::foreign::{self, Foreign, Question};
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
    records: Arc<Vec<Record>>,
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
    Records(Version, Arc<Vec<Record>>),
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
    pub(super) fn ask(
        &self,
        store: &Store,
        kind: &SystemKind,
        user: &User,
        known: Option<&Version>,
    ) -> Result<Found, StoreError> {
        match self {
            Self::Records => written(store, kind, user, known),
            Self::Query(query) => query.ask(kind, user, known),
        }
    }

    /// Is the source there, and does the statement run? For who sets it up.
    ///
    /// # Errors
    /// The source's.
    pub fn try_for(&self, user: &str) -> Result<Option<usize>, StoreError> {
        match self {
            Self::Records => Ok(None),
            Self::Query(query) => match query.foreign.ask(user, None)? {
                foreign::Answer::Rows { rows, .. } => Ok(Some(rows.len())),
                foreign::Answer::Same => Ok(None),
            },
        }
    }
}

fn written(
    store: &Store,
    kind: &SystemKind,
    user: &User,
    known: Option<&Version>,
) -> Result<Found, StoreError> {
    store.read(|tx| {
        let version = Version::Records(records::number(tx, kind)?);
        if known == Some(&version) {
            return Ok(Found::Same);
        }
        let records = records::of_user(tx, kind, user.id, MOST_RECORDS + 1)?;
        if records.len() > MOST_RECORDS {
            return Err(StoreError::Busy(format!(
                "more than {MOST_RECORDS} records"
            )));
        }
        Ok(Found::Records(version, Arc::new(records)))
    })
}

impl Query {
    fn ask(
        &self,
        kind: &SystemKind,
        user: &User,
        known: Option<&Version>,
    ) -> Result<Found, StoreError> {
        let known = match known {
            Some(Version::Query(version)) => Some(version),
            _ => None,
        };
        let name = match self.by_address {
            true => user.addresses.first().map(String::as_str),
            false => Some(user.name.as_str()),
        };
        if self.foreign.asks_by_user() {
            // Who has no address has nothing under it, whatever stands in the database without one.
            let Some(name) = name else {
                return Ok(Found::Records(Version::Nobody, Arc::default()));
            };
            return Ok(match self.foreign.ask(name, known)? {
                foreign::Answer::Same => Found::Same,
                foreign::Answer::Rows { version, rows } => Found::Records(
                    Version::Query(version),
                    Arc::new(self.reader.read(kind, rows)),
                ),
            });
        }
        let name = name.unwrap_or_default();
        let mut common = self.common.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = common.as_ref().filter(|it| it.since.elapsed() < HOLDS);
        let stands = stands.map(|it| it.version.clone());
        if let foreign::Answer::Rows { version, rows } = self.foreign.ask(name, stands.as_ref())? {
            *common = Some(Common {
                version,
                records: Arc::new(self.reader.read(kind, rows)),
                since: Instant::now(),
            });
        }
        Ok(match &*common {
            Some(it) if known == Some(&it.version) => Found::Same,
            Some(it) => Found::Records(Version::Query(it.version.clone()), it.records.clone()),
            None => Found::Same,
        })
    }
}
