//! Layers, a row each; below, the names of those that are gone, and what is the system's own.

use super::engine::Row;
use super::{Error, Result, Tx, overlays};
use crate::model::*;

mod former;
mod system;
pub(super) use former::remember;
pub use former::{FormerName, gone};
pub use system::{switch_system, system_kinds, want_system};

#[derive(Clone, Debug)]
pub struct NewLayer {
    pub owner: UserId,
    pub name: String,
    pub kind: LayerKind,
    pub display_name: String,
    pub color: Option<String>,
    pub order: Option<i64>,
    pub visibility: Visibility,
    pub enabled: bool,
    pub description: Option<String>,
    pub timezone: Option<String>,
    pub timezone_id: Option<String>,
    pub components: Components,
    pub transparent: bool,
    pub mount: Option<Mount>,
    /// Of a layer of the system.
    pub system: Option<SystemKind>,
    pub now: Instant,
}

impl NewLayer {
    /// As a layer is when its maker says no more than its name.
    pub fn named(owner: UserId, name: &str, now: Instant) -> Self {
        Self {
            owner,
            name: name.to_owned(),
            kind: LayerKind::User,
            display_name: name.to_owned(),
            color: None,
            order: None,
            visibility: Visibility::Private,
            enabled: true,
            description: None,
            timezone: None,
            timezone_id: None,
            components: Components::USUAL,
            transparent: false,
            mount: None,
            system: None,
            now,
        }
    }

    /// As another layer of the same owner, but private until its owner says otherwise, and the owner's to write to.
    pub fn like(layer: &Layer, name: &str, now: Instant) -> Self {
        Self {
            display_name: layer.display_name.clone(),
            color: layer.color.clone(),
            order: layer.order,
            enabled: layer.enabled,
            description: layer.description.clone(),
            timezone: layer.timezone.clone(),
            timezone_id: layer.timezone_id.clone(),
            components: layer.components,
            transparent: layer.transparent,
            ..Self::named(layer.owner, name, now)
        }
    }
}

/// The columns that [`layer`] reads.
macro_rules! layers {
    ($rest:literal) => {
        concat!(
            "SELECT id, owner, name, kind, display_name, color, place, visibility, enabled, description, \
             timezone, timezone_id, components, transparent, created, number, revision, epoch, items, \
             mount_kind, mount_id, rules, shared, kept, alarms, system_kind FROM layers ",
            $rest
        )
    };
}
use layers;

/// `None`: the name is taken.
pub fn create(tx: &mut Tx, new: &NewLayer) -> Result<Option<Layer>> {
    let epoch = random_epoch()?;
    let mount = new.mount.map(written);
    let id = tx.first(
        "INSERT INTO layers (owner, name, kind, display_name, color, place, visibility, enabled, description,
                             timezone, timezone_id, components, transparent, created, epoch,
                             mount_kind, mount_id, system_kind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
         ON CONFLICT DO NOTHING RETURNING id",
        &[
            new.owner.0.into(),
            (&new.name).into(),
            new.kind.name().into(),
            (&new.display_name).into(),
            new.color.as_deref().into(),
            new.order.into(),
            new.visibility.word().into(),
            new.enabled.into(),
            new.description.as_deref().into(),
            new.timezone.as_deref().into(),
            new.timezone_id.as_deref().into(),
            (&new.components.to_text()).into(),
            new.transparent.into(),
            new.now.into(),
            epoch.into(),
            mount.map(|(kind, _)| kind).into(),
            mount.map(|(_, id)| id).into(),
            new.system.as_ref().map(SystemKind::as_str).into(),
        ],
        |row| row.int(0).map(LayerId),
    )?;
    let Some(id) = id else { return Ok(None) };
    // It opens with the home that it is made in.
    tx.run(
        "UPDATE layers SET shared = 1 WHERE id = ?1 AND
             (EXISTS (SELECT 1 FROM shares s WHERE s.owner = ?2 AND s.layer IS NULL AND s.access <> 'free-busy')
              OR EXISTS (SELECT 1 FROM proxies p WHERE p.owner = ?2))",
        &[id.0.into(), new.owner.0.into()],
    )?;
    by_id(tx, id)
}

/// By order, then id; those without an order last.
pub fn of_owner(tx: &mut Tx, owner: UserId) -> Result<Vec<Layer>> {
    tx.list(
        layers!(
            "WHERE owner = ?1 AND deleted IS NULL AND hidden = 0 ORDER BY place IS NULL, place, id"
        ),
        &[owner.0.into()],
        layer,
    )
}

pub fn find(tx: &mut Tx, owner: UserId, name: &str) -> Result<Option<Layer>> {
    tx.first(
        layers!("WHERE owner = ?1 AND name = ?2 AND deleted IS NULL AND hidden = 0"),
        &[owner.0.into(), name.into()],
        layer,
    )
}

