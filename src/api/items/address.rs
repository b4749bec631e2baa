//! What an item is called: where it stands, as one word, and which occurrence of it is meant.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::problem::Result;
use crate::calendar::{Access, Collection, OccurrenceId, Refusal};

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Whose home; `None`: the home of the account that asks.
    pub home: Option<String>,
    pub layer: String,
    pub name: String,
    /// One occurrence; `None`: the item as a whole.
    pub at: Option<OccurrenceId>,
}

/// Between an item and its occurrence; no item holds it.
const AT: char = '~';

impl Address {
    /// The address of an item of a collection, as the account `me` names it.
    pub fn of(me: &str, collection: &Collection, name: &str, at: Option<OccurrenceId>) -> Self {
        let home = collection.owner.name.as_str();
        Self {
            home: (home != me).then(|| home.to_owned()),
            layer: collection.layer.name.clone(),
            name: name.to_owned(),
            at,
        }
    }

    /// `None`: no address is written so.
    pub fn parse(id: &str) -> Option<Self> {
        let (item, at) = match id.split_once(AT) {
            Some((item, at)) => (item, Some(occurrence(at)?)),
            None => (id, None),
        };
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(item).ok()?).ok()?;
        let parts: Vec<&str> = decoded.split('\0').collect();
        let (home, layer, name) = match parts[..] {
            [layer, name] => (None, layer, name),
            [home, layer, name] => (Some(home.to_owned()), layer, name),
            _ => return None,
        };
        Some(Self {
            home,
            layer: layer.to_owned(),
            name: name.to_owned(),
            at,
        })
    }

    /// The same for another occurrence, or for the item as a whole.
    #[must_use]
    pub fn at(self, at: Option<OccurrenceId>) -> Self {
        Self { at, ..self }
    }

    /// The collection that it names.
    pub fn collection(&self, access: &mut Access) -> Result<Collection> {
        let me = access.me()?;
        let home = self.home.as_deref().unwrap_or(&me.name);
        // The account's own home is never named: an item has one address.
        if self.home.as_deref() == Some(me.name.as_str()) {
            return Err(Refusal::NotFound.into());
        }
        Ok(access.collection(home, &self.layer)?)
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let home = self.home.as_ref().map(|home| format!("{home}\0"));
        let item = format!("{}{}\0{}", home.unwrap_or_default(), self.layer, self.name);
        f.write_str(&URL_SAFE_NO_PAD.encode(item))?;
        match &self.at {
            Some(at) => write!(f, "{AT}{at}"),
            None => Ok(()),
        }
    }
}

/// `20261121T090000Z`, `20261121T090000` or `20261121`, and no other way to write it.
pub fn occurrence(text: &str) -> Option<OccurrenceId> {
    OccurrenceId::parse(text).filter(|at| at.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_word() {
        for at in ["", "~20261121T090000Z", "~20261121T090000", "~20261121"] {
            for home in [None, Some("bob".to_owned())] {
                let address = Address {
                    home,
                    layer: "personal".into(),
                    name: "a b~c.ics".into(),
                    at: occurrence(at.trim_start_matches('~')),
                };
                let id = address.to_string();
                assert!(id.ends_with(at), "{id}");
                assert_eq!(Address::parse(&id), Some(address));
            }
        }
        for id in [
            "",
            "x",
            "~",
            "cGVyc29uYWw",
            "YQBi~x",
            "YQBi~20261121t090000z",
            "YQBi=",
        ] {
            assert_eq!(Address::parse(id), None, "{id}");
        }
    }
}
