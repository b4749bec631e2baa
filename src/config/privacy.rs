//! Who finds whom, and what stands in place of what is hidden.

use serde::{Deserialize, Serialize};

use super::check::Rule;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    pub directory: Directory,
    pub anonymous: bool,
    pub label: String,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            directory: Directory::Accounts,
            anonymous: false,
            label: "Busy".to_owned(),
        }
    }
}

/// Whom a signed-in account may find by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Directory {
    Accounts,
    #[serde(rename = "self")]
    Own,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Views {
    pub prefix: String,
}

impl Default for Views {
    fn default() -> Self {
        Self {
            prefix: "{name}: ".to_owned(),
        }
    }
}

/// It stands in calendar data as it is, whatever it stands in place of.
pub(super) fn is_plain(label: &str) -> bool {
    let is_plain = |char: char| char.is_alphanumeric() || " -.".contains(char);
    (1..=60).contains(&label.len()) && label.chars().all(is_plain)
}

impl Privacy {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![(
            "privacy.label",
            is_plain(&self.label),
            "must be 1 to 60 letters, digits, spaces, '-' or '.'",
        )]
    }
}

impl Views {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![(
            "views.prefix",
            self.prefix.len() <= 60 && !self.prefix.contains(char::is_control),
            "must be at most 60 characters of one line",
        )]
    }
}
