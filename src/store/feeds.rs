//! Sources and who subscribes to them. The address of a source is here in sealed form alone.

use super::engine::Row;
use super::{Result, Tx, jobs};
use crate::model::*;
pub use crate::secret::Sealed;

/// The kind of work that fetches a source; its subject is the source.
pub const WORK: &str = "feed";

/// Reasons that are kept of items that were not taken.
pub const MOST_REASONS: usize = 50;

/// An address that somebody wants.
#[derive(Clone)]
pub struct NewSource {
    pub digest: [u8; 32],
    pub address: Sealed,
    pub shown: String,
}

/// One address, and what is known of what stands there.
#[derive(Clone)]
pub struct Source {
    pub id: SourceId,
    pub digest: Vec<u8>,
    pub address: Sealed,
    pub shown: String,
    pub etag: Option<String>,
    pub modified: Option<String>,
    pub hash: Option<Vec<u8>>,
    pub version: i64,
    /// Seconds that its publisher asks for.
    pub pause: Option<Instant>,
}

/// The source of an address, made when it is new, and fetched at once either way.
pub fn source_of(tx: &mut Tx, new: &NewSource, now: Instant) -> Result<SourceId> {
    tx.run(
        "INSERT INTO sources (digest, address, shown, created) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (digest) DO NOTHING",
        &[
            new.digest.as_slice().into(),
            new.address.bytes().into(),
            (&new.shown).into(),
            now.into(),
        ],
    )?;
    // Locked, so that nobody forgets it before somebody subscribes.
    let id = tx.first(
        "SELECT id FROM sources WHERE digest = ?1 /* FOR UPDATE */",
        &[new.digest.as_slice().into()],
        |row| row.int(0),
    )?;
    let id = SourceId(super::drawn(id)?);
    jobs::want(tx, WORK, id.0, now)?;
    Ok(id)
}

pub fn source(tx: &mut Tx, id: SourceId) -> Result<Option<Source>> {
    tx.first(
        "SELECT id, digest, address, shown, etag, modified, hash, version, pause FROM sources WHERE id = ?1",
        &[id.0.into()],
        |row| {
            Ok(Source {
                id: SourceId(row.int(0)?),
                digest: row.blob(1)?.to_vec(),
                address: Sealed::from_bytes(row.blob(2)?),
                shown: row.string(3)?,
                etag: row.opt_string(4)?,
                modified: row.opt_string(5)?,
                hash: row.opt_blob(6)?.map(<[u8]>::to_vec),
                version: row.int(7)?,
                pause: row.opt_int(8)?,
            })
        },
    )
}

/// What an answer says of a source.
pub fn note_answer(tx: &mut Tx, source: &Source) -> Result<()> {
    tx.run(
        "UPDATE sources SET etag = ?2, modified = ?3, hash = ?4, version = ?5, pause = ?6 WHERE id = ?1",
        &[
            source.id.0.into(),
            source.etag.as_deref().into(),
            source.modified.as_deref().into(),
            source.hash.as_deref().into(),
            source.version.into(),
            source.pause.into(),
        ],
    )?;
    Ok(())
}

/// A source that nobody subscribes to, not even with a layer in the trash, is forgotten. Answers whether it was.
pub fn forget_unwanted(tx: &mut Tx, source: SourceId) -> Result<bool> {
    tx.first(
        "SELECT id FROM sources WHERE id = ?1 /* FOR UPDATE */",
        &[source.0.into()],
        |_| Ok(()),
    )?;
    let gone = tx.run(
        "DELETE FROM sources WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM feeds WHERE source = ?1)",
        &[source.0.into()],
    )?;
    Ok(gone > 0)
}

macro_rules! feeds {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, l.owner, f.layer, l.name, l.display_name, f.source, s.shown, f.pause, f.status, f.error,
                    f.version, f.missing, f.tried, f.succeeded, f.asked, j.due, l.items, f.refused, f.reasons,
                    f.created, f.updated
             FROM feeds f JOIN layers l ON l.id = f.layer JOIN sources s ON s.id = f.source
                          LEFT JOIN jobs j ON j.kind = 'feed' AND j.subject = f.source
             WHERE l.deleted IS NULL AND ",
            $rest
        )
    };
}

pub fn add(
    tx: &mut Tx,
    layer: LayerId,
    source: SourceId,
    pause: Pause,
    now: Instant,
) -> Result<FeedId> {
    let id = tx.first(
        "INSERT INTO feeds (layer, source, pause, status, created, updated) VALUES (?1, ?2, ?3, 'pending', ?4, ?4)
         RETURNING id",
        &[
            layer.0.into(),
            source.0.into(),
            pause.word().into(),
            now.into(),
        ],
        |row| row.int(0),
    )?;
    super::drawn(id).map(FeedId)
}

