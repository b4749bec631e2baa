//! What a password costs to try.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::check::{MORE, Rule};
use super::kinds;

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

impl Auth {
    pub(super) fn rules(&self) -> Vec<Rule> {
        let breaks_a_header = |char: char| char.is_control() || char == '"' || char == '\\';
        vec![
            ("auth.iterations", self.iterations > 0, MORE),
            ("auth.parallelism", self.parallelism > 0, MORE),
            (
                "auth.memory",
                u64::from(self.memory) >= 8 * u64::from(self.parallelism),
                "must be at least 8 for each lane",
            ),
            ("auth.hashing_queue", self.hashing_queue > 0, MORE),
            (
                "auth.realm",
                !self.realm.contains(breaks_a_header),
                "must hold no quote, backslash or control character",
            ),
        ]
    }
}
