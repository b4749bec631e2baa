//! The settings of what this server calls and of what it keeps of others.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::kinds;

/// Calls to others: feeds, webhooks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    #[serde(with = "kinds::networks")]
    pub allow: Vec<IpNet>,
    #[serde(with = "kinds::ports")]
    pub ports: Vec<u16>,
    #[serde(with = "kinds::seconds")]
    pub connect_timeout: Duration,
    #[serde(with = "kinds::seconds")]
    pub timeout: Duration,
    pub redirects: usize,
    pub at_once: usize,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            ports: vec![80, 443],
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            redirects: 5,
            at_once: 8,
        }
    }
}

impl Outbound {
    pub(super) fn timeouts(&self) -> [(&'static str, Duration); 2] {
        [
            ("outbound.connect_timeout", self.connect_timeout),
            ("outbound.timeout", self.timeout),
        ]
    }
}

/// Calendars of others that accounts subscribe to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Feeds {
    pub max_bytes: u64,
    pub max_events: u64,
    pub max_per_account: u64,
}

impl Default for Feeds {
    fn default() -> Self {
        Self {
            max_bytes: 5 << 20,
            max_events: 1000,
            max_per_account: 50,
        }
    }
}

/// Who is called when accounts are told something.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    #[serde(with = "kinds::blank")]
    pub webhook_url: Option<kinds::Hidden>,
    #[serde(with = "kinds::blank")]
    pub webhook_secret: Option<kinds::Hidden>,
}

/// Where the key stands that seals passwords and addresses of others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    #[serde(with = "kinds::blank")]
    pub key_file: Option<PathBuf>,
}
