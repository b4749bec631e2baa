//! How much there may be of anything.

use serde::{Deserialize, Serialize};

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
