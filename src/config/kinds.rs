//! The kinds of value a setting can have, and how each reads and writes in TOML.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Empty, or `/cal`: a slash in front, none behind, each segment plain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct BasePath(String);

impl TryFrom<String> for BasePath {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let path = text.trim_end_matches('/');
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%/".contains(&byte);
        let dots = path
            .split('/')
            .any(|segment| segment == "." || segment == "..");
        if path.is_empty()
            || (path.starts_with('/') && !path.contains("//") && !dots && path.bytes().all(plain))
        {
            Ok(Self(path.to_owned()))
        } else {
            Err("must begin with a slash and be a plain path, such as /cal")
        }
    }
}

impl BasePath {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `https://cal.example.org` or `http://localhost:8080`; a path belongs into `base_path`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl {
    pub secure: bool,
    pub authority: String,
}

impl PublicUrl {
    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (secure, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            _ => return Err("must begin with https:// or http://"),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let valid = authority.parse::<http::uri::Authority>().is_ok() && !authority.contains('@');
        if !valid {
            return Err("must be a host, perhaps with a port; a path belongs into base_path");
        }
        Ok(Self {
            secure,
            authority: authority.to_owned(),
        })
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        format!("{}://{}", url.scheme(), url.authority)
    }
}

/// Where the database is. It may hold a password, so it prints without one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct StoreUrl(String);

impl Default for StoreUrl {
    fn default() -> Self {
        Self("sqlite:strata.db".to_owned())
    }
}

impl TryFrom<String> for StoreUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let sqlite = text
            .strip_prefix("sqlite:")
            .is_some_and(|path| !path.is_empty());
        if sqlite || text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self(text))
        } else {
            Err("must be sqlite:PATH or postgres://…")
        }
    }
}

impl StoreUrl {
    /// The whole address, with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn sqlite_path(&self) -> Option<&str> {
        self.0.strip_prefix("sqlite:")
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.split_once("://"), self.0.rsplit_once('@')) {
            _ if self.0.starts_with("sqlite:") => out.write_str(&self.0),
            (Some((scheme, _)), Some((_, place))) => {
                write!(out, "{scheme}://…@{}", without_query(place))
            }
            _ => out.write_str(without_query(&self.0)),
        }
    }
}

/// A setting that does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("\"…\"")
    }
}

/// libpq also takes a password as a parameter.
fn without_query(text: &str) -> &str {
    text.split('?').next().unwrap_or_default()
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// An empty text is `None`: TOML has no null, and the shipped file shows every key.
pub mod blank {
    use serde::de::{DeserializeOwned, IntoDeserializer, value::StringDeserializer};

    use super::*;

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(to),
            None => to.serialize_str(""),
        }
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        let text: StringDeserializer<D::Error> = text.into_deserializer();
        T::deserialize(text).map(Some)
    }
}

/// Whole or broken seconds.
pub mod seconds {
    use std::time::Duration;

    use super::*;

    pub fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        match value.subsec_nanos() {
            0 => to.serialize_u64(value.as_secs()),
            _ => to.serialize_f64(value.as_secs_f64()),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(from)?;
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) if seconds <= 31_536_000.0 => Ok(duration),
            _ => Err(D::Error::custom("must be seconds, between 0 and a year")),
        }
    }
}

/// One value or a list of them, each written as text.
pub mod one_or_many {
    use std::net::SocketAddr;

    use super::*;

    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "an address and port such as \"127.0.0.1:5232\", or a list of them"
    )]
    enum Either {
        One(String),
        Many(Vec<String>),
    }

    pub fn serialize<S: Serializer>(value: &[SocketAddr], to: S) -> Result<S::Ok, S::Error> {
        match value {
            [one] => one.serialize(to),
            many => many.serialize(to),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SocketAddr>, D::Error> {
        let texts = match Either::deserialize(from)? {
            Either::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
            Either::Many(texts) => texts,
        };
        let address = |text: String| {
            let with_host = text.replacen("localhost:", "127.0.0.1:", 1);
            with_host.parse().map_err(|_| {
                D::Error::custom(format!(
                    "\"{text}\" is not an address and port, such as 127.0.0.1:5232"
                ))
            })
        };
        texts.into_iter().map(address).collect()
    }
}

/// Networks in CIDR form; a bare address is a network of one.
pub mod networks {
    use std::net::IpAddr;

    use ipnet::IpNet;

    use super::*;

    pub fn serialize<S: Serializer>(value: &[IpNet], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(value.iter().map(IpNet::to_string))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
        let network = |text: String| {
            let parsed: Option<IpNet> = text.parse().ok();
            parsed
                .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
                .ok_or_else(|| {
                    D::Error::custom(format!("\"{text}\" is not a network, such as 10.0.0.0/8"))
                })
        };
        Vec::<String>::deserialize(from)?
            .into_iter()
            .map(network)
            .collect()
    }
}

/// Port numbers, also as texts: the environment knows nothing else.
pub mod ports {
    use super::*;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Port {
        Number(u16),
        Text(String),
    }

    pub fn serialize<S: Serializer>(value: &[u16], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u16>, D::Error> {
        let port = |port: Port| match port {
            Port::Number(port) if port > 0 => Ok(port),
            Port::Number(_) => Err(D::Error::custom("0 is not a port")),
            Port::Text(text) => {
                let parsed = text.parse().ok().filter(|port| *port > 0);
                parsed.ok_or_else(|| D::Error::custom(format!("\"{text}\" is not a port")))
            }
        };
        Vec::<Port>::deserialize(from)?
            .into_iter()
            .map(port)
            .collect()
    }
}
