//! What the commands say alike that hand out secrets: app passwords, tokens, links.

use std::io::{self, Write};

use anyhow::bail;
use clap::Args;

use super::house;

#[derive(Args)]
pub struct End {
    /// When it ends: a date such as 2027-06-30, or a time from now such as 90d, 12h
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,
}

impl End {
    /// `None`: never.
    pub fn moment(&self) -> anyhow::Result<Option<i64>> {
        let when = self.expires.as_deref();
        when.map(|when| moment(when, house::now())).transpose()
    }
}

/// A date is meant to its end; everything is in UTC.
fn moment(text: &str, now: i64) -> anyhow::Result<i64> {
    let moment = match text.parse::<jiff::civil::Date>() {
        Ok(date) => date
            .tomorrow()
            .and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC))
            .ok()
            .map(|it| it.timestamp().as_second()),
        Err(_) => span(text).and_then(|seconds| now.checked_add(seconds)),
    };
    match moment {
        Some(moment) if moment > now => Ok(moment),
        Some(_) => bail!("--expires: {text} is over"),
        None => {
            bail!("--expires: {text} is neither a date such as 2027-06-30 nor a time such as 90d")
        }
    }
}

fn span(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number
        .parse::<u32>()
        .ok()
        .map(|number| i64::from(number) * unit)
}

/// Shows a secret, this once.
pub fn made(what: &str, id: &str, user: &str, secret: (&str, &str)) -> io::Result<()> {
    let (called, secret) = secret;
    let mut out = io::stdout();
    writeln!(out, "created {what} {id} for {user}")?;
    writeln!(out, "{called}: {secret}")
}

/// Says that a secret is worth nothing any more, if it ever was.
pub fn revoked(what: &str, id: &str, user: &str, was_there: bool) -> anyhow::Result<()> {
    if !was_there {
        bail!("{user} has no {what} {id}");
    }
    Ok(writeln!(io::stdout(), "revoked {what} {id} of {user}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_a_date_or_a_time_from_now() {
        let now = 1_795_000_000; // 2026-11-18
        assert_eq!(moment("90d", now).unwrap(), now + 90 * 86_400);
        assert_eq!(moment("2w", now).unwrap(), now + 14 * 86_400);
        assert_eq!(moment("2026-12-31", now).unwrap(), 1_798_761_600);
        for text in [
            "2020-01-01",
            "0d",
            "d",
            "",
            "90",
            "90x",
            "-3d",
            "soon",
            "9999999999999d",
        ] {
            assert!(moment(text, now).is_err(), "{text}");
        }
    }
}
