//! `strata check`: what is wrong with the configuration and the database; with `--url`, with the way to them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::report::{Finding, Report};
use super::{doctor, house, system};
use crate::config::{self, Config};
use crate::ical;
use crate::store::{Standing, accounts};

#[derive(Args)]
pub struct Check {
    /// Test a public address as clients would, and say what to change
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl Check {
    /// Checks one thing at a time: the address does not need the database, and may be asked from another machine.
    pub fn run(self, config: Result<Config, config::Error>) -> anyhow::Result<ExitCode> {
        let mut report = Report::default();
        match (&self.url, config) {
            (Some(url), _) => doctor::examine(url, &mut report)?,
            (None, Ok(config)) => {
                report.add(Finding::Fine("the configuration can be read".into()));
                server(&config.server, &mut report);
                files(&config, &mut report);
                database(&config, &mut report);
                key_file(&config, &mut report);
                sources(&config, &mut report);
                zones(&mut report);
            }
            (None, Err(error)) => report.add(Finding::Wrong(error.to_string())),
        }
        Ok(if report.close()? == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

fn server(server: &config::Server, report: &mut Report) {
    let public = server
        .listen
        .iter()
        .any(|address| !address.ip().is_loopback());
    let tls = server.tls_certificate.is_some();
    if server.allow_cleartext_auth {
        let what = "server.allow_cleartext_auth: passwords travel where others can read them";
        report.add(Finding::Doubtful(what.into()));
    }
    if public && !tls && server.trusted_proxies.is_empty() && !server.allow_cleartext_auth {
        report.add(Finding::Doubtful(
            "server.listen: other machines can connect, but not sign in over http".into(),
        ));
        report.note("Set tls_certificate and tls_key, or put a proxy in front and name it in trusted_proxies.");
    }
    if server.public_url.as_ref().is_some_and(|url| !url.secure) {
        report.add(Finding::Doubtful(
            "server.public_url: phones need an https address".into(),
        ));
    }
    if server.public_url.is_some() && !tls && server.trusted_proxies.is_empty() && !public {
        report.add(Finding::Doubtful(
            "server.trusted_proxies: empty, though a proxy seems to stand in front".into(),
        ));
        report.note(
            "Without it every client seems to come from the proxy, and all share one throttle.",
        );
    }
    let files = [
        ("server.tls_certificate", &server.tls_certificate),
        ("server.tls_key", &server.tls_key),
    ];
    for (key, file) in files
        .into_iter()
        .filter_map(|(key, file)| Some((key, file.as_ref()?)))
    {
        if let Err(error) = std::fs::File::open(file) {
            report.add(Finding::Wrong(format!(
                "{key}: {}: {error}",
                file.display()
            )));
        }
    }
    if let Some(key) = &server.tls_key {
        private(key, "server.tls_key", report);
    }
}

fn files(config: &Config, report: &mut Report) {
    if !config.store.data.exists() {
        return report.add(Finding::Doubtful(format!(
            "store.data: {} does not stand yet; the first `strata serve` makes it",
            config.store.data.display()
        )));
    }
    match config.prepare_data_folder() {
        Ok(()) => private(&config.store.data, "store.data", report),
        Err(error) => report.add(Finding::Wrong(error.to_string())),
    }
}

/// Calendars and keys are nobody else's business on this machine.
fn private(path: &Path, key: &str, report: &mut Report) {
    let Ok(metadata) = std::fs::metadata(path) else {
        return;
    };
    if metadata.permissions().mode() & 0o007 != 0 {
        report.add(Finding::Doubtful(format!(
            "{key}: every account of this machine may open {}",
            path.display()
        )));
        let mode = if metadata.is_dir() { "700" } else { "600" };
        report.note(&format!("chmod {mode} {}", path.display()));
    }
}

/// The key that seals addresses and passwords of others. There is none before something is sealed.
fn key_file(config: &Config, report: &mut Report) {
    let vault = house::vault(config);
    match vault.check() {
        Ok(true) => private(vault.file(), "secrets.key_file", report),
        Ok(false) => {}
        Err(error) => report.add(Finding::Wrong(format!("secrets.key_file: {error}"))),
    }
}

/// Does each statement for a platform's database run, for an account that there is not?
fn sources(config: &Config, report: &mut Report) {
    let system = match system::system(config) {
        Ok(system) => system,
        Err(error) => return report.add(Finding::Wrong(format!("{error:#}"))),
    };
    for kind in system.kinds() {
        let name = kind.kind.as_str();
        report.add(match kind.origin.try_for("nobody in particular") {
            Ok(_) => Finding::Fine(format!("system.{name}: its source answers")),
            Err(error) => Finding::Wrong(format!("system.{name}: {error}")),
        });
    }
}

/// Looks and changes nothing: an older database is not upgraded.
fn database(config: &Config, report: &mut Report) {
    let url = &config.store.url;
    match house::standing(config) {
        Err(error) => return report.add(Finding::Wrong(format!("{error:#}"))),
        Ok(None) => {
            return report.add(Finding::Doubtful(format!(
                "there is no database {url} yet; the first `strata serve` makes it, and an account"
            )));
        }
        Ok(Some(Standing { version, newest })) if version < newest => {
            return report.add(Finding::Doubtful(format!(
                "the database {url} is of version {version}; this strata brings it to {newest} when it is next started"
            )));
        }
        Ok(Some(_)) => {}
    }
    let users = house::store(config).and_then(|store| Ok(store.read(accounts::all)?));
    let users = match users {
        Ok(users) => users,
        Err(error) => return report.add(Finding::Wrong(format!("{error:#}"))),
    };
    report.add(Finding::Fine(format!(
        "the database {url} opens, {} accounts",
        users.len()
    )));
    if users.is_empty() {
        report.add(Finding::Doubtful(
            "there is no account yet; the first `strata serve` makes one".into(),
        ));
    }
    let without = users
        .iter()
        .filter(|user| user.addresses.is_empty())
        .count();
    if without > 0 {
        report.add(Finding::Fine(format!(
            "{without} accounts have no mail address, so nobody can invite them"
        )));
    }
}

/// Offsets change by law several times a year: which data is in use matters.
fn zones(report: &mut Report) {
    report.add(Finding::Fine(format!("time zones: {}", ical::zone_data())));
}
