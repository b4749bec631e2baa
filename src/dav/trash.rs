//! The trash in its addresses: deleted items at `17.ics`, deleted layers at `L3/` with what was in them, and below
//! `history/LAYER/ITEM/` what the items of calendars that stand were before.

use super::error::Result;
use super::resource::Kind;
use crate::calendar::{Access, DeletedLayer, Former, Need, Trash};

/// The name of the trash in its home: no calendar can have it.
pub const TRASH: &str = "trash";

/// The name of the past of what stands, in the trash.
pub const HISTORY: &str = "history";

/// A place in the trash, whether anything lies there or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Whole,
    /// A deleted item, by its name in the trash.
    Item(String),
    /// A deleted layer, by its number.
    Layer(i64),
    /// An item of a deleted layer, by its name there.
    OfLayer(i64, String),
    History,
    /// The items of a layer that have a past.
    HistoryOf(String),
    /// The versions of an item of a layer.
    Versions(String, String),
    /// One of them, by its name there.
    Version(String, String, String),
}

impl Place {
    /// The segments below the trash itself; `None`: nothing can ever lie there.
    pub fn read(names: &[&str]) -> Option<Self> {
        let owned = |name: &str| name.to_owned();
        Some(match names {
            [] => Self::Whole,
            [HISTORY] => Self::History,
            [HISTORY, layer] => Self::HistoryOf(owned(layer)),
            [HISTORY, layer, item] => Self::Versions(owned(layer), owned(item)),
            [HISTORY, layer, item, name] => Self::Version(owned(layer), owned(item), owned(name)),
            [name] => match layer_number(name) {
                Some(number) => Self::Layer(number),
                None => Self::Item(owned(name)),
            },
            [layer, name] => Self::OfLayer(layer_number(layer)?, owned(name)),
            _ => return None,
        })
    }

    pub fn segments(&self) -> Vec<String> {
        let history = |names: &[&String]| {
            let mut all = vec![HISTORY.to_owned()];
            all.extend(names.iter().map(|name| (*name).clone()));
            all
        };
        match self {
            Self::Whole => Vec::new(),
            Self::Item(name) => vec![name.clone()],
            Self::Layer(number) => vec![layer_name(*number)],
            Self::OfLayer(number, name) => vec![layer_name(*number), name.clone()],
            Self::History => history(&[]),
            Self::HistoryOf(layer) => history(&[layer]),
            Self::Versions(layer, item) => history(&[layer, item]),
            Self::Version(layer, item, name) => history(&[layer, item, name]),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Whole | Self::History | Self::HistoryOf(_) | Self::Versions(..) => Kind::Trash,
            Self::Item(_) => Kind::Deleted,
            Self::Layer(_) => Kind::DeletedLayer,
            Self::OfLayer(..) | Self::Version(..) => Kind::Former,
        }
    }
}

/// What a deleted layer is called in the trash, as on the command line.
pub fn layer_name(number: i64) -> String {
    format!("L{number}")
}

fn layer_number(name: &str) -> Option<i64> {
    let number = name.strip_prefix('L')?.parse::<i64>().ok()?;
    (number >= 0 && layer_name(number) == name).then_some(number)
}

/// What lies at a place.
#[derive(Debug)]
pub enum Lying {
    /// The trash, or a folder of the past: what it holds is listed when it is asked for.
    Folder(Place),
    Item(Box<Former>),
    Layer(DeletedLayer),
    /// An item of a deleted layer, or an earlier version of one: read and copied, and nothing else.
    Former(Box<Former>),
}

impl Lying {
    pub fn at(access: &mut Access, trash: &Trash, place: &Place, need: Need) -> Result<Self> {
        Ok(match place {
            Place::Whole | Place::History => Self::Folder(place.clone()),
            Place::HistoryOf(layer) => {
                access.items_with_past(trash, layer)?;
                Self::Folder(place.clone())
            }
            Place::Versions(layer, item) => {
                access.has_past(trash, (layer, item))?;
                Self::Folder(place.clone())
            }
            Place::Item(name) => Self::Item(access.deleted(trash, name, need)?.into()),
            Place::Layer(number) => Self::Layer(access.deleted_layer(trash, *number)?),
            Place::OfLayer(number, name) => {
                Self::Former(access.of_deleted_layer(trash, *number, name, need)?.into())
            }
            Place::Version(layer, item, name) => {
                let version = access.past_version(trash, (layer, item), name, need)?;
                Self::Former(version.into())
            }
        })
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Folder(_) => Kind::Trash,
            Self::Item(_) => Kind::Deleted,
            Self::Layer(_) => Kind::DeletedLayer,
            Self::Former(_) => Kind::Former,
        }
    }

    /// The item, where it is one.
    pub fn former(&self) -> Option<&Former> {
        match self {
            Self::Item(former) | Self::Former(former) => Some(former),
            Self::Folder(_) | Self::Layer(_) => None,
        }
    }

    pub fn title(&self) -> Option<&str> {
        match self {
            Self::Folder(Place::Whole) => Some("Trash"),
            Self::Folder(Place::History) => Some("History"),
            Self::Folder(Place::HistoryOf(name) | Place::Versions(_, name)) => Some(name),
            Self::Layer(layer) => Some(&layer.display_name),
            _ => None,
        }
    }

    /// May what lies there, or directly in it, be taken out of the trash?
    pub fn is_taken_out(&self) -> bool {
        matches!(self, Self::Folder(Place::Whole) | Self::Item(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_read_as_it_is_written() {
        let text = |text: &str| text.to_owned();
        for place in [
            Place::Whole,
            Place::Item(text("17.ics")),
            Place::Item(text("L03")),
            Place::Item(text("L-3")),
            Place::Layer(3),
            Place::OfLayer(3, text("a b.ics")),
            Place::History,
            Place::HistoryOf(text("L3")),
            Place::Versions(text("work"), text("history")),
            Place::Version(text("work"), text("a.ics"), text("12.ics")),
        ] {
            let segments = place.segments();
            let names: Vec<&str> = segments.iter().map(String::as_str).collect();
            assert_eq!(Place::read(&names), Some(place));
        }
        for names in [
            &["17.ics", "x"][..],
            &["L03", "x"],
            &["L3", "x", "y"],
            &["history", "a", "b", "c", "d"],
        ] {
            assert_eq!(Place::read(names), None, "{names:?}");
        }
    }
}
