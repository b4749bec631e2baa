//! Settings on their way in: from a file, the environment and the command line, each of them checked with its key.

use toml::{Table, Value};

use super::system::is_kind;
use super::{Config, ENVIRONMENT_PREFIX, Error, Flags, Result, SystemKind};

/// The section that holds a section for each kind of a platform's records.
const SYSTEM: &str = "system";

/// The settings while they are being gathered. Each is tried alone, so that a mistake is reported with its key.
pub(super) struct Draft {
    defaults: Table,
    table: Table,
}

impl Draft {
    pub fn new() -> Result<Self> {
        let defaults = Table::try_from(Config::default()).map_err(|error| Error::Invalid {
            key: "defaults",
            why: error.to_string(),
        })?;
        Ok(Self {
            table: defaults.clone(),
            defaults,
        })
    }

    pub fn file(&mut self, name: &str, text: &str) -> Result<()> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| Error::File {
            file: name.into(),
            why: syntax(&error, text),
        })?;
        for (section, value) in table {
            let Value::Table(settings) = value else {
                return Err(unknown(name, &section, "stands outside a section"));
            };
            if !self.defaults.contains_key(&section) {
                return Err(unknown(name, &section, "unknown section"));
            }
            for (key, value) in settings {
                match section == SYSTEM {
                    true => self.kind(name, &key, value)?,
                    false => self.set(name, &section, &key, value)?,
                }
            }
        }
        Ok(())
    }

    /// `SECTION__KEY` and its text. A text setting takes it as it stands, any other as TOML; lists also by commas.
    pub fn variable(&mut self, name: &str, text: &str) -> Result<()> {
        let source = format!("environment variable {ENVIRONMENT_PREFIX}{name}");
        let lower = name.to_ascii_lowercase();
        let Some((section, key)) = lower.split_once("__") else {
            return Err(unknown(&source, &lower, "is not SECTION__KEY"));
        };
        if let (SYSTEM, Some((kind, key))) = (section, key.split_once("__")) {
            return self.set_of_kind(&source, kind, key, Value::String(text.to_owned()));
        }
        let value = match self
            .defaults
            .get(section)
            .and_then(|section| section.get(key))
        {
            Some(Value::Array(_)) if !text.trim_start().starts_with('[') => split(text),
            Some(Value::String(_)) | None => Value::String(text.to_owned()),
            Some(_) => format!("value = {text}")
                .parse::<Table>()
                .ok()
                .and_then(|mut table| table.remove("value"))
                .unwrap_or_else(|| Value::String(text.to_owned())),
        };
        self.set(&source, section, key, value)
    }

    pub fn flags(&mut self, flags: &Flags) -> Result<()> {
        let data = flags.data.as_ref().map(|data| data.display().to_string());
        let given = [
            ("--data", "store", "data", data),
            ("--listen", "server", "listen", flags.listen.clone()),
            ("--log-format", "log", "format", flags.log_format.clone()),
        ];
        for (flag, section, key, value) in given {
            if let Some(value) = value {
                self.set(flag, section, key, Value::String(value))?;
            }
        }
        Ok(())
    }

    /// A section below `[system]`.
    fn kind(&mut self, source: &str, kind: &str, value: Value) -> Result<()> {
        let Value::Table(settings) = value else {
            return Err(unknown(source, &format!("{SYSTEM}.{kind}"), "is a section"));
        };
        if !is_kind(kind) {
            let why = "must be lower-case letters, digits and '_', and no word of views";
            return Err(unknown(source, &format!("{SYSTEM}.{kind}"), why));
        }
        if let Some(Value::Table(kinds)) = self.table.get_mut(SYSTEM) {
            kinds
                .entry(kind)
                .or_insert_with(|| Value::Table(Table::new()));
        }
        for (key, value) in settings {
            self.set_of_kind(source, kind, &key, value)?;
        }
        Ok(())
    }

    /// A text from the environment is the only kind of value that most of them take; any other is read as TOML.
    fn set_of_kind(&mut self, source: &str, kind: &str, key: &str, value: Value) -> Result<()> {
        let path = format!("{SYSTEM}.{kind}.{key}");
        let known = Table::try_from(SystemKind::default());
        let known = known.is_ok_and(|known| known.contains_key(key) || key == "busy");
        if !known || !is_kind(kind) {
            return Err(unknown(source, &path, "unknown key"));
        }
        let tried = |value: &Value| {
            let trial = Table::from_iter([(key.to_owned(), value.clone())]);
            trial.try_into::<SystemKind>().map(drop)
        };
        let as_toml = match &value {
            Value::String(text) => format!("value = {text}")
                .parse::<Table>()
                .ok()
                .and_then(|mut table| table.remove("value")),
            _ => None,
        };
        let value = match (tried(&value), as_toml) {
            (Ok(()), _) => value,
            (Err(_), Some(other)) if tried(&other).is_ok() => other,
            (Err(error), _) => {
                return Err(Error::Setting {
                    source_name: source.to_owned(),
                    key: path,
                    why: one_line(error.message()),
                });
            }
        };
        if let Some(Value::Table(kinds)) = self.table.get_mut(SYSTEM) {
            let settings = kinds.entry(kind);
            let settings = settings.or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(settings) = settings {
                settings.insert(key.to_owned(), value);
            }
        }
        Ok(())
    }

    fn set(&mut self, source: &str, section: &str, key: &str, value: Value) -> Result<()> {
        let known = self
            .defaults
            .get(section)
            .and_then(|section| section.get(key))
            .is_some();
        if !known {
            return Err(unknown(source, &format!("{section}.{key}"), "unknown key"));
        }
        let mut trial = Table::new();
        trial.insert(key.to_owned(), value.clone());
        let trial = Table::from_iter([(section.to_owned(), Value::Table(trial))]);
        trial.try_into::<Config>().map_err(|error| Error::Setting {
            source_name: source.to_owned(),
            key: format!("{section}.{key}"),
            why: one_line(error.message()),
        })?;
        if let Some(Value::Table(settings)) = self.table.get_mut(section) {
            settings.insert(key.to_owned(), value);
        }
        Ok(())
    }

    pub fn finish(self) -> Result<Config> {
        let config: Config = self.table.try_into().map_err(|error| Error::Invalid {
            key: "configuration",
            why: one_line(error.message()),
        })?;
        config.check()?;
        Ok(config)
    }
}

fn unknown(source: &str, key: &str, why: &str) -> Error {
    Error::Setting {
        source_name: source.to_owned(),
        key: key.to_owned(),
        why: why.to_owned(),
    }
}

fn split(text: &str) -> Value {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
}

/// The parser's own message, without the line it quotes: the line may hold a password.
fn syntax(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("line {line}: {}", one_line(error.message()))
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
