//! `[mail]`: who carries letters to accounts, and from whom they come.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::check::Rule;
use super::kinds;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    #[serde(with = "kinds::blank")]
    pub url: Option<MailUrl>,
    #[serde(with = "kinds::blank")]
    pub from: Option<Sender>,
    pub user: String,
    #[serde(with = "kinds::blank")]
    pub password: Option<kinds::Hidden>,
    #[serde(with = "kinds::seconds")]
    pub timeout: Duration,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            url: None,
            from: None,
            user: String::new(),
            password: None,
            timeout: Duration::from_secs(30),
        }
    }
}

impl Mail {
    pub(super) fn rules(&self) -> Vec<Rule> {
        let seconds = self.timeout.as_secs_f64();
        let has_password = self.password.is_some();
        let url = self.url.as_ref();
        vec![
            (
                "mail.timeout",
                (0.01..=120.0).contains(&seconds),
                "must be between 0.01 and 120 seconds",
            ),
            (
                "mail.from",
                url.is_none() || self.from.is_some(),
                "is needed beside url",
            ),
            (
                "mail.user",
                has_password != self.user.is_empty(),
                "goes with a password, and neither without the other",
            ),
            (
                "mail.password",
                !has_password || url.is_none_or(MailUrl::keeps_secrets),
                "is given over TLS alone: smtps:// or starttls://",
            ),
        ]
    }
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// `smtp://`: as it is, on port 25.
    Cleartext,
    /// `starttls://`: TLS from the second word on, or not at all (RFC 3207), on port 587.
    StartTls,
    /// `smtps://`: TLS from the first octet on (RFC 8314 section 3.3), on port 465.
    Tls,
}

const SCHEMES: [(&str, Wrapping, u16); 3] = [
    ("smtp", Wrapping::Cleartext, 25),
    ("starttls", Wrapping::StartTls, 587),
    ("smtps", Wrapping::Tls, 465),
];

/// `smtps://mail.example.org`, perhaps with a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MailUrl {
    pub wrapping: Wrapping,
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
}

impl MailUrl {
    /// Does nobody on the way read along?
    fn keeps_secrets(&self) -> bool {
        let literal: Option<IpAddr> = self.host.parse().ok();
        let is_here = literal.map_or(self.host == "localhost", |it| it.is_loopback());
        self.wrapping != Wrapping::Cleartext || is_here
    }
}

impl TryFrom<String> for MailUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const PLAIN: &str =
            "must be a host, perhaps with a port; user and password are settings of their own";
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let known = SCHEMES.into_iter().find(|(name, ..)| *name == scheme);
        let Some((_, wrapping, usual)) = known else {
            return Err("must begin with smtp://, starttls:// or smtps://");
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let parsed: http::uri::Authority = authority.parse().map_err(|_| PLAIN)?;
        let host = parsed.host().trim_matches(['[', ']']).to_owned();
        let port = match authority.rsplit_once(':') {
            Some((_, digits)) if !digits.ends_with(']') => digits.parse().map_err(|_| PLAIN)?,
            _ => usual,
        };
        if host.is_empty() || port == 0 || authority.contains('@') {
            return Err(PLAIN);
        }
        Ok(Self {
            wrapping,
            host,
            port,
        })
    }
}

impl From<MailUrl> for String {
    fn from(url: MailUrl) -> Self {
        let scheme = SCHEMES.iter().find(|(_, it, _)| *it == url.wrapping);
        let scheme = scheme.map_or("smtp", |(name, ..)| name);
        match url.host.contains(':') {
            true => format!("{scheme}://[{}]:{}", url.host, url.port),
            false => format!("{scheme}://{}:{}", url.host, url.port),
        }
    }
}

/// `calendar@example.org`, or `Calendars <calendar@example.org>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sender {
    pub name: Option<String>,
    pub address: String,
}

