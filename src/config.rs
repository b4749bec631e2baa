//! Every setting, its default, and where it may come from: file, environment, flags. Checked whole at start.
//!
//! A setting is one field here and one line in the shipped `config.toml`; a test holds the two together.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

mod draft;
mod kinds;
mod outward;
mod system;
use draft::Draft;
pub use kinds::{BasePath, PublicUrl, StoreUrl};
pub use outward::{Feeds, Notify, Outbound, Secrets};
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
    pub secrets: Secrets,
    pub log: Log,
    pub metrics: Metrics,
    /// By the name of the kind.
    pub system: BTreeMap<String, SystemKind>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    #[serde(with = "kinds::one_or_many")]
    pub listen: Vec<SocketAddr>,
    pub base_path: BasePath,
    #[serde(with = "kinds::blank")]
    pub public_url: Option<PublicUrl>,
    #[serde(with = "kinds::networks")]
    pub trusted_proxies: Vec<IpNet>,
    pub allow_cleartext_auth: bool,
    #[serde(with = "kinds::blank")]
    pub tls_certificate: Option<PathBuf>,
    #[serde(with = "kinds::blank")]
    pub tls_key: Option<PathBuf>,
    pub http2: bool,
    /// 0: as many as the machine has cores.
    pub threads: usize,
    pub max_connections: usize,
    pub max_connections_per_address: usize,
    #[serde(with = "kinds::seconds")]
    pub header_timeout: Duration,
    #[serde(with = "kinds::seconds")]
    pub idle_timeout: Duration,
    #[serde(with = "kinds::seconds")]
    pub body_idle_timeout: Duration,
    #[serde(with = "kinds::seconds")]
    pub body_timeout: Duration,
    #[serde(with = "kinds::seconds")]
    pub write_timeout: Duration,
    #[serde(with = "kinds::seconds")]
    pub shutdown_timeout: Duration,
    pub max_head: usize,
    pub max_body: u64,
}

