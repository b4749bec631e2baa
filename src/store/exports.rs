//! Links that show an account's layers to whoever holds them. Of a link's secret there is a hash.

use super::engine::Row;
use super::{Result, Tx};
use crate::model::{Audience, Export, ExportId, Instant, LayerId, Reach, Sorts, Terms, UserId};

macro_rules! exports {
    ($rest:literal) => {
        concat!(
            "SELECT e.id, e.user_id, e.label, e.audience, e.every_layer, e.sorts, e.months_back, e.months_ahead,
                    e.created, e.last_used FROM exports e ",
            $rest
        )
    };
}

pub fn create(
    tx: &mut Tx,
    owner: UserId,
    token_hash: &[u8],
    terms: &Terms,
    now: Instant,
) -> Result<ExportId> {
    let id = tx.first(
        "INSERT INTO exports (user_id, label, token_hash, audience, every_layer, sorts, months_back, months_ahead, created)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id",
        &[
            owner.0.into(),
            (&terms.label).into(),
            token_hash.into(),
            terms.audience.word().into(),
            terms.layers.is_none().into(),
            terms.sorts.bits().into(),
            terms.reach.map(|reach| i64::from(reach.back)).into(),
            terms.reach.map(|reach| i64::from(reach.ahead)).into(),
            now.into(),
        ],
        |row| row.int(0),
    )?;
    let id = super::drawn(id).map(ExportId)?;
    choose(tx, id, terms)?;
    Ok(id)
}

/// Other terms from now on, under the same secret. `false`: it is gone.
pub fn update(tx: &mut Tx, id: ExportId, terms: &Terms) -> Result<bool> {
    let changed = tx.run(
        "UPDATE exports SET label = ?2, audience = ?3, every_layer = ?4, sorts = ?5, months_back = ?6, months_ahead = ?7
         WHERE id = ?1",
        &[
            id.0.into(),
            (&terms.label).into(),
            terms.audience.word().into(),
            terms.layers.is_none().into(),
            terms.sorts.bits().into(),
            terms.reach.map(|reach| i64::from(reach.back)).into(),
            terms.reach.map(|reach| i64::from(reach.ahead)).into(),
        ],
    )?;
    tx.run(
        "DELETE FROM export_layers WHERE export = ?1",
        &[id.0.into()],
    )?;
    choose(tx, id, terms)?;
    Ok(changed > 0)
}

fn choose(tx: &mut Tx, id: ExportId, terms: &Terms) -> Result<()> {
    for layer in terms.layers.iter().flatten() {
        tx.run(
            "INSERT INTO export_layers (export, layer) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &[id.0.into(), layer.0.into()],
        )?;
    }
    Ok(())
}

/// What a secret opens.
pub fn by_hash(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Export>> {
    let found = tx.first(
        exports!("WHERE e.token_hash = ?1"),
        &[token_hash.into()],
        export,
    )?;
    found.map(|export| with_layers(tx, export)).transpose()
}

pub fn by_id(tx: &mut Tx, id: ExportId) -> Result<Option<Export>> {
    let found = tx.first(exports!("WHERE e.id = ?1"), &[id.0.into()], export)?;
    found.map(|export| with_layers(tx, export)).transpose()
}

/// Those of an account, the oldest first.
pub fn of(tx: &mut Tx, owner: UserId) -> Result<Vec<Export>> {
    let all = tx.list(
        exports!("WHERE e.user_id = ?1 ORDER BY e.id"),
        &[owner.0.into()],
        export,
    )?;
    all.into_iter().map(|it| with_layers(tx, it)).collect()
}

pub fn count(tx: &mut Tx, owner: UserId) -> Result<u64> {
    let count = tx.first(
        "SELECT COUNT(*) FROM exports WHERE user_id = ?1",
        &[owner.0.into()],
        |row| row.size(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// `false`: it is gone already.
pub fn revoke(tx: &mut Tx, id: ExportId) -> Result<bool> {
    Ok(tx.run("DELETE FROM exports WHERE id = ?1", &[id.0.into()])? > 0)
}

pub fn used(tx: &mut Tx, id: ExportId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE exports SET last_used = ?2 WHERE id = ?1",
        &[id.0.into(), now.into()],
    )?;
    Ok(())
}

fn with_layers(tx: &mut Tx, mut export: Export) -> Result<Export> {
    if let Some(layers) = &mut export.terms.layers {
        *layers = tx.list(
            "SELECT layer FROM export_layers WHERE export = ?1 ORDER BY layer",
            &[export.id.0.into()],
            |row| row.int(0).map(LayerId),
        )?;
    }
    Ok(export)
}

fn export(row: &Row) -> Result<Export> {
    let months =
        |column| Ok::<_, super::Error>(row.opt_int(column)?.and_then(|it| it.try_into().ok()));
    let reach = match (months(6)?, months(7)?) {
        (Some(back), Some(ahead)) => Some(Reach { back, ahead }),
        _ => None,
    };
    let sorts = Sorts::from_bits(row.int(5)?);
    Ok(Export {
        id: ExportId(row.int(0)?),
        owner: UserId(row.int(1)?),
        terms: Terms {
            label: row.string(2)?,
            audience: row.word(3, Audience::named)?,
            layers: (!row.flag(4)?).then(Vec::new),
            sorts: sorts.unwrap_or(Sorts::of([])),
            reach,
        },
        created: row.int(8)?,
        last_used: row.opt_int(9)?,
    })
}
