//! Who writes and carries letters, from the settings.

use anyhow::Context;
use lettre::message::Mailbox;

use crate::config::Config;
use crate::dav::path::{Hrefs, Target};
use crate::http::Origin;
use crate::jobs::{Desk, Link, Mailer};
use crate::server::client::Client;
use crate::server::smtp::Smtp;

/// `None`: no mail goes out.
///
/// # Errors
/// A sender that is no address.
pub fn mailer(config: &Config, client: Client) -> anyhow::Result<Option<Mailer>> {
    let (Some(post), Some(from)) = (Smtp::new(config, client), &config.mail.from) else {
        return Ok(None);
    };
    let address = from.address.parse().context("mail.from")?;
    Ok(Some(Mailer {
        desk: Desk {
            from: Mailbox::new(from.name.clone(), address),
            site: site(config),
        },
        post: Box::new(post),
    }))
}

/// Where items are found, if people were told where this server is.
fn site(config: &Config) -> Option<(String, Link)> {
    let public = config.server.public_url.as_ref()?;
    let origin = Origin {
        scheme: public.scheme(),
        authority: public.authority.clone(),
        base_path: config.server.base_path.as_str().to_owned(),
    };
    let host = format!("{}://{}", origin.scheme, origin.authority);
    let base = format!("{host}{}", origin.base_path);
    let hrefs = Hrefs::new(&origin);
    let link = move |owner: &str, layer: &str, name: &str| {
        let item = Target::Item {
            owner: owner.to_owned(),
            layer: layer.to_owned(),
            name: name.to_owned(),
        };
        format!("{host}{}", hrefs.of(&item))
    };
    Some((base, Box::new(link)))
}
