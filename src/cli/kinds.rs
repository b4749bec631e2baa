//! `strata layer kinds`: what the platform keeps, and what of it an account wants to see.

use std::io::{self, Write};
use std::str::FromStr;

use anyhow::bail;

use super::table;
use crate::calendar::system::KindChoice;
use crate::calendar::{self, Calendars, Refusal};
use crate::model::SystemKind;
use crate::privacy::Viewer;

/// `KIND=on` or `KIND=off`.
#[derive(Clone)]
pub struct Choice {
    kind: SystemKind,
    wanted: bool,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, word) = text.split_once('=').ok_or("it is KIND=on or KIND=off")?;
        let kind = SystemKind::named(&kind.replace('-', "_"));
        let kind = kind.ok_or("a kind is called as its section of [system]")?;
        match word {
            "on" => Ok(Self { kind, wanted: true }),
            "off" => Ok(Self {
                kind,
                wanted: false,
            }),
            _ => Err("it is on or off".to_owned()),
        }
    }
}

/// Says what there is after the choices were made: all of them, or none.
pub fn choose(
    calendars: &Calendars,
    viewer: &Viewer,
    choices: &[Choice],
    json: bool,
) -> anyhow::Result<()> {
    let kinds = calendars.write(viewer, |access| {
        for choice in choices {
            match access.choose_kind(&choice.kind, choice.wanted) {
                Err(calendar::Error::Refused(Refusal::BadValue(why))) => bail!("{why}"),
                done => done?,
            }
        }
        Ok(access.kinds()?)
    })?;
    if json {
        let kinds: Vec<_> = kinds.iter().map(as_json).collect();
        let text = serde_json::to_string_pretty(&kinds)?;
        return Ok(writeln!(io::stdout(), "{text}")?);
    }
    let row = |it: &KindChoice| {
        let shown = if it.wanted { "on" } else { "off" };
        [
            it.kind.as_str().to_owned(),
            it.title.clone(),
            shown.to_owned(),
        ]
    };
    let rows: Vec<_> = kinds.iter().map(row).collect();
    Ok(table::print(["KIND", "NAME", "SHOWN"], &rows)?)
}

fn as_json(choice: &KindChoice) -> serde_json::Value {
    serde_json::json!({
        "kind": choice.kind.as_str(), "name": choice.title, "color": choice.color, "shown": choice.wanted,
    })
}