impl Server {
    /// What the addresses begin with that are given to people, as far as it is known without a request.
    pub fn public_base(&self) -> String {
        let base = match (&self.public_url, self.listen.first()) {
            (Some(public), _) => String::from(public.clone()),
            (None, Some(address)) if self.tls_certificate.is_some() => format!("https://{address}"),
            (None, Some(address)) => format!("http://{address}"),
            (None, None) => String::new(),
        };
        base + self.base_path.as_str()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 5232))],
            base_path: BasePath::default(),
            public_url: None,
            trusted_proxies: Vec::new(),
            allow_cleartext_auth: false,
            tls_certificate: None,
            tls_key: None,
            http2: true,
            threads: 0,
            max_connections: 1000,
            max_connections_per_address: 200,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_idle_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(300),
            write_timeout: Duration::from_secs(60),
            shutdown_timeout: Duration::from_secs(10),
            max_head: 64 << 10,
            max_body: 20 << 20,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    pub data: PathBuf,
    pub url: StoreUrl,
    pub synchronous: Synchronous,
    /// 0: twice the cores, at least four.
    pub readers: usize,
    pub sync_horizon_days: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            url: StoreUrl::default(),
            synchronous: Synchronous::Full,
            readers: 0,
            sync_horizon_days: 365,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    Full,
    Normal,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    pub realm: String,
    /// KiB for one argon2id hash.
    pub memory: u32,
    pub iterations: u32,
    pub parallelism: u32,
    /// 0: as many as the machine has cores.
    pub hashing_threads: usize,
    pub hashing_queue: usize,
    #[serde(with = "kinds::seconds")]
    pub cache: Duration,
    pub free_failures: u32,
    #[serde(with = "kinds::seconds")]
    pub throttle_base: Duration,
    #[serde(with = "kinds::seconds")]
    pub throttle_max: Duration,
    #[serde(with = "kinds::seconds")]
    pub throttle_forget: Duration,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            realm: "Strata".to_owned(),
            memory: 19456,
            iterations: 2,
            parallelism: 1,
            hashing_threads: 0,
            hashing_queue: 64,
            cache: Duration::from_secs(300),
            free_failures: 10,
            throttle_base: Duration::from_secs(1),
            throttle_max: Duration::from_secs(300),
            throttle_forget: Duration::from_secs(900),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub max_resource_size: u64,
    pub max_items_per_layer: u64,
    pub max_layers: u64,
    /// 0: no limit.
    pub quota: u64,
    pub max_instances: u64,
    pub max_results: u64,
    pub max_attendees: u64,
    pub index_days_behind: u32,
    pub index_days_ahead: u32,
    pub max_reply: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_resource_size: 10 << 20,
            max_items_per_layer: 200_000,
            max_layers: 250,
            quota: 0,
            max_instances: 10_000,
            max_results: 100_000,
            max_attendees: 1000,
            index_days_behind: 92,
            index_days_ahead: 366,
            max_reply: 512 << 20,
        }
    }
}

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
fn is_plain(label: &str) -> bool {
    let is_plain = |char: char| char.is_alphanumeric() || " -.".contains(char);
    (1..=60).contains(&label.len()) && label.chars().all(is_plain)
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
pub struct Trash {
    pub days: u32,
    pub held_days: u32,
    pub max_bytes_per_account: u64,
    pub brake_items: u32,
    pub brake_share: f64,
    pub brake_minutes: u32,
}

impl Default for Trash {
    fn default() -> Self {
        Self {
            days: 30,
            held_days: 180,
            max_bytes_per_account: 256 << 20,
            brake_items: 20,
            brake_share: 0.5,
            brake_minutes: 10,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    #[serde(with = "kinds::networks")]
    pub allow: Vec<IpNet>,
}

impl Default for Metrics {
    fn default() -> Self {
        let loopback = |address: IpAddr, prefix| IpNet::new_assert(address, prefix);
        Self {
            allow: vec![
                loopback(Ipv4Addr::new(127, 0, 0, 0).into(), 8),
                loopback(Ipv6Addr::LOCALHOST.into(), 128),
            ],
        }
    }
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

    /// What no single setting can tell.
    fn check(&self) -> Result<()> {
        let server = &self.server;
        let rules: [(&'static str, bool, &str); 19] = [
            (
                "server.listen",
                !server.listen.is_empty(),
                "names no address",
            ),
            (
                "server.tls_key",
                server.tls_certificate.is_none() || server.tls_key.is_some(),
                "is needed beside tls_certificate",
            ),
            (
                "server.tls_certificate",
                server.tls_key.is_none() || server.tls_certificate.is_some(),
                "is needed beside tls_key",
            ),
            (
                "trash.brake_share",
                (0.0..=1.0).contains(&self.trash.brake_share),
                "is between 0 and 1",
            ),
            ("trash.brake_items", self.trash.brake_items > 0, MORE),
            (
                "outbound.redirects",
                self.outbound.redirects <= 10,
                "is 10 at most",
            ),
            ("outbound.at_once", self.outbound.at_once > 0, MORE),
            (
                "feeds.max_bytes",
                (1..=1 << 30).contains(&self.feeds.max_bytes),
                "is between 1 and 1073741824",
            ),
            ("server.max_connections", server.max_connections > 0, MORE),
            (
                "server.max_connections_per_address",
                server.max_connections_per_address > 0,
                MORE,
            ),
            (
                "server.max_head",
                server.max_head >= 8192,
                "must be at least 8192",
            ),
            (
                "server.max_body",
                server.max_body >= 4096,
                "must be at least 4096",
            ),
            (
                "privacy.label",
                is_plain(&self.privacy.label),
                "must be 1 to 60 letters, digits, spaces, '-' or '.'",
            ),
            (
                "views.prefix",
                self.views.prefix.len() <= 60 && !self.views.prefix.chars().any(char::is_control),
                "must be at most 60 characters of one line",
            ),
            ("auth.iterations", self.auth.iterations > 0, MORE),
            ("auth.parallelism", self.auth.parallelism > 0, MORE),
            (
                "auth.memory",
                u64::from(self.auth.memory) >= 8 * u64::from(self.auth.parallelism),
                "must be at least 8 for each lane",
            ),
            ("auth.hashing_queue", self.auth.hashing_queue > 0, MORE),
            (
                "auth.realm",
                !self
                    .auth
                    .realm
                    .chars()
                    .any(|c| c.is_control() || c == '"' || c == '\\'),
                "must hold no quote, backslash or control character",
            ),
        ];
        let zero = server
            .timeouts()
            .into_iter()
            .chain(self.outbound.timeouts())
            .find(|(_, timeout)| timeout.is_zero());
        let broken = rules
            .into_iter()
            .find(|(_, holds, _)| !holds)
            .map(|(key, _, why)| (key, why));
        for (kind, settings) in &self.system {
            if let Some((key, why)) = settings.mistake(kind) {
                return Err(Error::Kind {
                    key: format!("system.{kind}.{key}"),
                    why,
                });
            }
        }
        match broken.or(zero.map(|(key, _)| (key, MORE))) {
            Some((key, why)) => Err(Error::Invalid {
                key,
                why: why.to_owned(),
            }),
            None => Ok(()),
        }
    }
}

const MORE: &str = "must be more than 0";

impl Server {
    fn timeouts(&self) -> [(&'static str, Duration); 5] {
        [
            ("server.header_timeout", self.header_timeout),
            ("server.idle_timeout", self.idle_timeout),
            ("server.body_idle_timeout", self.body_idle_timeout),
            ("server.body_timeout", self.body_timeout),
            ("server.write_timeout", self.write_timeout),
        ]
    }
}

fn default_file() -> Option<PathBuf> {
    ["config.toml", "/etc/strata/config.toml"]
        .map(PathBuf::from)
        .into_iter()
        .find(|file| file.exists())
}

impl Store {
    /// The SQLite file; `None` when the database is PostgreSQL.
    pub fn path(&self) -> Option<PathBuf> {
        self.url.sqlite_path().map(|path| self.data.join(path))
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Is the address in one of the networks? An IPv4 address that arrived mapped into IPv6 counts as what it is.
pub fn within(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests;
