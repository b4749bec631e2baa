//! Which kinds of records an account wants to see.

use crate::calendar::{Access, Privilege, Refusal, Result};
use crate::model::SystemKind;
use crate::store::layers;

/// A kind that is there, and whether the account wants to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindChoice {
    pub kind: SystemKind,
    pub title: String,
    pub color: String,
    pub wanted: bool,
}

impl Access<'_, '_> {
    /// The kinds that this server has, by name.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`].
    pub fn kinds(&mut self) -> Result<Vec<KindChoice>> {
        let me = self.device()?.user;
        let chosen = layers::system_kinds(self.tx, me)?;
        let choice = |kind: &super::Kind| {
            let own = chosen.iter().find(|(own, _)| *own == kind.kind);
            KindChoice {
                kind: kind.kind.clone(),
                title: kind.title.clone(),
                color: kind.color.clone(),
                wanted: own.is_none_or(|(_, wanted)| *wanted),
            }
        };
        Ok(self.system.kinds().map(choice).collect())
    }

    /// Shows a kind from now on, or no longer: its calendar goes from the home and from everywhere else, and comes back as it
    /// was.
    ///
    /// # Errors
    /// [`Refusal::BadValue`] for a kind that this server has not; [`Refusal::Forbidden`] for a device that may not write.
    pub fn choose_kind(&mut self, kind: &SystemKind, wanted: bool) -> Result<()> {
        let device = self.device()?;
        if device.read_only || device.layers.is_some() {
            let needs = Privilege::WriteProperties;
            return Err(Refusal::Forbidden { needs }.into());
        }
        if self.system.kind(kind).is_none()
            || !layers::want_system(self.tx, device.user, kind, wanted, self.now)?
        {
            return Err(Refusal::BadValue(format!("there is no kind {}", kind.as_str())).into());
        }
        Ok(())
    }
}
