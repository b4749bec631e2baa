//! Reads from the text of an item what decides who sees it: the X-STRATA properties, and CLASS for clients that know
//! nothing of them. Whatever cannot be understood counts as the strictest there is.

use crate::ical::{Component, Object, mask};
use crate::model::{Details, Kept, KeptPatch, Marks, Sort, Stricter, Visibility};

pub const VISIBILITY: &str = "X-STRATA-VISIBILITY";
pub const DETAILS: &str = "X-STRATA-DETAILS-TO";
pub const SORT: &str = "X-STRATA-TYPE";
pub const SENSITIVE: &str = "X-STRATA-SENSITIVE";

/// What the text says in so many words of the item as a whole: what its master says, or, of overrides alone, what all
/// of them say, the strictest of it; and what it says of its overrides. One without any says that there is nothing to say.
pub fn kept(object: &Object) -> Kept {
    let (master, overrides) = components(object);
    let kept = match master {
        Some(master) => explicit(&master),
        None => overrides
            .iter()
            .map(explicit)
            .reduce(common)
            .unwrap_or_default(),
    };
    let told = overrides
        .iter()
        .map(explicit)
        .fold(Stricter::default(), strictest);
    let says = overrides.is_empty() || told != Stricter::default();
    Kept {
        overrides: says.then_some(told),
        ..kept
    }
}

/// A word of `FALSE` for what is sensitive narrows nothing.
fn strictest(told: Stricter, own: Kept) -> Stricter {
    fn min<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
        one.into_iter().chain(other).min()
    }
    Stricter {
        visibility: min(told.visibility, own.visibility),
        details: min(told.details, own.details),
        sort: min(told.sort, own.sort),
        sensitive: told.sensitive || own.sensitive == Some(true),
    }
}

/// What all components come to. `kept` is what stays with the resource after this text: [`kept`] merged into what was
/// there before, or the owner's word since; of the master's own properties nothing else counts.
pub fn marks(object: &Object, kept: &Kept) -> Marks {
    let (master, overrides) = components(object);
    let implied = master.as_ref().map(implied).unwrap_or_default();
    let mut marks = Marks {
        visibility: kept.visibility.or(implied.visibility),
        explicitly_private: kept.visibility == Some(Visibility::Private),
        details: kept.details.or(implied.details).unwrap_or_default(),
        sort: kept.sort.unwrap_or_default(),
        sensitive: kept.sensitive.unwrap_or_default(),
        outline: mask::outline(object),
        ..Marks::default()
    };
    for component in &overrides {
        narrow(&mut marks, component);
    }
    // What an override has once been told stays, as a client drops what it does not know.
    if let Some(told) = kept.overrides.filter(|_| !overrides.is_empty()) {
        marks.at_most = marks
            .at_most
            .min(told.visibility.unwrap_or(Visibility::Public));
        marks.details = marks.details.min(told.details.unwrap_or(marks.details));
        marks.sort = marks.sort.min(told.sort.unwrap_or(marks.sort));
        marks.sensitive |= told.sensitive;
        marks.explicitly_private |= told.visibility == Some(Visibility::Private);
    }
    marks
}

/// "An override takes the stricter of the master's and its own, and a rendering covers every component."
fn narrow(marks: &mut Marks, component: &Component<'_>) {
    let own = explicit(component);
    let implied = implied(component);
    if let Some(visibility) = own.visibility.or(implied.visibility) {
        marks.at_most = marks.at_most.min(visibility);
    }
    if let Some(details) = own.details.or(implied.details) {
        marks.details = marks.details.min(details);
    }
    if let Some(sort) = own.sort {
        marks.sort = marks.sort.min(sort);
    }
    marks.sensitive |= own.sensitive == Some(true);
    marks.explicitly_private |= own.visibility == Some(Visibility::Private);
}