pub fn by_id(tx: &mut Tx, id: LayerId) -> Result<Option<Layer>> {
    tx.first(
        layers!("WHERE id = ?1 AND deleted IS NULL AND hidden = 0"),
        &[id.0.into()],
        layer,
    )
}

/// The same, even when it is in the trash: for what keeps indexes right.
pub fn by_id_or_discarded(tx: &mut Tx, id: LayerId) -> Result<Option<Layer>> {
    tx.first(layers!("WHERE id = ?1"), &[id.0.into()], layer)
}

/// A layer that nobody else writes to for now, and its running sums.
pub(super) struct Locked {
    pub layer: Layer,
    pub items: u64,
    /// Bytes of what is kept of its items.
    pub kept: i64,
}

/// The same with its sums, keeping other writers away until the transaction ends.
pub(super) fn lock(tx: &mut Tx, id: LayerId) -> Result<Option<Locked>> {
    tx.first(
        layers!("WHERE id = ?1 AND deleted IS NULL AND hidden = 0 /* FOR UPDATE */"),
        &[id.0.into()],
        |row| {
            Ok(Locked {
                layer: layer(row)?,
                items: row.size(18)?,
                kept: row.int(23)?,
            })
        },
    )
}

/// Writes every settable field of `layer` but its name, and raises `revision`; answers the new revision.
pub fn update(tx: &mut Tx, layer: &Layer) -> Result<i64> {
    let stands = tx.first(
        "UPDATE layers SET display_name = ?2, color = ?3, place = ?4, visibility = ?5, enabled = ?6,
                           description = ?7, timezone = ?8, timezone_id = ?9, components = ?10, transparent = ?11,
                           alarms = ?12,
                           revision = revision + 1,
                           rules = rules + CASE WHEN visibility = ?5 THEN 0 ELSE 1 END
         WHERE id = ?1 RETURNING revision, rules",
        &[
            layer.id.0.into(),
            (&layer.display_name).into(),
            layer.color.as_deref().into(),
            layer.order.into(),
            layer.visibility.word().into(),
            layer.enabled.into(),
            layer.description.as_deref().into(),
            layer.timezone.as_deref().into(),
            layer.timezone_id.as_deref().into(),
            (&layer.components.to_text()).into(),
            layer.transparent.into(),
            layer.alarms.word().into(),
        ],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )?;
    let (revision, rules) =
        stands.ok_or_else(|| Error::Fault(format!("layer {} is gone", layer.id.0)))?;
    if rules != layer.rules {
        super::audiences::forget(tx, layer.id)?;
    }
    Ok(revision)
}

/// Notes when a layer's own properties were changed.
pub fn touch(tx: &mut Tx, layer: LayerId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE layers SET updated = ?2 WHERE id = ?1",
        &[layer.0.into(), now.into()],
    )?;
    Ok(())
}

/// When the properties of each layer in a home were changed last; of those that never were, when they were made.
pub fn times(tx: &mut Tx, owner: UserId) -> Result<Vec<(LayerId, Instant)>> {
    tx.list(
        "SELECT id, CASE WHEN updated = 0 THEN created ELSE updated END FROM layers WHERE owner = ?1",
        &[owner.0.into()],
        |row| Ok((LayerId(row.int(0)?), row.int(1)?)),
    )
}

/// Another name in the same home; the old one is remembered as gone and `revision` raised. `false`: the name is taken.
pub fn rename(tx: &mut Tx, layer: LayerId, name: &str, now: Instant) -> Result<bool> {
    let Some(Locked { layer: stands, .. }) = lock(tx, layer)? else {
        return Err(Error::Fault(format!("layer {} is gone", layer.0)));
    };
    if stands.name == name {
        return Ok(true);
    }
    if find(tx, stands.owner, name)?.is_some() {
        return Ok(false);
    }
    remember(tx, &stands, now)?;
    former::forget(tx, &stands, name)?;
    tx.run(
        "UPDATE layers SET name = ?2, revision = revision + 1 WHERE id = ?1",
        &[layer.0.into(), name.into()],
    )?;
    Ok(true)
}

/// Items, dead properties, tombstones and the layer itself go for good; its name is remembered for the home's sync. With a
/// share goes what its sharee kept for themselves on the items.
pub fn delete(tx: &mut Tx, layer: LayerId, now: Instant) -> Result<()> {
    if let Some(Locked { layer: stands, .. }) = lock(tx, layer)? {
        remember(tx, &stands, now)?;
        tx.run("DELETE FROM layers WHERE id = ?1", &[layer.0.into()])?;
        if matches!(stands.mount, Some(Mount::Share(_))) {
            overlays::forget_left(tx, stands.owner)?;
        }
    }
    Ok(())
}

