//! Addresses of others (RFC 3986, as far as http has it). They may hold a password or a token: none of them is ever printed
//! whole, and [`Address::shown`] is what people and logs see.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use percent_encoding::percent_decode_str;

use crate::http::below;

/// Octets of an address; what is longer is no address of a calendar.
pub const LONGEST: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("it is no address: it begins with https://, http:// or webcal://")]
    Scheme,
    #[error("the address names no host")]
    Host,
    #[error(
        "the host must be written in ASCII letters, as browsers show it after visiting it (xn--…)"
    )]
    Letters,
    #[error("the port is no number from 1 to 65535")]
    Port,
    #[error("the address holds a control character or a backslash")]
    Character,
    #[error("the address is longer than {LONGEST} octets")]
    Long,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Host {
    /// In lower case, without a dot at the end.
    Name(String),
    Literal(IpAddr),
}

/// One address: where to connect, what to ask for, and as whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    secure: bool,
    host: Host,
    port: u16,
    /// Path and query, all of it visible ASCII.
    target: String,
    /// `user:password`, decoded.
    credentials: Option<String>,
}

impl Address {
    /// What a person typed or pasted. `webcal:` is https: whoever wants http says so.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(BadAddress::Long);
        }
        let (scheme, rest) = text.split_once("://").ok_or(BadAddress::Scheme)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" | "webcal" | "webcals" => true,
            "http" => false,
            _ => return Err(BadAddress::Scheme),
        };
        Self::after_scheme(secure, rest)
    }

    fn after_scheme(secure: bool, rest: &str) -> Result<Self, BadAddress> {
        if rest.chars().any(|char| char.is_control() || char == '\\') {
            return Err(BadAddress::Character);
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let (host, port) = split_port(place)?;
        let port = match port {
            None | Some("") => default_port(secure),
            Some(port) => number(port).ok_or(BadAddress::Port)?,
        };
        let credentials = user.filter(|user| !user.is_empty()).map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            format!("{}:{}", decoded(name), decoded(password))
        });
        Ok(Self {
            secure,
            host: Host::parse(host)?,
            port,
            target: encoded(target),
            credentials,
        })
    }

    pub fn is_secure(&self) -> bool {
        self.secure
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn target(&self) -> &str {
        &self.target
    }

    pub fn credentials(&self) -> Option<&str> {
        self.credentials.as_deref()
    }

    /// What stands in `Host`.
    pub fn authority(&self) -> String {
        if self.port == default_port(self.secure) {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Where a `Location` leads (RFC 3986 section 5.2). Credentials stay with the host that they were given for, and those
    /// in a `Location` count for nothing.
    pub fn join(&self, location: &str) -> Result<Self, BadAddress> {
        let location = location.trim();
        if location.len() > LONGEST {
            return Err(BadAddress::Long);
        }
        let next = if let Some((scheme, rest)) = location
            .split_once("://")
            .filter(|(scheme, _)| scheme.chars().all(|char| char.is_ascii_alphanumeric()))
        {
            match scheme.to_ascii_lowercase().as_str() {
                "https" => Self::after_scheme(true, rest)?,
                "http" => Self::after_scheme(false, rest)?,
                _ => return Err(BadAddress::Scheme),
            }
        } else if let Some(rest) = location.strip_prefix("//") {
            Self::after_scheme(self.secure, rest)?
        } else {
            if location
                .chars()
                .any(|char| char.is_control() || char == '\\')
            {
                return Err(BadAddress::Character);
            }
            Self {
                target: self.relative(location),
                ..self.clone()
            }
        };
        let credentials = self.credentials.clone().filter(|_| {
            (next.secure, &next.host, next.port) == (self.secure, &self.host, self.port)
        });
        Ok(Self {
            credentials,
            ..next
        })
    }

    fn relative(&self, reference: &str) -> String {
        let reference = reference.split('#').next().unwrap_or_default();
        let path = self.target.split('?').next().unwrap_or_default();
        if reference.is_empty() {
            return self.target.clone();
        }
        if reference.starts_with('?') {
            return encoded(&format!("{path}{reference}"));
        }
        if reference.starts_with('/') {
            return encoded(reference);
        }
        let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
        encoded(&format!("{folder}{reference}"))
    }

    /// The whole of it, secrets and all, in one spelling: to be sealed, or hashed with a key.
    pub fn whole(&self) -> String {
        let user = self.credentials.as_ref().map(|both| {
            let (name, password) = both.split_once(':').unwrap_or((both, ""));
            let encode = |text: &str| {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            };
            format!("{}:{}@", encode(name), encode(password))
        });
        let user = user.unwrap_or_default();
        format!(
            "{}://{user}{}{}",
            self.scheme(),
            self.authority(),
            self.target
        )
    }

    fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// What may be shown and logged: no user, no query, and of the path the last name if it is one that people give.
    pub fn shown(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        let (folders, last) = path.rsplit_once('/').unwrap_or(("", path));
        let has_words = last.len() <= 40 && is_name(last);
        let folders = if folders.is_empty() { "" } else { "/…" };
        let last = if has_words { last } else { "…" };
        format!("{}://{}{folders}/{last}", self.scheme(), self.authority())
    }
}

/// Never whole.
impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.shown())
    }
}

