//! What the store knows of a user name and a password, read in one snapshot.

use super::basic::Credentials;
use crate::model::{AppPassword, Instant, User};
use crate::privacy::Device;
use crate::secret::app_password_hash;
use crate::store::{self, Store, Tx, accounts};

/// The account behind a user name, if there is one.
pub struct Account {
    pub user: User,
    pub password_hash: String,
    /// The device whose secret the password is.
    pub app_password: Option<AppPassword>,
}

impl Account {
    /// Looks a name up as written, percent-decoded and as a mail address, always all of them and always the secret too,
    /// so that the time does not tell which of them exist.
    pub fn find(store: &Store, credentials: &Credentials) -> store::Result<Option<Self>> {
        let decoded = credentials.decoded_user();
        let secret = app_password_hash(&credentials.password);
        store.read(|tx| {
            let written = accounts::by_name(tx, &credentials.user)?;
            let percent_decoded = accounts::by_name(tx, &decoded)?;
            let address = accounts::by_address(tx, &decoded)?;
            Self::read(tx, written.or(percent_decoded).or(address), &secret)
        })
    }

    fn read(tx: &mut Tx, user: Option<User>, secret: &[u8]) -> store::Result<Option<Self>> {
        let id = user
            .as_ref()
            .map_or(crate::model::UserId(0), |user| user.id);
        let password_hash = accounts::password_hash(tx, id)?;
        let app_password = accounts::app_password_by_hash(tx, id, secret)?;
        Ok(match (user, password_hash) {
            (Some(user), Some(password_hash)) => Some(Self {
                user,
                password_hash,
                app_password,
            }),
            _ => None,
        })
    }

    /// The device that an app password opens, while it lasts.
    pub fn app_device(&self, now: Instant) -> Option<Device> {
        let app = self.app_password.as_ref()?;
        let lasts = app.expires.is_none_or(|expires| now < expires);
        (lasts && !self.user.disabled).then(|| Device {
            user: self.user.id,
            epoch: self.user.epoch,
            app_password: Some(app.id),
            token: None,
            read_only: app.read_only,
            layers: app.layers.clone(),
        })
    }

    /// The device that the account's own password opens.
    pub fn device(&self) -> Device {
        Device::of_account(self.user.id, self.user.epoch)
    }
}

/// Does a remembered credential still stand?
pub fn stands(store: &Store, device: &Device, now: Instant) -> store::Result<bool> {
    let standing =
        store.read(|tx| accounts::standing(tx, device.user, device.app_password, now))?;
    Ok(standing.is_some_and(|standing| {
        standing.epoch == device.epoch && !standing.disabled && standing.app_password_valid
    }))
}
