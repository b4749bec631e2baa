//! For whom a change is a change: what each class of viewers saw of an item, beside what it sees now.

use super::lens::BUSY;
use super::{Disclosure, Door, Relation, Setting, rules};
use crate::model::{Class, Face, Instant, Layer, Masked, Shown, Stir, Visibilities, Visibility};

/// One state of an item: its face, and the tag of its text.
pub type State<'s> = (&'s Face, &'s str);

/// The classes that see a difference; `None`: the item is not there. What delegates see is kept from the first share of a
/// layer on.
pub fn stirs(layer: &Layer, setting: &Setting, was: Option<State>, is: Option<State>) -> Vec<Stir> {
    let mut stirs = Vec::new();
    for class in Class::ALL {
        let (relation, ..) = viewpoint(class);
        if relation == Relation::Delegate && !layer.shared {
            continue;
        }
        let before = seen(class, setting, layer.visibility, was);
        let after = seen(class, setting, layer.visibility, is);
        if before != after {
            stirs.push(Stir {
                class,
                was: shown(before),
                is: shown(after),
            });
        }
    }
    stirs
}

/// What tells one rendering from another, for those who see one.
fn seen<'s>(
    class: Class,
    setting: &'s Setting,
    layer: Visibility,
    state: Option<State<'s>>,
) -> Option<Seen<'s>> {
    let (face, tag) = state?;
    let (relation, door, included) = viewpoint(class);
    let masked = |masked: Masked, label| Rendering::Masked(masked.hash, masked.at, label);
    // Whether the server lets anybody in without a name changes nothing for those who have one.
    let disclosure = rules::included(included, relation, door, layer, face.marks, true);
    let rendering = match disclosure {
        Disclosure::Hidden => return None,
        Disclosure::Busy => masked(face.busy?, BUSY),
        Disclosure::Generic => masked(face.generic?, &setting.label),
        Disclosure::Full => match face.dressed.filter(|_| door == Door::View) {
            Some(dressed) => Rendering::Dressed(dressed.hash),
            None => Rendering::Whole(tag),
        },
    };
    let sort = (class == Class::DelegatePart).then(|| {
        let bar = rules::bar_alone(relation, door, &face.marks);
        (face.marks.effective(layer), bar == Disclosure::Busy)
    });
    Some(Seen {
        rendering,
        sort,
        named: door == Door::Layer && !face.aside,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen<'s> {
    rendering: Rendering<'s>,
    /// Where views of the class include different sorts: to which of them it belongs, and whether its bar shows where that is
    /// left out.
    sort: Option<(Visibility, bool)>,
    /// What is seen in full is seen under its own name.
    named: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rendering<'s> {
    Masked([u8; 16], Instant, &'s str),
    Whole(&'s str),
    Dressed([u8; 16]),
}

fn shown(seen: Option<Seen>) -> Shown {
    match seen {
        None => Shown::Not,
        Some(Seen {
            rendering: Rendering::Whole(_),
            named: true,
            ..
        }) => Shown::Whole,
        Some(_) => Shown::Masked,
    }
}

/// Those who see the same of every item; `None`: the owner.
pub fn class(relation: Relation, door: Door, included: Visibilities) -> Option<Class> {
    let includes = |visibility| included.contains(visibility);
    Some(match (relation, door) {
        (Relation::Owner, _) => return None,
        (Relation::Delegate, Door::Layer) => Class::Delegate,
        (Relation::Delegate, Door::View) if included == Visibilities::ALL => Class::DelegateView,
        (Relation::Delegate, Door::View) => Class::DelegatePart,
        (Relation::Friend, Door::Layer) => Class::Friend,
        (Relation::Friend, Door::View) => {
            match (includes(Visibility::Public), includes(Visibility::Friends)) {
                (true, true) => Class::FriendView,
                (true, false) => Class::FriendViewPublic,
                (false, true) => Class::FriendViewFriends,
                (false, false) => Class::FriendViewBars,
            }
        }
        (Relation::Account | Relation::Anonymous, Door::Layer) => Class::Public,
        (Relation::Account | Relation::Anonymous, Door::View) => Class::PublicView,
    })
}

fn viewpoint(class: Class) -> (Relation, Door, Visibilities) {
    let all = Visibilities::ALL;
    let only = |visibility| Visibilities::default().and(visibility);
    let friend = |included| (Relation::Friend, Door::View, included);
    match class {
        Class::Delegate => (Relation::Delegate, Door::Layer, all),
        Class::DelegateView | Class::DelegatePart => (Relation::Delegate, Door::View, all),
        Class::Friend => (Relation::Friend, Door::Layer, all),
        Class::FriendView => friend(all),
        Class::FriendViewPublic => friend(only(Visibility::Public)),
        Class::FriendViewFriends => friend(only(Visibility::Friends)),
        Class::FriendViewBars => friend(Visibilities::default()),
        Class::Public => (Relation::Account, Door::Layer, all),
        Class::PublicView => (Relation::Account, Door::View, all),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Marks;

    /// Everybody in a class sees what was noted for it, whatever their view includes.
    #[test]
    fn a_class_is_those_who_see_the_same() {
        let sets = (0..8).map(|bits: u8| {
            let picked = Visibility::ALL.into_iter().enumerate();
            picked
                .filter(|(place, _)| bits & 1 << place != 0)
                .fold(Visibilities::default(), |set, (_, it)| set.and(it))
        });
        for included in sets {
            for relation in Relation::ALL {
                let Some(class) = class(relation, Door::View, included) else {
                    continue;
                };
                let (of, door, noted) = viewpoint(class);
                assert_eq!(door, Door::View);
                let excused = class == Class::DelegatePart
                    || class == Class::PublicView && !included.contains(Visibility::Public);
                for bits in 0..1 << 13 {
                    let Some(marks) = Marks::from_bits(bits).filter(|_| !excused) else {
                        continue;
                    };
                    for layer in Visibility::ALL {
                        let seen = |relation, set| {
                            rules::included(set, relation, door, layer, marks, true)
                        };
                        assert_eq!(
                            seen(relation, included),
                            seen(of, noted),
                            "{class:?} {marks:?}"
                        );
                    }
                }
            }
        }
    }
}
