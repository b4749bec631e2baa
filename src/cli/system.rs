//! Kinds of a platform's records, from the settings.

use anyhow::{Context, anyhow};

use crate::calendar::system::{Kind, Origin, QueryTexts, System};
use crate::config::{Config, Source, SystemKind as Settings, UserIs};
use crate::model::{Details, SystemKind, Visibility};

/// Those that are switched on.
pub fn system(config: &Config) -> anyhow::Result<System> {
    let on = config.system.iter().filter(|(_, it)| it.enabled);
    let kinds = on.map(|(name, settings)| {
        kind(config, name, &settings.filled(name)).with_context(|| format!("system.{name}"))
    });
    Ok(System::new(kinds.collect::<anyhow::Result<Vec<_>>>()?))
}

fn kind(config: &Config, name: &str, settings: &Settings) -> anyhow::Result<Kind> {
    let unknown = || anyhow!("is no name of a kind");
    Ok(Kind {
        kind: SystemKind::named(name).ok_or_else(unknown)?,
        title: settings.name.clone(),
        color: settings.color.to_ascii_lowercase(),
        label: settings.label.as_str().into(),
        visibility: Visibility::named(&settings.visibility).unwrap_or_default(),
        details: Details::named(&settings.details).unwrap_or_default(),
        busy: settings.busy.unwrap_or(true),
        remind: settings.minutes_before(),
        origin: origin(config, settings)?,
    })
}

fn origin(config: &Config, settings: &Settings) -> anyhow::Result<Origin> {
    if settings.source == Source::Records {
        return Ok(Origin::Records);
    }
    let columns = settings.columns.iter();
    let texts = QueryTexts {
        url: settings.url.expose().to_owned(),
        sql: settings.sql.clone(),
        columns: columns
            .map(|(own, its)| (own.clone(), its.clone()))
            .collect(),
        by_address: settings.user == UserIs::Email,
        zone: settings.zone.clone(),
        timeout: settings.timeout,
        max_rows: settings.max_rows,
    };
    Origin::query(texts, &config.store.data).map_err(|why| anyhow!(why))
}
