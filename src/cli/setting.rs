//! `strata user set`: what an account has settled about itself.

use std::io::{self, Write};
use std::str::FromStr;

use super::house;
use crate::model::FreeBusyTo;
use crate::store::{Store, accounts, relations};

/// `KEY=VALUE`, found good.
#[derive(Clone)]
pub enum Setting {
    DisplayName(String),
    FreeBusyTo(FreeBusyTo),
    HideDisabled(bool),
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("display_name", name)) if !name.trim().is_empty() => {
                Ok(Self::DisplayName(name.trim().to_owned()))
            }
            Some(("display_name", _)) => Err("an account has a name".to_owned()),
            Some(("free_busy_to", word)) => FreeBusyTo::named(word)
                .map(Self::FreeBusyTo)
                .ok_or_else(|| "free_busy_to is nobody, friends or everyone".to_owned()),
            Some(("hide_disabled", "true")) => Ok(Self::HideDisabled(true)),
            Some(("hide_disabled", "false")) => Ok(Self::HideDisabled(false)),
            Some(("hide_disabled", _)) => Err("hide_disabled is true or false".to_owned()),
            Some(_) => Err("the keys are display_name, free_busy_to, hide_disabled".to_owned()),
            None => Err("it is KEY=VALUE".to_owned()),
        }
    }
}

pub fn apply(store: &Store, name: &str, settings: &[Setting]) -> anyhow::Result<()> {
    store.write(|tx| {
        let user = house::user(tx, name)?;
        for setting in settings {
            match setting {
                Setting::DisplayName(text) => accounts::set_display_name(tx, user.id, text)?,
                Setting::FreeBusyTo(to) => relations::set_free_busy_to(tx, user.id, *to)?,
                Setting::HideDisabled(hides) => accounts::set_hides_disabled(tx, user.id, *hides)?,
            }
        }
        anyhow::Ok(())
    })?;
    Ok(writeln!(io::stdout(), "changed the account {name}")?)
}
