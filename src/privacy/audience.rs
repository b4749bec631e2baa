//! For whom a change is a change: what each class of viewers saw of an item, beside what it sees now.

use super::{Disclosure, Door, Relation, rules};
use crate::model::{Class, Face, Layer, Shown, Stir, Visibility};

/// One state of an item: its face, and the tag of its text.
pub type State<'s> = (&'s Face, &'s str);

/// The classes that see a difference; `None`: the item is not there. What delegates see is kept from the first share of a
/// layer on.
pub fn stirs(layer: &Layer, was: Option<State>, is: Option<State>) -> Vec<Stir> {
    let mut stirs = Vec::new();
    for class in Class::ALL {
        if class == Class::Delegate && !layer.shared {
            continue;
        }
        let before = seen(class, layer.visibility, was);
        let after = seen(class, layer.visibility, is);
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

/// How much, and what tells one rendering from another.
fn seen<'s>(
    class: Class,
    layer: Visibility,
    state: Option<State<'s>>,
) -> Option<(Disclosure, Key<'s>)> {
    let (face, tag) = state?;
    let (relation, door) = viewpoint(class);
    // Whether the server lets anybody in without a name changes nothing for those who have one.
    match rules::disclosure(relation, door, layer, face.marks, true) {
        Disclosure::Hidden => None,
        Disclosure::Busy => Some((Disclosure::Busy, Key::Masked(face.busy?.hash))),
        Disclosure::Generic => Some((Disclosure::Generic, Key::Masked(face.generic?.hash))),
        Disclosure::Full => Some((Disclosure::Full, Key::Whole(tag))),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key<'s> {
    Masked([u8; 16]),
    Whole(&'s str),
}

/// In a view every name is a pseudonym.
fn shown(class: Class, seen: Option<(Disclosure, Key)>) -> Shown {
    let (_, door) = viewpoint(class);
    match seen {
        None => Shown::Not,
        Some((Disclosure::Full, _)) if door == Door::Layer => Shown::Whole,
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
