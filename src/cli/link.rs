//! A feed's link as people are shown it, this once.

use std::io::{self, Write};

use anyhow::Context;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::auth::FeedSecret;
use crate::config::Config;

/// What stands for itself in a segment of a path (RFC 3986 section 3.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

pub fn of(config: &Config, owner: &str, secret: &FeedSecret) -> String {
    let base = config.server.public_base();
    let owner = utf8_percent_encode(owner, ENCODED);
    format!("{base}/feed/{owner}/{}.ics", secret.shown)
}

/// The same as Apple's programs open it, and for a camera.
pub fn show_otherwise(link: &str, qr: bool) -> anyhow::Result<()> {
    let mut out = io::stdout();
    if let Some((_, rest)) = link.split_once("://") {
        writeln!(out, "webcal: webcal://{rest}")?;
    }
    if qr {
        let code = QrCode::new(link).context("the link is too long for a QR code")?;
        writeln!(out, "{}", code.render::<Dense1x2>().build())?;
    }
    Ok(())
}
