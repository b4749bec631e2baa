//! The rules themselves: one pure function from who asks, at which door, for what, to how much of it they see.

use crate::model::{Bar, Component, Layer, Visibility};

/// What a viewer is to the owner of a layer, the closest relation that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Nobody has said who they are.
    Anonymous,
    /// Any other signed-in account.
    Account,
    /// An accepted friendship.
    Friend,
    /// The owner shared this layer with the viewer, to be read or written.
    Delegate,
    Owner,
}

/// Through which kind of collection is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The layer itself.
    Layer,
    /// A friend view or a shared view, into which items come from any layer.
    View,
}

/// Who sees the details of an item (`X-STRATA-DETAILS-TO`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Details {
    Nobody,
    #[default]
    Friends,
    Everyone,
}

/// What an item is to its owner (`X-STRATA-TYPE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    #[default]
    Event,
    TimeBlock,
    Reminder,
}

/// `CLASS`, for clients that know nothing of our properties (RFC 5545 section 3.8.1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// None, or `PUBLIC`: implies nothing, as many clients write it by default.
    #[default]
    Silent,
    Confidential,
    /// Also every value that is not known.
    Private,
}

/// What an item says about who may see it: the strictest over its components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marks {
    pub component: Component,
    /// `X-STRATA-VISIBILITY`; `None` inherits the layer's.
    pub visibility: Option<Visibility>,
    /// `X-STRATA-DETAILS-TO`; `None` leaves it to `CLASS` and the default.
    pub details: Option<Details>,
    pub sort: Sort,
    pub sensitive: bool,
    pub class: Class,
    /// Of the component that blocks most.
    pub bar: Bar,
}

/// How much of an item a viewer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disclosure {
    Hidden,
    /// Its time and nothing else.
    Busy,
    /// Its time and the generic label of sensitive items.
    Generic,
    Full,
}

/// May the layer be known to exist, as a collection of its own?
pub fn admits(relation: Relation, layer: &Layer, anonymous: bool) -> bool {
    sees(relation, layer.visibility, anonymous)
}

/// How much of an item of this layer this relation sees through this door.
pub fn disclosure(relation: Relation, door: Door, layer: &Layer, marks: &Marks, anonymous: bool) -> Disclosure {
    if relation == Relation::Owner {
        return Disclosure::Full;
    }
    if door == Door::Layer && !admits(relation, layer, anonymous) {
        return Disclosure::Hidden;
    }
    if sees(relation, effective_visibility(layer, marks), anonymous) {
        return match (sees_details(relation, effective_details(marks)), marks.sensitive) {
            (true, true) => Disclosure::Generic,
            (true, false) => Disclosure::Full,
            (false, _) => bar(marks),
        };
    }
    if door == Door::View && relation >= Relation::Friend && shows_its_bar_to_friends(marks) {
        return bar(marks);
    }
    Disclosure::Hidden
}

/// Step 1: the table of privacy by visibility.
fn sees(relation: Relation, visibility: Visibility, anonymous: bool) -> bool {
    match visibility {
        Visibility::Private => relation >= Relation::Delegate,
        Visibility::Friends => relation >= Relation::Friend,
        Visibility::Public => relation >= Relation::Account || anonymous,
    }
}

/// Step 2: the table of details.
fn sees_details(relation: Relation, details: Details) -> bool {
    match details {
        Details::Nobody => false,
        Details::Friends => relation >= Relation::Friend,
        Details::Everyone => true,
    }
}

/// An explicit property wins over what `CLASS` implies, and both over the layer.
fn effective_visibility(layer: &Layer, marks: &Marks) -> Visibility {
    match (marks.visibility, marks.class) {
        (Some(visibility), _) => visibility,
        (None, Class::Private) => Visibility::Private,
        (None, _) => layer.visibility,
    }
}

fn effective_details(marks: &Marks) -> Details {
    match (marks.details, marks.class) {
        (Some(details), _) => details,
        (None, Class::Confidential | Class::Private) => Details::Nobody,
        (None, Class::Silent) => Details::default(),
    }
}

/// A time block shows its bar whatever its layer says; only an explicit override hides it, `CLASS` alone does not.
fn shows_its_bar_to_friends(marks: &Marks) -> bool {
    marks.sort == Sort::TimeBlock && marks.visibility != Some(Visibility::Private)
}

/// What is left without details: a bar, for what has one.
fn bar(marks: &Marks) -> Disclosure {
    let has_bar = marks.bar.blocks()
        && marks.sort != Sort::Reminder
        && matches!(marks.component, Component::Event | Component::FreeBusy | Component::Availability);
    if has_bar { Disclosure::Busy } else { Disclosure::Hidden }
}
