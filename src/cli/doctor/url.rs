//! The address that a person tests, and addresses that the server answers with.

use anyhow::bail;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub secure: bool,
    pub host: String,
    pub port: u16,
    /// With its slash in front.
    pub path: String,
}

impl Url {
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => bail!("--url: {text} begins neither with https:// nor with http://"),
        };
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
            _ => (authority, Some(if secure { 443 } else { 80 })),
        };
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        match port {
            Some(port) if !host.is_empty() && !host.contains('@') && plain(host) && plain(path) => {
                Ok(Self {
                    secure,
                    host: host.to_ascii_lowercase(),
                    port,
                    path: path.to_owned(),
                })
            }
            _ => bail!("--url: {text} is not an address such as https://cal.example.org"),
        }
    }

    /// The same server, another path.
    pub fn at(&self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..self.clone()
        }
    }

    /// Where a `Location` or an href leads (RFC 3986 section 5.2, as far as servers use it).
    pub fn join(&self, reference: &str) -> Option<Self> {
        if reference.contains("://") {
            Self::parse(reference).ok()
        } else {
            reference.starts_with('/').then(|| self.at(reference))
        }
    }

    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    pub fn authority(&self) -> String {
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The path under which the server is mounted: empty, or `/cal`.
    pub fn base(&self) -> &str {
        let path = self.path.trim_end_matches('/');
        path.strip_suffix("/dav").unwrap_or(path)
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}://{}{}", self.scheme(), self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let url = Url::parse("cal.Example.org").unwrap();
        assert_eq!(url.to_string(), "https://cal.example.org/");
        let url = Url::parse("http://[::1]:8080/cal/dav/").unwrap();
        assert_eq!(
            (url.port, url.base(), url.is_loopback()),
            (8080, "/cal", true)
        );
        assert_eq!(Url::parse("https://[2001:db8::1]/").unwrap().port, 443);
        assert_eq!(url.join("https://x/y").unwrap().to_string(), "https://x/y");
        assert_eq!(
            url.join("/dav/").unwrap().to_string(),
            "http://[::1]:8080/dav/"
        );
        for text in [
            "",
            "ftp://a",
            "https://",
            "https://a@b",
            "https://a:b/",
            "https://a /",
            "https://a/b\r\nX: y",
        ] {
            assert!(Url::parse(text).is_err(), "{text:?}");
        }
    }
}