/// `(items, bytes)` of all layers in the home of an owner, kept as running sums.
pub fn usage(tx: &mut Tx, owner: UserId) -> Result<(u64, u64)> {
    let (mut items, mut bytes) = (0u64, 0u64);
    tx.rows(
        "SELECT items, bytes FROM layers WHERE owner = ?1 AND deleted IS NULL AND hidden = 0",
        &[owner.0.into()],
        |row| {
            items = items.saturating_add(row.size(0)?);
            bytes = bytes.saturating_add(row.size(1)?);
            Result::Ok(())
        },
    )?;
    Ok((items, bytes))
}

fn layer(row: &Row) -> Result<Layer> {
    Ok(Layer {
        id: LayerId(row.int(0)?),
        owner: UserId(row.int(1)?),
        name: row.string(2)?,
        kind: row.word(3, LayerKind::named)?,
        display_name: row.string(4)?,
        color: row.opt_string(5)?,
        order: row.opt_int(6)?,
        visibility: row.word(7, Visibility::named)?,
        enabled: row.flag(8)?,
        description: row.opt_string(9)?,
        timezone: row.opt_string(10)?,
        timezone_id: row.opt_string(11)?,
        components: row.word(12, Components::from_text)?,
        transparent: row.flag(13)?,
        created: row.int(14)?,
        number: row.int(15)?,
        revision: row.int(16)?,
        epoch: row.int(17)?,
        mount: mount(row)?,
        rules: row.int(21)?,
        shared: row.flag(22)?,
        alarms: row.word(24, Alarms::named)?,
        system: row.opt_text(25)?.and_then(SystemKind::named),
    })
}

fn mount(row: &Row) -> Result<Option<Mount>> {
    let (Some(kind), Some(id)) = (row.opt_text(19)?, row.opt_int(20)?) else {
        return Ok(None);
    };
    Ok(match kind {
        "share" => Some(Mount::Share(ShareId(id))),
        "friend" => Some(Mount::Friend(UserId(id))),
        "view" => Some(Mount::View(ViewId(id))),
        "handed" => Some(Mount::Handed(UserId(id))),
        other => return Err(Error::Fault(format!("a layer shows a {other}"))),
    })
}

fn written(mount: Mount) -> (&'static str, i64) {
    match mount {
        Mount::Share(id) => ("share", id.0),
        Mount::Friend(id) => ("friend", id.0),
        Mount::View(id) => ("view", id.0),
        Mount::Handed(id) => ("handed", id.0),
    }
}

/// The rows in all homes that show the same thing.
pub fn mounting(tx: &mut Tx, mount: Mount) -> Result<Vec<Layer>> {
    let (kind, id) = written(mount);
    tx.list(
        layers!("WHERE mount_kind = ?1 AND mount_id = ?2 ORDER BY id"),
        &[kind.into(), id.into()],
        layer,
    )
}

/// The stored layers of all who have accepted a view, by id.
pub(super) fn of_members(tx: &mut Tx, view: ViewId) -> Result<Vec<Layer>> {
    tx.list(
        layers!(
            "WHERE owner IN (SELECT user_id FROM view_members WHERE view = ?1 AND state = 'accepted')
             AND mount_kind IS NULL AND deleted IS NULL AND hidden = 0 ORDER BY id"
        ),
        &[view.0.into()],
        layer,
    )
}

/// The system's layers of every account of a view's groups, by id.
pub(super) fn of_roles(tx: &mut Tx, view: ViewId) -> Result<Vec<Layer>> {
    tx.list(
        layers!(
            "WHERE owner IN (SELECT m.user_id FROM view_groups g JOIN members m ON m.group_id = g.group_id
                             WHERE g.view = ?1)
             AND kind = 'system' AND mount_kind IS NULL AND deleted IS NULL AND hidden = 0 ORDER BY id"
        ),
        &[view.0.into()],
        layer,
    )
}

/// From now on it is kept what delegates see of a layer; tokens of before say nothing about it.
pub fn share(tx: &mut Tx, layer: LayerId) -> Result<()> {
    tx.run(
        "UPDATE layers SET shared = 1, rules = rules + 1 WHERE id = ?1 AND shared = 0",
        &[layer.0.into()],
    )?;
    Ok(())
}

/// The same of every layer of an owner.
pub fn share_all(tx: &mut Tx, owner: UserId) -> Result<()> {
    tx.run(
        "UPDATE layers SET shared = 1, rules = rules + 1 WHERE owner = ?1 AND shared = 0",
        &[owner.0.into()],
    )?;
    Ok(())
}

/// Never negative, so that it reads well in a token.
pub(super) fn random_epoch() -> Result<i64> {
    let bits = getrandom::u64()
        .map_err(|error| Error::Fault(format!("the system gives no random numbers: {error}")))?;
    Ok((bits >> 1) as i64)
}
