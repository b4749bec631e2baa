//! `strata layer`: the layers of an account, through the same acts as WebDAV, so that its devices see what changed.

use std::io::{self, Write};
use std::str::FromStr;

use anyhow::bail;
use clap::{Subcommand, ValueEnum};

use super::kinds::{self, Choice};
use super::{house, table};
use crate::calendar::{self, Access, Calendars, Collection, LayerPatch, Refusal};
use crate::config::Config;
use crate::ical::Zone;
use crate::model::{Components, Visibility};
use crate::privacy::Viewer;

#[derive(Subcommand)]
pub enum Command {
    /// List the layers of an account
    List {
        user: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Make a layer, private at first
    Add {
        user: String,
        /// What stands in the URL
        layer: String,
        /// What people read [default: what stands in the URL]
        #[arg(long, value_name = "S")]
        name: Option<String>,
        /// What it holds [default: VEVENT,VTODO,VJOURNAL]
        #[arg(long, value_name = "VEVENT,VTODO", value_parser = components)]
        components: Option<Components>,
    },
    /// Change a layer: name, color, order, visibility, enabled, transparent, timezone, description
    Set {
        user: String,
        layer: String,
        /// Nothing after `=` takes a colour, an order, a time zone or a description away
        #[arg(required = true, value_name = "KEY=VALUE")]
        settings: Vec<Setting>,
    },
    /// Put a layer into the trash with its items; `strata trash` brings it back
    Remove { user: String, layer: String },
    /// What the platform keeps, and what of it the account shows; its layers come back as they were
    Kinds {
        user: String,
        #[arg(value_name = "KIND=on|off")]
        choices: Vec<Choice>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        let (Self::List { user, .. }
        | Self::Add { user, .. }
        | Self::Set { user, .. }
        | Self::Remove { user, .. }
        | Self::Kinds { user, .. }) = &self;
        let owner = Owner {
            viewer: house::acting(&store, user)?,
            name: user.clone(),
            calendars: house::calendars(config, store)?,
        };
        match self {
            Self::List { json, .. } => owner.list(json),
            Self::Add {
                layer,
                name,
                components,
                ..
            } => owner.add(&layer, name, components),
            Self::Set {
                layer, settings, ..
            } => owner.set(&layer, &settings),
            Self::Remove { layer, .. } => owner.remove(&layer),
            Self::Kinds { choices, json, .. } => {
                kinds::choose(&owner.calendars, &owner.viewer, &choices, json)
            }
        }
    }
}

/// The account whose layers they are, and who acts as it.
struct Owner {
    calendars: Calendars,
    viewer: Viewer,
    name: String,
}

impl Owner {
    fn list(&self, json: bool) -> anyhow::Result<()> {
        let home = self.calendars.read(&self.viewer, |access| {
            access.home(&self.name).map_err(anyhow::Error::from)
        })?;
        if json {
            let layers: Vec<_> = home.layers.iter().map(as_json).collect();
            let text = serde_json::to_string_pretty(&layers)?;
            return Ok(writeln!(io::stdout(), "{text}")?);
        }
        let rows: Vec<_> = home.layers.iter().map(as_row).collect();
        Ok(table::print(
            ["LAYER", "NAME", "HOLDS", "VISIBILITY", "COLOR", "NOTES"],
            &rows,
        )?)
    }

    fn add(
        &self,
        layer: &str,
        name: Option<String>,
        components: Option<Components>,
    ) -> anyhow::Result<()> {
        let patch = LayerPatch {
            display_name: name,
            components,
            ..LayerPatch::default()
        };
        self.calendars.write(&self.viewer, |access| {
            let home = access.home(&self.name)?;
            match access.create_layer(&home, layer, &patch) {
                Err(calendar::Error::Refused(Refusal::Exists)) => {
                    bail!("{} has a layer {layer} already", self.name)
                }
                Err(calendar::Error::Refused(Refusal::BadLocation)) => {
                    bail!("the name {layer} is kept for what the server itself puts there")
                }
                made => Ok(made?),
            }
        })?;
        let owner = &self.name;
        Ok(writeln!(
            io::stdout(),
            "created the layer {layer} of {owner}"
        )?)
    }

    fn set(&self, layer: &str, settings: &[Setting]) -> anyhow::Result<()> {
        let mut patch = LayerPatch::default();
        for setting in settings {
            setting.apply(&mut patch).map_err(anyhow::Error::msg)?;
        }
        self.calendars.write(&self.viewer, |access| {
            let collection = self.layer(access, layer)?;
            Ok::<_, anyhow::Error>(access.patch_layer(&collection, &patch)?)
        })?;
        let owner = &self.name;
        Ok(writeln!(
            io::stdout(),
            "changed the layer {layer} of {owner}"
        )?)
    }