impl TryFrom<String> for Sender {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "must be a mail address, such as Calendars <calendar@example.org>";
        let (name, address) = match text.strip_suffix('>').and_then(|it| it.rsplit_once('<')) {
            Some((name, address)) => (name.trim(), address),
            None => ("", text.trim()),
        };
        let is_plain = |char: char| char.is_ascii_graphic() && !"<>,;:\"()[]\\".contains(char);
        let stands = match address.rsplit_once('@') {
            Some((local, domain)) => {
                !local.is_empty() && !domain.is_empty() && address.chars().all(is_plain)
            }
            None => false,
        };
        if !stands || address.len() > 254 || name.len() > 200 || text.chars().any(char::is_control)
        {
            return Err(WRONG);
        }
        let name = name.trim_matches('"');
        Ok(Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: address.to_owned(),
        })
    }
}

impl From<Sender> for String {
    fn from(sender: Sender) -> Self {
        match sender.name {
            Some(name) => format!("{name} <{}>", sender.address),
            None => sender.address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    #[test]
    fn a_mail_server_is_a_scheme_and_a_host() {
        let read = |text: &str| {
            let url = MailUrl::try_from(text.to_owned()).unwrap();
            (url.wrapping, url.host, url.port)
        };
        let host = || "mail.example.org".to_owned();
        assert_eq!(
            read("smtp://mail.example.org"),
            (Wrapping::Cleartext, host(), 25)
        );
        assert_eq!(
            read("starttls://mail.example.org/"),
            (Wrapping::StartTls, host(), 587)
        );
        assert_eq!(
            read("smtps://mail.example.org:4465"),
            (Wrapping::Tls, host(), 4465)
        );
        assert_eq!(
            read("smtp://[::1]:2525"),
            (Wrapping::Cleartext, "::1".to_owned(), 2525)
        );
        assert_eq!(
            read("smtp://[::1]"),
            (Wrapping::Cleartext, "::1".to_owned(), 25)
        );
        for text in [
            "",
            "mail.example.org",
            "https://mail.example.org",
            "smtp://",
            "smtp://u:p@host",
            "smtp://host:0",
            "smtp://host:x",
            "smtp://host/path",
            "smtp://ho st",
            "smtp://host\r\nRSET",
        ] {
            assert!(MailUrl::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_sender_is_an_address_perhaps_with_a_name() {
        let read = |text: &str| {
            Sender::try_from(text.to_owned())
                .ok()
                .map(|it| (it.name, it.address))
        };
        let address = || "c@example.org".to_owned();
        assert_eq!(read("c@example.org"), Some((None, address())));
        assert_eq!(read("<c@example.org>"), Some((None, address())));
        assert_eq!(
            read("Übersicht <c@example.org>"),
            Some((Some("Übersicht".to_owned()), address()))
        );
        for text in [
            "",
            "c",
            "@example.org",
            "c@",
            "c@example.org\r\nRCPT TO:<x@y>",
            "a@b, c@d",
            "A\n <c@example.org>",
            "<a@b> c@d",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn settings_go_together() {
        let complaint = |text: &str| {
            let read = Config::parse(&format!("[mail]\n{text}"));
            read.err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        let from = "from = \"c@example.org\"\n";
        assert!(complaint("url = \"smtp://h\"").starts_with("mail.from: "));
        assert!(
            complaint(&format!("{from}url = \"smtp://h\"\nuser = \"u\""))
                .starts_with("mail.user: ")
        );
        let both = "user = \"u\"\npassword = \"hunter2\"";
        let open = complaint(&format!("{from}url = \"smtp://h\"\n{both}"));
        assert!(
            open.starts_with("mail.password: ") && !open.contains("hunter2"),
            "{open}"
        );
        for url in [
            "smtp://127.0.0.1:2525",
            "smtp://localhost",
            "smtps://h",
            "starttls://h",
        ] {
            assert_eq!(
                complaint(&format!("{from}url = \"{url}\"\n{both}")),
                "",
                "{url}"
            );
        }
        assert!(complaint("timeout = 0").starts_with("mail.timeout: "));
        let config = Config::parse(&format!("[mail]\n{from}url = \"smtps://h\"\n{both}")).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
