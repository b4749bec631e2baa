//! The rules themselves: what a viewer sees of an item, by what they are to its owner, the layer, and the marks of the
//! item. Everything here is arithmetic on small values, and tests/privacy_rules.rs holds it against a table.

use crate::ical::mask::Outline;
use crate::model::{Audience, Details, Marks, Sort, Visibilities, Visibility};

/// What a viewer is to the owner of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    Owner,
    /// The owner shared the layer with them to read or to write. Who was given free-busy alone is none.
    Delegate,
    Friend,
    /// Any other account.
    Account,
    Anonymous,
}

/// What an item is reached through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The layer itself, at its owner's address or where a share stands.
    Layer,
    /// A friend view or a shared view.
    View,
}

/// How much of an item a viewer sees, from nothing to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disclosure {
    /// It is not there.
    Hidden,
    /// When it takes time, and nothing else.
    Busy,
    /// When it takes place, with a label in place of every word.
    Generic,
    Full,
}

impl Relation {
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Delegate,
        Self::Friend,
        Self::Account,
        Self::Anonymous,
    ];
}

impl Door {
    pub const ALL: [Self; 2] = [Self::Layer, Self::View];
}

/// What a viewer sees of an item. `anonymous`: the server lets people read who have not said who they are.
pub fn disclosure(
    relation: Relation,
    door: Door,
    layer: Visibility,
    marks: Marks,
    anonymous: bool,
) -> Disclosure {
    if !is_there(relation, door, layer, &marks, anonymous) {
        return bar_alone(relation, door, &marks);
    }
    if sees_details(relation, marks.details) {
        return in_detail(relation, &marks);
    }
    if marks.outline == Outline::Bar && marks.sort != Sort::Reminder {
        Disclosure::Busy
    } else {
        Disclosure::Hidden
    }
}

/// The same where items of some visibilities are left out, but for the bars of time blocks.
pub fn included(
    included: Visibilities,
    relation: Relation,
    door: Door,
    layer: Visibility,
    marks: Marks,
    anonymous: bool,
) -> Disclosure {
    if included.contains(marks.effective(layer)) {
        disclosure(relation, door, layer, marks, anonymous)
    } else {
        bar_alone(relation, door, &marks)
    }
}

/// An item that is wider than its layer is reached through views alone: a layer is opened by its own visibility.
fn is_there(
    relation: Relation,
    door: Door,
    layer: Visibility,
    marks: &Marks,
    anonymous: bool,
) -> bool {
    let visibility = match door {
        Door::Layer => marks.effective(layer).min(layer),
        Door::View => marks.effective(layer),
    };
    match relation {
        Relation::Owner | Relation::Delegate => true,
        Relation::Friend => visibility >= Visibility::Friends,
        Relation::Account => visibility == Visibility::Public,
        Relation::Anonymous => visibility == Visibility::Public && anonymous,
    }
}

/// A time block lets friends plan around it, though they may not know where it comes from. Whom a layer is shared with sees no
/// less of it where a view leaves it out.
pub(super) fn bar_alone(relation: Relation, door: Door, marks: &Marks) -> Disclosure {
    let shows = matches!(relation, Relation::Friend | Relation::Delegate)
        && door == Door::View
        && marks.sort == Sort::TimeBlock
        && marks.outline == Outline::Bar
        && !marks.explicitly_private;
    if shows {
        Disclosure::Busy
    } else {
        Disclosure::Hidden
    }
}

fn sees_details(relation: Relation, details: Details) -> bool {
    match relation {
        Relation::Owner => true,
        Relation::Delegate | Relation::Friend => details != Details::Nobody,
        Relation::Account | Relation::Anonymous => details == Details::Everyone,
    }
}

/// Sensitivity turns what would be whole into the generic rendering; what has none, a task or a journal entry, is then
/// not there.
fn in_detail(relation: Relation, marks: &Marks) -> Disclosure {
    let own = relation == Relation::Owner && !marks.platform;
    match (marks.sensitive && !own, marks.outline) {
        (false, _) => Disclosure::Full,
        (true, Outline::None) => Disclosure::Hidden,
        (true, Outline::Free | Outline::Bar) => Disclosure::Generic,
    }
}

/// What the holder of a feed's link sees of an item of a layer that the feed shows: as if its audience asked, where layers come
/// together. What leaves this way goes to a machine that nobody has signed in to, so that what is sensitive is generic even in
/// its owner's own feed.
pub fn published(audience: Audience, layer: Visibility, marks: Marks) -> Disclosure {
    match audience {
        Audience::Owner => in_detail(Relation::Delegate, &marks),
        Audience::Friends => disclosure(Relation::Friend, Door::View, layer, marks, false),
        Audience::Everyone => disclosure(Relation::Account, Door::View, layer, marks, false),
        Audience::Busy if marks.outline == Outline::Bar && marks.sort != Sort::Reminder => {
            Disclosure::Busy
        }
        Audience::Busy => Disclosure::Hidden,
    }
}

/// Does going from one to the other show anyone more of the item, in whatever layer it is? Only its owner may do that.
///
/// When it takes time is left aside: that is what writers write.
pub fn widens(from: Marks, to: Marks) -> bool {
    let mut layers = Visibility::ALL.into_iter();
    layers.any(|layer| shows_more((layer, from), (layer, to)))
}

/// The same of an item that goes from a layer to another.
pub fn shows_more(from: (Visibility, Marks), to: (Visibility, Marks)) -> bool {
    let from = (
        from.0,
        Marks {
            outline: to.1.outline,
            ..from.1
        },
    );
    let others = Relation::ALL
        .into_iter()
        .filter(|relation| *relation != Relation::Owner);
    others
        .flat_map(|relation| Door::ALL.map(|door| (relation, door)))
        .any(|(relation, door)| {
            let seen = |(layer, marks)| disclosure(relation, door, layer, marks, true);
            seen(to) > seen(from)
        })
}