pub fn of_owner(tx: &mut Tx, owner: UserId) -> Result<Vec<Feed>> {
    tx.list(
        feeds!("l.owner = ?1 ORDER BY f.id"),
        &[owner.0.into()],
        feed,
    )
}

pub fn by_id(tx: &mut Tx, id: FeedId) -> Result<Option<Feed>> {
    tx.first(feeds!("f.id = ?1"), &[id.0.into()], feed)
}

pub fn of_layer(tx: &mut Tx, layer: LayerId) -> Result<Option<Feed>> {
    tx.first(feeds!("f.layer = ?1"), &[layer.0.into()], feed)
}

/// Those who are to have what a source says: neither with a layer in the trash nor of an account that is disabled.
pub fn of_source(tx: &mut Tx, source: SourceId) -> Result<Vec<Feed>> {
    tx.list(
        feeds!("f.source = ?1 AND EXISTS (SELECT 1 FROM users u WHERE u.id = l.owner AND u.disabled = 0) ORDER BY f.id"),
        &[source.0.into()],
        feed,
    )
}

pub fn set_pause(tx: &mut Tx, feed: FeedId, pause: Pause, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE feeds SET pause = ?2, updated = ?3 WHERE id = ?1",
        &[feed.0.into(), pause.word().into(), now.into()],
    )?;
    Ok(())
}

/// Another address: what stands in the layer stays until that one has answered.
pub fn set_source(tx: &mut Tx, feed: FeedId, source: SourceId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE feeds SET source = ?2, version = 0, missing = '', status = 'pending', error = NULL, updated = ?3
         WHERE id = ?1",
        &[feed.0.into(), source.0.into(), now.into()],
    )?;
    Ok(())
}

pub fn note_asked(tx: &mut Tx, feed: FeedId, now: Instant) -> Result<()> {
    tx.run(
        "UPDATE feeds SET asked = ?2 WHERE id = ?1",
        &[feed.0.into(), now.into()],
    )?;
    Ok(())
}

/// How a fetch went for one subscription.
pub fn note_outcome(tx: &mut Tx, feed: &Feed) -> Result<()> {
    tx.run(
        "UPDATE feeds SET status = ?2, error = ?3, version = ?4, missing = ?5, tried = ?6, succeeded = ?7, refused = ?8,
                          reasons = ?9, updated = ?10
         WHERE id = ?1 AND source = ?11",
        &[
            feed.id.0.into(),
            feed.status.word().into(),
            feed.error.as_deref().into(),
            feed.version.into(),
            (&feed.missing.join("\n")).into(),
            feed.tried.into(),
            feed.succeeded.into(),
            i64::try_from(feed.refused).unwrap_or(i64::MAX).into(),
            (&written(&feed.reasons)).into(),
            feed.updated.into(),
            feed.source.0.into(),
        ],
    )?;
    Ok(())
}

fn feed(row: &Row) -> Result<Feed> {
    Ok(Feed {
        id: FeedId(row.int(0)?),
        owner: UserId(row.int(1)?),
        layer: LayerId(row.int(2)?),
        layer_name: row.string(3)?,
        display_name: row.string(4)?,
        source: SourceId(row.int(5)?),
        shown: row.string(6)?,
        pause: row.word(7, Pause::named)?,
        status: row.word(8, FeedStatus::named)?,
        error: row.opt_string(9)?,
        version: row.int(10)?,
        missing: row.text(11)?.lines().map(str::to_owned).collect(),
        tried: row.opt_int(12)?,
        succeeded: row.opt_int(13)?,
        asked: row.opt_int(14)?,
        next: row.opt_int(15)?,
        items: row.size(16)?,
        refused: row.size(17)?,
        reasons: row.text(18)?.lines().filter_map(reason).collect(),
        created: row.int(19)?,
        updated: row.int(20)?,
    })
}

/// Line, reason and UID, with tabs between and none inside.
fn written(reasons: &[RefusedItem]) -> String {
    let plain = |text: &str| -> String {
        let chars = text.chars().take(300);
        chars
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    };
    let lines = reasons.iter().take(MOST_REASONS).map(|it| {
        let uid = it.uid.as_deref().unwrap_or_default();
        format!("{}\t{}\t{}", it.line, plain(&it.why), plain(uid))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn reason(line: &str) -> Option<RefusedItem> {
    let mut parts = line.splitn(3, '\t');
    Some(RefusedItem {
        line: parts.next()?.parse().ok()?,
        why: parts.next()?.to_owned(),
        uid: parts
            .next()
            .filter(|uid| !uid.is_empty())
            .map(str::to_owned),
    })
}
