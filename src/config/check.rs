//! What no single setting can tell: a section says its rules, here they are held against what was read.

use std::time::Duration;

use super::{Config, Error, Result};

/// A key, whether it is as it must be, and what is said when it is not.
pub(super) type Rule = (&'static str, bool, &'static str);

pub(super) const MORE: &str = "must be more than 0";

/// No time at all is never enough.
pub(super) fn lasts(key: &'static str, time: Duration) -> Rule {
    (key, !time.is_zero(), MORE)
}

impl Config {
    pub(super) fn check(&self) -> Result<()> {
        for (kind, settings) in &self.system {
            if let Some((key, why)) = settings.mistake(kind) {
                return Err(Error::Kind {
                    key: format!("system.{kind}.{key}"),
                    why,
                });
            }
        }
        let rules = [
            self.server.rules(),
            self.trash.rules(),
            self.outbound.rules(),
            self.feeds.rules(),
            self.privacy.rules(),
            self.views.rules(),
            self.auth.rules(),
            self.mail.rules(),
        ];
        let broken = rules.into_iter().flatten().find(|(_, holds, _)| !holds);
        broken.map_or(Ok(()), |(key, _, why)| {
            Err(Error::Invalid {
                key,
                why: why.to_owned(),
            })
        })
    }
}
