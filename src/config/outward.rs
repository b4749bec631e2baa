//! The settings of what this server calls and of what it keeps of others.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::check::{MORE, Rule, lasts};
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
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![
            ("outbound.redirects", self.redirects <= 10, "is 10 at most"),
            ("outbound.at_once", self.at_once > 0, MORE),
            lasts("outbound.connect_timeout", self.connect_timeout),
            lasts("outbound.timeout", self.timeout),
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

impl Feeds {
    pub(super) fn rules(&self) -> Vec<Rule> {
        vec![(
            "feeds.max_bytes",
            (1..=1 << 30).contains(&self.max_bytes),
            "is between 1 and 1073741824",
        )]
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
