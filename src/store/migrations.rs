//! The tables, numbered: one text for both engines, run in one transaction.

use super::engine::Value;
use super::{Error, Result, Tx};

/// Every migration there is; the place in the list is the version it leads to.
pub(super) const ALL: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_occurrences.sql"),
    include_str!("migrations/0003_availability.sql"),
    include_str!("migrations/0004_zone_data.sql"),
    include_str!("migrations/0005_privacy.sql"),
    include_str!("migrations/0006_relations.sql"),
    include_str!("migrations/0007_history.sql"),
    include_str!("migrations/0008_known.sql"),
    include_str!("migrations/0009_preferences.sql"),
    include_str!("migrations/0010_views.sql"),
    include_str!("migrations/0011_notifications.sql"),
    include_str!("migrations/0012_overlays.sql"),
    include_str!("migrations/0013_exports.sql"),
    include_str!("migrations/0014_told.sql"),
    include_str!("migrations/0015_remarks.sql"),
    include_str!("migrations/0016_view_classes.sql"),
    include_str!("migrations/0017_api_tokens.sql"),
    include_str!("migrations/0018_handed.sql"),
    include_str!("migrations/0019_said.sql"),
    include_str!("migrations/0020_layer_times.sql"),
    include_str!("migrations/0021_losses.sql"),
    include_str!("migrations/0022_jobs.sql"),
    include_str!("migrations/0023_feeds.sql"),
    include_str!("migrations/0024_age.sql"),
    include_str!("migrations/0025_system.sql"),
    include_str!("migrations/0026_outbox.sql"),
    include_str!("migrations/0027_reminders.sql"),
    include_str!("migrations/0028_missing.sql"),
    include_str!("migrations/0029_mail.sql"),
    include_str!("migrations/0030_defaults.sql"),
    include_str!("migrations/0031_view_times.sql"),
    include_str!("migrations/0032_told_losses.sql"),
    include_str!("migrations/0033_view_links.sql"),
];

/// What an engine calls the few things that the two name differently.
pub(super) struct Dialect {
    /// A number that the database draws itself and never gives out twice.
    pub id: &'static str,
    pub number: &'static str,
    pub bytes: &'static str,
    /// What closes a table's definition.
    pub table: &'static str,
    /// The same where the rows are best kept in the order of their primary key.
    pub keyed: &'static str,
    /// Text whose order is that of its bytes.
    pub bytewise: &'static str,
    /// Answers a row where the table of the version stands.
    pub has_versions: &'static str,
}

impl Dialect {
    fn translate(&self, sql: &str) -> String {
        sql.replace("{id}", self.id)
            .replace("{number}", self.number)
            .replace("{bytes}", self.bytes)
            .replace("{table}", self.table)
            .replace("{keyed}", self.keyed)
            .replace("{text}", self.bytewise)
    }
}

/// The version of the database behind `tx`: 0 when it is empty. Refuses one that is newer than `all` leads to.
pub(super) fn version(tx: &mut Tx, dialect: &Dialect, all: &[&str]) -> Result<usize> {
    if tx.first(dialect.has_versions, &[], |_| Ok(()))?.is_none() {
        return Ok(0);
    }
    let version = tx.first("SELECT version FROM versions", &[], |row| row.size(0))?;
    let version = version.unwrap_or(0) as usize;
    if version > all.len() {
        return Err(Error::Fault(format!(
            "the database is of version {version}, this strata knows {} at most: start the newer strata that wrote it",
            all.len()
        )));
    }
    Ok(version)
}

/// Runs those of `all` that the database behind `tx` has not seen; the caller commits.
pub(super) fn migrate(tx: &mut Tx, dialect: &Dialect, all: &[&str]) -> Result<()> {
    let stands = version(tx, dialect, all)?;
    if stands == all.len() {
        return Ok(());
    }
    tx.script(
        &dialect
            .translate("CREATE TABLE IF NOT EXISTS versions (version {number} NOT NULL) {table};"),
    )?;
    for sql in all.iter().skip(stands) {
        tx.script(&dialect.translate(sql))?;
    }
    tx.run("DELETE FROM versions", &[])?;
    tx.run(
        "INSERT INTO versions (version) VALUES (?1)",
        &[Value::Int(all.len() as i64)],
    )?;
    Ok(())
}