/// The master, and all that can only make it stricter: overrides, and what no object should hold beside it.
fn components(object: &Object) -> (Option<Component<'_>>, Vec<Component<'_>>) {
    let mut master = None;
    let mut others = Vec::new();
    for component in object.components() {
        let is_master = component.property("RECURRENCE-ID").is_none()
            && crate::ical::COMPONENTS
                .iter()
                .any(|name| component.is(name));
        if is_master && master.is_none() {
            master = Some(component);
        } else if !component.is("VTIMEZONE") {
            others.push(component);
        }
    }
    (master, others)
}

/// What is kept once its owner has taken words back, which `after` says no more: those of one occurrence, where `before` is
/// what it was taken back from, else those of all. What other overrides have been told stays, also where a client has dropped
/// it since and nobody can say whose it was.
pub fn taken_back(kept: Kept, patch: &KeptPatch, before: Option<&Object>, after: &Object) -> Kept {
    let (master, overrides) = components(after);
    let of_one = before.is_some() && master.is_some();
    let left = if of_one { kept } else { kept.patched(patch) };
    let own: Vec<Kept> = overrides.iter().map(explicit).collect();
    let told = |own: &[Kept]| own.iter().copied().fold(Stricter::default(), strictest);
    let now = told(&own);
    let was = before.map(|before| {
        let own: Vec<Kept> = components(before).1.iter().map(explicit).collect();
        told(&own)
    });
    let mut held = left.overrides.unwrap_or_default();
    let others = |is_silent: fn(&Kept) -> bool| own.iter().filter(|it| is_silent(it)).count() > 1;
    let silent = others(|it| it.visibility.is_none());
    if patch.visibility == Some(None)
        && was.is_none_or(|was| was.visibility == held.visibility || !silent)
    {
        held.visibility = now.visibility;
    }
    let silent = others(|it| it.details.is_none());
    if patch.details == Some(None) && was.is_none_or(|was| was.details == held.details || !silent) {
        held.details = now.details;
    }
    Kept {
        overrides: Some(held).filter(|it| *it != Stricter::default()),
        ..left
    }
}

/// What the X- properties of one component say.
fn explicit(component: &Component<'_>) -> Kept {
    Kept {
        visibility: said(component, VISIBILITY, |value| {
            Visibility::named(value).unwrap_or(Visibility::Private)
        }),
        details: said(component, DETAILS, |value| {
            Details::named(value).unwrap_or(Details::Nobody)
        }),
        sort: said(component, SORT, |value| {
            Sort::named(value).unwrap_or(Sort::Reminder)
        }),
        // Anything but FALSE is TRUE, and TRUE wins.
        sensitive: said(component, SENSITIVE, |value| {
            value.eq_ignore_ascii_case("FALSE")
        })
        .map(|harmless| !harmless),
        overrides: None,
    }
}

/// What CLASS implies (RFC 5545 section 3.8.1.3: an unknown value is "the same way as they would the PRIVATE value").
/// PUBLIC is written by default in many clients, and so implies nothing.
fn implied(component: &Component<'_>) -> Kept {
    let said = said(component, "CLASS", |value| {
        match value.to_ascii_uppercase().as_str() {
            "PUBLIC" => 2,
            "CONFIDENTIAL" => 1,
            _ => 0,
        }
    });
    Kept {
        visibility: (said == Some(0)).then_some(Visibility::Private),
        details: matches!(said, Some(0 | 1)).then_some(Details::Nobody),
        ..Kept::default()
    }
}

/// The strictest, which is the least, of what the properties of a name say.
fn said<T: Ord>(component: &Component<'_>, name: &str, read: impl Fn(&str) -> T) -> Option<T> {
    component
        .properties_named(name)
        .map(|property| read(property.text().trim()))
        .min()
}

/// What both say, the stricter of it; of what one leaves open nothing is common but that it is sensitive.
fn common(one: Kept, other: Kept) -> Kept {
    fn stricter<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
        Some(one?.min(other?))
    }
    Kept {
        visibility: stricter(one.visibility, other.visibility),
        details: stricter(one.details, other.details),
        sort: stricter(one.sort, other.sort),
        sensitive: one.sensitive.max(other.sensitive),
        overrides: None,
    }
}
