//! `strata user set`: what an account has settled about itself.

use std::io::{self, Write};
use std::str::FromStr;

use anyhow::bail;

use super::house;
use super::user::check_address;
use crate::model::FreeBusyTo;
use crate::store::{Store, accounts, addresses, relations};

/// `KEY=VALUE`, found good.
#[derive(Clone)]
pub enum Setting {
    DisplayName(String),
    FreeBusyTo(FreeBusyTo),
    HideDisabled(bool),
    /// Mail addresses, the preferred one first.
    Emails(Vec<String>),
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
            Some(("email", list)) => emails(list).map(Self::Emails),
            Some(_) => {
                Err("the keys are display_name, email, free_busy_to, hide_disabled".to_owned())
            }
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
                Setting::Emails(list) => {
                    if !addresses::set(tx, user.id, list)? {
                        bail!("one of these addresses belongs to another account");
                    }
                }
            }
        }
        anyhow::Ok(())
    })?;
    Ok(writeln!(io::stdout(), "changed the account {name}")?)
}

/// By commas; nothing takes them away.
fn emails(list: &str) -> Result<Vec<String>, String> {
    let all = list.split(',').map(str::trim).filter(|it| !it.is_empty());
    let all: Vec<String> = all.map(str::to_owned).collect();
    let wrong = all.iter().find_map(|it| check_address(it).err());
    match wrong {
        Some(error) => Err(error.to_string()),
        None => Ok(all),
    }
}