impl Host {
    fn parse(text: &str) -> Result<Self, BadAddress> {
        if let Some(inside) = text.strip_prefix('[') {
            let inside = inside.strip_suffix(']').ok_or(BadAddress::Host)?;
            let literal = inside.parse::<Ipv6Addr>().map_err(|_| BadAddress::Host)?;
            return Ok(Self::Literal(literal.into()));
        }
        if !text.is_ascii() {
            return Err(BadAddress::Letters);
        }
        if let Ok(literal) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Literal(literal.into()));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        // `127.1`, `0x7f.1` and `2130706433` are addresses to a system's resolver, and tricks everywhere else.
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
            || last
                .strip_prefix("0x")
                .is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if name.len() > 253 || !name.split('.').all(is_label) || is_number {
            return Err(BadAddress::Host);
        }
        Ok(Self::Name(name))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => out.write_str(name),
            Self::Literal(IpAddr::V4(address)) => write!(out, "{address}"),
            Self::Literal(IpAddr::V6(address)) => write!(out, "[{address}]"),
        }
    }
}

/// Where this server itself is found: what it gives out it does not take in again.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// Scheme and host as clients know them, `https://cal.example.org`.
    pub origin: Option<String>,
    /// Empty, or `/cal`.
    pub base_path: String,
}

impl Own {
    pub fn has(&self, address: &Address) -> bool {
        let own = self.origin.as_deref().map(Address::parse);
        let Some(Ok(own)) = own else { return false };
        let path = address.target.split('?').next().unwrap_or_default();
        let is_usual = |port| port == default_port(true) || port == default_port(false);
        let same_port = own.port == address.port || is_usual(own.port) && is_usual(address.port);
        own.host == address.host && same_port && below(path, &self.base_path).is_some()
    }
}

/// A name that people give, `basic.ics` or `team-7.ics`: words, and one short number at most. What mixes letters, cases and
/// numbers as chance does is a secret, however short it is.
fn is_name(text: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let numbers = text
        .split(|char: char| !char.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .count();
    let mut words = text.split(['.', '_', '-']);
    text.chars().all(is_plain) && numbers <= 1 && digits <= 4 && words.all(is_word)
}

/// `holidays`, `Holidays`, `US`, `team7` or `2026`.
fn is_word(word: &str) -> bool {
    let letters = word.trim_end_matches(|char: char| char.is_ascii_digit());
    let rest = letters.get(1..).unwrap_or_default();
    let one_case = |all: &str| {
        all.bytes().all(|byte| byte.is_ascii_lowercase())
            || all.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    let capital = rest.bytes().all(|byte| byte.is_ascii_lowercase())
        && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters.len() <= LONGEST_WORD && (one_case(letters) || capital)
}

/// Letters of a word; longer ones are rare, and secrets are not.
const LONGEST_WORD: usize = 14;

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

fn split_port(place: &str) -> Result<(&str, Option<&str>), BadAddress> {
    if place.starts_with('[') && !place.contains(']') {
        return Err(BadAddress::Host);
    }
    let after_literal = place.rfind(']').map_or(0, |at| at + 1);
    let (literal, rest) = place
        .split_at_checked(after_literal)
        .ok_or(BadAddress::Host)?;
    match rest.split_once(':') {
        Some((name, port)) if after_literal == 0 => Ok((name, Some(port))),
        Some(("", port)) => Ok((literal, Some(port))),
        None if after_literal == 0 => Ok((rest, None)),
        None if rest.is_empty() => Ok((literal, None)),
        _ => Err(BadAddress::Host),
    }
}

fn number(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// A target that can stand in a request line.
fn encoded(target: &str) -> String {
    let mut out = String::with_capacity(target.len() + 1);
    if !target.starts_with('/') {
        out.push('/');
    }
    for byte in target.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests;
