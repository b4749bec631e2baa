//! Where the server is reached, what it bears of its clients, and who may read its numbers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::check::{MORE, Rule, lasts};
use super::kinds::{self, BasePath, PublicUrl};

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

    pub(super) fn rules(&self) -> Vec<Rule> {
        let has_certificate = self.tls_certificate.is_some();
        let per_address = self.max_connections_per_address;
        vec![
            ("server.listen", !self.listen.is_empty(), "names no address"),
            (
                "server.tls_key",
                !has_certificate || self.tls_key.is_some(),
                "is needed beside tls_certificate",
            ),
            (
                "server.tls_certificate",
                self.tls_key.is_none() || has_certificate,
                "is needed beside tls_key",
            ),
            ("server.max_connections", self.max_connections > 0, MORE),
            ("server.max_connections_per_address", per_address > 0, MORE),
            (
                "server.max_head",
                self.max_head >= 8192,
                "must be at least 8192",
            ),
            (
                "server.max_body",
                self.max_body >= 4096,
                "must be at least 4096",
            ),
            lasts("server.header_timeout", self.header_timeout),
            lasts("server.idle_timeout", self.idle_timeout),
            lasts("server.body_idle_timeout", self.body_idle_timeout),
            lasts("server.body_timeout", self.body_timeout),
            lasts("server.write_timeout", self.write_timeout),
        ]
    }
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
