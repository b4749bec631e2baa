//! What others may come to see of an item, reckoned when it is written, so that no listing has to read its text.

use crate::ical::Object;
use crate::ical::dress::{self, Alarms, Attire};
use crate::ical::mask::{self, Dress, Measure};
use crate::model::{Face, Instant, Kept, Masked};
use crate::privacy::marks;

/// As long as every UID that stands in a rendering.
const UID: &str = "00000000000000000000000000000000";

/// `kept` is what the owner has set, the words of this text merged into it; `before` is what stood there.
pub(super) fn face(object: &Object, kept: Kept, before: Option<&Face>, now: Instant) -> Face {
    let marks = marks::marks(object, &kept);
    let busy = masked(object, false, before.and_then(|it| it.busy), now);
    let generic = marks
        .sensitive
        .then(|| masked(object, true, before.and_then(|it| it.generic), now))
        .flatten();
    Face {
        marks,
        kept,
        busy,
        generic,
        dressed: Some(dressed(object, before.and_then(|it| it.dressed), now)),
        aside: before.is_some_and(|it| it.aside),
    }
}

/// As views show it, but for what each of them puts onto it.
fn dressed(object: &Object, before: Option<Masked>, now: Instant) -> Masked {
    let attire = Attire {
        uid: Some(UID),
        prefix: "",
        color: None,
        alarms: Alarms::Without,
    };
    let text = dress::dress(object, &attire);
    let measure = Measure {
        bytes: text.len() as u64,
        events: 0,
    };
    noted(&text, measure, before, now)
}

fn masked(
    object: &Object,
    with_free: bool,
    before: Option<Masked>,
    now: Instant,
) -> Option<Masked> {
    let dress = Dress {
        uid: UID,
        label: "",
        stamp: 0,
        with_free,
    };
    let text = mask::mask(object, &dress)?;
    Some(noted(&text, Measure::of(&text, &dress), before, now))
}

/// A rendering that comes out as before was made when the one before was.
fn noted(text: &[u8], measure: Measure, before: Option<Masked>, now: Instant) -> Masked {
    let whole = blake3::hash(text);
    let mut hash = [0; 16];
    hash.copy_from_slice(whole.as_bytes().first_chunk().unwrap_or(&[0; 16]));
    let masked = Masked {
        hash,
        size: u32::try_from(measure.bytes).unwrap_or(u32::MAX),
        events: u32::try_from(measure.events).unwrap_or(u32::MAX),
        at: now,
    };
    before
        .filter(|before| before.same(&masked))
        .unwrap_or(masked)
}