    fn remove(&self, layer: &str) -> anyhow::Result<()> {
        let is_mounted = self.calendars.write(&self.viewer, |access| {
            let collection = self.layer(access, layer)?;
            access.delete_layer(&collection)?;
            anyhow::Ok(collection.layer.mount.is_some())
        })?;
        let owner = &self.name;
        let mut out = io::stdout();
        if is_mounted {
            writeln!(out, "{owner} has left {layer}")?;
        } else {
            writeln!(
                out,
                "removed the layer {layer} of {owner}; it stands in the trash"
            )?;
        }
        Ok(())
    }

    fn layer(&self, access: &mut Access, layer: &str) -> anyhow::Result<Collection> {
        house::collection(access, &self.name, layer)
    }
}

fn as_row(collection: &Collection) -> [String; 6] {
    let layer = &collection.layer;
    let notes = [
        (layer.kind != crate::model::LayerKind::User).then(|| layer.kind.name().to_owned()),
        (!layer.enabled).then(|| "disabled".to_owned()),
        layer.transparent.then(|| "transparent".to_owned()),
        layer.timezone_id.clone(),
    ];
    [
        layer.name.clone(),
        layer.display_name.clone(),
        layer.components.to_text(),
        layer.visibility.word().to_owned(),
        layer.color.clone().unwrap_or_default(),
        notes.into_iter().flatten().collect::<Vec<_>>().join(", "),
    ]
}

fn as_json(collection: &Collection) -> serde_json::Value {
    let layer = &collection.layer;
    let components: Vec<_> = layer.components.iter().map(|it| it.name()).collect();
    serde_json::json!({
        "layer": layer.name,
        "name": layer.display_name,
        "kind": layer.kind.name(),
        "components": components,
        "visibility": layer.visibility.word(),
        "enabled": layer.enabled,
        "transparent": layer.transparent,
        "color": layer.color,
        "order": layer.order,
        "timezone": layer.timezone_id,
        "description": layer.description,
        "created": layer.created,
    })
}

/// `KEY=VALUE`, found good.
#[derive(Clone)]
pub struct Setting {
    key: Key,
    value: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Key {
    Name,
    Color,
    Order,
    Visibility,
    Enabled,
    Transparent,
    Timezone,
    Description,
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("it is KEY=VALUE")?;
        let keys = Key::value_variants().iter();
        let names: Vec<_> = keys.filter_map(|key| key.to_possible_value()).collect();
        let names: Vec<_> = names.iter().map(|value| value.get_name()).collect();
        let setting = Self {
            key: Key::from_str(key, false)
                .map_err(|_| format!("the keys are {}", names.join(", ")))?,
            value: value.to_owned(),
        };
        setting.apply(&mut LayerPatch::default())?;
        Ok(setting)
    }
}

impl Setting {
    fn apply(&self, patch: &mut LayerPatch) -> Result<(), String> {
        let value = self.value.as_str();
        let text = (!value.is_empty()).then(|| value.to_owned());
        match self.key {
            Key::Name if text.is_none() => return Err("a layer has a name".to_owned()),
            Key::Name => patch.display_name = text,
            Key::Color => patch.color = Some(text.map(|text| color(&text)).transpose()?),
            Key::Order => {
                let number = |text: String| text.parse().map_err(|_| "an order is an integer");
                patch.order = Some(text.map(number).transpose()?);
            }
            Key::Visibility => {
                let named = Visibility::named(value);
                patch.visibility = Some(named.ok_or("visibility is private, friends or public")?);
            }
            Key::Enabled => patch.enabled = Some(truth(value)?),
            Key::Transparent => patch.transparent = Some(truth(value)?),
            Key::Timezone if text.as_deref().is_some_and(|id| Zone::named(id).is_none()) => {
                return Err(format!("{value} is no time zone that this server knows"));
            }
            Key::Timezone => patch.timezone_id = Some(text),
            Key::Description => patch.description = Some(text),
        }
        Ok(())
    }
}

fn truth(value: &str) -> Result<bool, String> {
    value.parse().map_err(|_| "it is true or false".to_owned())
}

/// `#RRGGBB` or `#RRGGBBAA`, as every client reads it.
fn color(text: &str) -> Result<String, String> {
    match text.strip_prefix('#') {
        Some(digits)
            if matches!(digits.len(), 6 | 8) && digits.bytes().all(|it| it.is_ascii_hexdigit()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err("a colour is #RRGGBB or #RRGGBBAA".to_owned()),
    }
}

fn components(text: &str) -> Result<Components, String> {
    Components::from_text(text).ok_or_else(|| {
        "components are VEVENT, VTODO, VJOURNAL, VFREEBUSY and VAVAILABILITY, with commas between"
            .to_owned()
    })
}
