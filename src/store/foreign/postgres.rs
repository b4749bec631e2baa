//! A platform's PostgreSQL database. Every column comes as text, as the server writes it.

use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::types::ToSql;
use ::postgres::{Client, Config, Statement};

use super::sql::{asks_by_user, unclosed, with_parameter};
use super::{Answer, Error, Field, Have, Question, Result, Taken, Version};
use crate::store::postgres::{explain, tls};

/// Equal snapshots see equal data.
const SNAPSHOT: &str = "SELECT pg_current_snapshot()::text";

pub(super) struct Source {
    config: Config,
    tls: Option<tls::Connector>,
    question: Question,
    session: Option<Session>,
    /// How often it was opened.
    opened: u64,
    /// It ended the connection itself, or the network did.
    lost: bool,
}

struct Session {
    client: Client,
    statement: Statement,
    snapshot: Statement,
}

impl Source {
    pub fn new(question: Question) -> Result<Self> {
        let (mut config, tls) = tls::configure(&question.url)?;
        config.connect_timeout(question.timeout);
        config.tcp_user_timeout(question.timeout * 2);
        if config.get_application_name().is_none() {
            config.application_name("strata");
        }
        Ok(Self {
            config,
            tls,
            question,
            session: None,
            opened: 0,
            lost: false,
        })
    }

    pub fn ask(&mut self, user: &str, have: Have) -> Result<Answer> {
        let was_open = self.session.is_some();
        match self.answer(user, have) {
            // A connection that died meanwhile says nothing of the database behind it.
            Err(_) if was_open && self.lost => {
                self.session = None;
                self.answer(user, have)
            }
            Err(error) => {
                self.session = None;
                Err(error)
            }
            answer => answer,
        }
    }

    fn answer(&mut self, user: &str, have: Have) -> Result<Answer> {
        if self.session.is_none() {
            self.session = Some(self.connect()?);
            self.opened += 1;
        }
        let Some(session) = &mut self.session else {
            return Err(Error::Busy("it is not open".to_owned()));
        };
        let asked = ask(session, &self.question, user, (self.opened, have));
        self.lost = asked.as_ref().is_err_and(is_lost);
        asked.unwrap_or_else(|error| Err(told(&error)))
    }

    fn connect(&self) -> Result<Session> {
        let client = match &self.tls {
            Some(connector) => self.config.connect(connector.clone()),
            None => self.config.connect(::postgres::NoTls),
        };
        let mut client = client.map_err(|error| told(&error))?;
        self.prepare(&mut client)
            .map_err(|error| told(&error))
            .map(|(statement, snapshot)| Session {
                client,
                statement,
                snapshot,
            })
    }

    fn prepare(
        &self,
        client: &mut Client,
    ) -> std::result::Result<(Statement, Statement), ::postgres::Error> {
        let patience = self.question.timeout.as_millis().max(1);
        client.batch_execute(&format!(
            "SET default_transaction_read_only = on; SET statement_timeout = {patience}; \
             SET idle_in_transaction_session_timeout = {patience}; SET lock_timeout = {patience}; \
             SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET extra_float_digits = 1"
        ))?;
        let own = with_parameter(unclosed(&self.question.sql), "$1::text");
        let bare = client.prepare(&own)?;
        let names: Vec<&str> = bare.columns().iter().map(|column| column.name()).collect();
        let whole = client.prepare(&selecting(&own, &names, &self.question))?;
        Ok((whole, client.prepare(SNAPSHOT)?))
    }
}

/// The operator's statement as a part of one that gives the wanted columns as texts.
fn selecting(own: &str, names: &[&str], question: &Question) -> String {
    let column = |wanted: &String| {
        let name = names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
        match name {
            Some(name) => format!("q.\"{}\"::text", name.replace('"', "\"\"")),
            None => "NULL::text".to_owned(),
        }
    };
    let columns: Vec<String> = question.columns.iter().map(column).collect();
    format!(
        "SELECT {} FROM (\n{own}\n) AS q LIMIT {}",
        columns.join(", "),
        question.max_rows.saturating_add(1)
    )
}

/// The inner failure is one that the driver knows nothing of.
fn ask(
    session: &mut Session,
    question: &Question,
    user: &str,
    (opened, have): (u64, Have),
) -> std::result::Result<Result<Answer>, ::postgres::Error> {
    let mut tx = session
        .client
        .build_transaction()
        .isolation_level(::postgres::IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()?;
    let snapshot: String = tx.query_one(&session.snapshot, &[])?.try_get(0)?;
    let version = Version(format!("{opened}:{snapshot}"));
    if have.version == Some(&version) {
        tx.rollback()?;
        return Ok(Ok(Answer::Same));
    }
    let user: &(dyn ToSql + Sync) = &user;
    let args = asks_by_user(&question.sql).then_some(user);
    let mut taken = Taken::of(question, have);
    let mut failed = None;
    {
        let mut rows = tx.query_raw(&session.statement, args)?;
        while let Some(row) = rows.next()? {
            if let Err(error) = fields(&row, question).and_then(|fields| taken.take(fields)) {
                failed = Some(error);
                break;
            }
        }
    }
    tx.rollback()?;
    Ok(match failed {
        Some(error) => Err(error),
        None => Ok(Answer::Rows {
            version,
            rows: taken.rows,
        }),
    })
}

fn fields<'r>(row: &'r ::postgres::Row, question: &Question) -> Result<Vec<Field<'r>>> {
    let field = |place| match row.try_get::<_, Option<&str>>(place) {
        Ok(Some(text)) => Ok(Field::Text(text.into())),
        Ok(None) => Ok(Field::Null),
        Err(_) => Err(Error::Busy("a column is no text".to_owned())),
    };
    (0..question.columns.len()).map(field).collect()
}

/// Is it the end of the connection, and no answer to what was asked? A server says goodbye by codes of its own (class 57P), before
/// the driver has seen the connection close.
fn is_lost(error: &::postgres::Error) -> bool {
    let cause = error.as_db_error().map(|cause| cause.code().code());
    cause.is_none_or(|code| code.starts_with("57P") || code.starts_with("08"))
}

/// Messages of the server may quote what its rows hold: of those only the code is told.
fn told(error: &::postgres::Error) -> Error {
    match error.as_db_error() {
        Some(cause) => Error::Busy(format!("the server answered {}", cause.code().code())),
        None => explain(error),
    }
}

impl Drop for Source {
    /// The driver waits for the connection to close, which a thread of the server's runtime must not do.
    fn drop(&mut self) {
        let session = self.session.take();
        let closing = std::thread::spawn(move || drop(session));
        if closing.join().is_err() {
            tracing::warn!("a connection to a platform's database did not close well");
        }
    }
}
