//! Every setting, its default, and where it may come from: file, environment, flags. Checked whole at start.
//!
//! A setting is one field of its section's file here and one line in the shipped `config.toml`; a test holds the two together.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

mod auth;
mod check;
mod draft;
mod kinds;
mod limits;
mod log;
mod mail;
mod outward;
mod privacy;
mod server;
mod store;
mod system;
pub use auth::Auth;
use draft::Draft;
pub use kinds::{BasePath, PublicUrl, StoreUrl};
pub use limits::Limits;
pub use log::{Log, LogFormat};
pub use mail::{Mail, MailUrl, Sender, Wrapping};
pub use outward::{Feeds, Notify, Outbound, Secrets};
pub use privacy::{Directory, Privacy, Views};
pub use server::{Metrics, Server};
pub use store::{Store, Synchronous, Trash};
pub use system::{Source, SourceUrl, SystemKind, UserIs};

/// What is wrong with the configuration, in one line that names the key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: {why}", file.display())]
    File { file: PathBuf, why: String },
    #[error("{source_name}: {key}: {why}")]
    Setting {
        /// The file, `environment` or `command line`.
        source_name: String,
        /// `section.key`.
        key: String,
        why: String,
    },
    #[error("{key}: {why}")]
    Invalid { key: &'static str, why: String },
    #[error("{key}: {why}")]
    Kind { key: String, why: String },
}

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub store: Store,
    pub auth: Auth,
    pub limits: Limits,
    pub privacy: Privacy,
    pub views: Views,
    pub trash: Trash,
    pub outbound: Outbound,
    pub feeds: Feeds,
    pub notify: Notify,
    pub mail: Mail,
    pub secrets: Secrets,
    pub log: Log,
    pub metrics: Metrics,
    /// By the name of the kind.
    pub system: BTreeMap<String, SystemKind>,
}

/// What the command line says.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub data: Option<PathBuf>,
    pub listen: Option<String>,
    pub log_format: Option<String>,
}

/// The variables of the environment that are settings begin with this.
pub const ENVIRONMENT_PREFIX: &str = "STRATA__";

impl Config {
    /// File, then environment, then flags; each overrules the one before.
    pub fn load(
        flags: &Flags,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let mut draft = Draft::new()?;
        if let Some(file) = flags.config.clone().or_else(default_file) {
            let text = std::fs::read_to_string(&file).map_err(|error| Error::File {
                file: file.clone(),
                why: error.to_string(),
            })?;
            draft.file(&file.display().to_string(), &text)?;
        }
        for (name, text) in environment {
            if let Some(name) = name.strip_prefix(ENVIRONMENT_PREFIX) {
                draft.variable(name, &text)?;
            }
        }
        draft.flags(flags)?;
        draft.finish()
    }

    /// The settings of one file's text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut draft = Draft::new()?;
        draft.file("config.toml", text)?;
        draft.finish()
    }

    /// Makes the data folder where it is missing and proves that it can be written.
    pub fn prepare_data_folder(&self) -> Result<()> {
        let data = &self.store.data;
        let proof = || {
            std::fs::create_dir_all(data)?;
            tempfile::tempfile_in(data).map(drop)
        };
        proof().map_err(|error: std::io::Error| Error::Invalid {
            key: "store.data",
            why: format!("{} cannot be written: {error}", data.display()),
        })
    }
}

fn default_file() -> Option<PathBuf> {
    ["config.toml", "/etc/strata/config.toml"]
        .map(PathBuf::from)
        .into_iter()
        .find(|file| file.exists())
}

/// Is the address in one of the networks? An IPv4 address that arrived mapped into IPv6 counts as what it is.
pub fn within(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests;
