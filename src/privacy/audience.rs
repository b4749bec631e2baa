//! For whom a change is a change: what each class of viewers saw of an item, beside what it sees now.

use super::lens::BUSY;
use super::{Disclosure, Door, Relation, Setting, rules};
use crate::model::{Class, Face, Instant, Layer, Masked, Shown, Stir, Visibility};

/// One state of an item: its face, and the tag of its text.
pub type State<'s> = (&'s Face, &'s str);

/// The classes that see a difference; `None`: the item is not there. What delegates see is kept from the first share of a
/// layer on.
pub fn stirs(layer: &Layer, setting: &Setting, was: Option<State>, is: Option<State>) -> Vec<Stir> {
    let mut stirs = Vec::new();
    for class in Class::ALL {
        if class == Class::Delegate && !layer.shared {
            continue;
        }
        let before = seen(class, setting, layer.visibility, was);
        let after = seen(class, setting, layer.visibility, is);
        if before != after {
            stirs.push(Stir {
                class,
                was: shown(class, before),
                is: shown(class, after),
            });
        }
    }
    stirs
}

/// What tells one rendering from another, for those who see one; in a view, also to which of the sorts that it may include
/// the item belongs.
fn seen<'s>(
    class: Class,
    setting: &'s Setting,
    layer: Visibility,
    state: Option<State<'s>>,
) -> Option<(Option<Visibility>, Seen<'s>)> {
    let (face, tag) = state?;
    let (relation, door) = viewpoint(class);
    let sort = (door == Door::View).then(|| face.marks.effective(layer));
    let masked = |masked: Masked, label| Seen::Masked(masked.hash, masked.at, label);
    // Whether the server lets anybody in without a name changes nothing for those who have one.
    let seen = match rules::disclosure(relation, door, layer, face.marks, true) {
        Disclosure::Hidden => return None,
        Disclosure::Busy => masked(face.busy?, BUSY),
        Disclosure::Generic => masked(face.generic?, &setting.label),
        Disclosure::Full => match face.dressed.filter(|_| door == Door::View) {
            Some(dressed) => Seen::Dressed(dressed.hash),
            None => Seen::Whole(tag),
        },
    };
    Some((sort, seen))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen<'s> {
    Masked([u8; 16], Instant, &'s str),
    Whole(&'s str),
    Dressed([u8; 16]),
}

/// In a view every name is a pseudonym.
fn shown(class: Class, seen: Option<(Option<Visibility>, Seen)>) -> Shown {
    let (_, door) = viewpoint(class);
    match seen {
        None => Shown::Not,
        Some((_, Seen::Whole(_))) if door == Door::Layer => Shown::Whole,
        Some(_) => Shown::Masked,
    }
}

fn viewpoint(class: Class) -> (Relation, Door) {
    match class {
        Class::Delegate => (Relation::Delegate, Door::Layer),
        Class::Friend => (Relation::Friend, Door::Layer),
        Class::FriendView => (Relation::Friend, Door::View),
        Class::Public => (Relation::Account, Door::Layer),
        Class::PublicView => (Relation::Account, Door::View),
    }
}
