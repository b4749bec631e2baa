//! The addresses that a person types into a client, built from where the client sees the server.

use crate::http::Origin;

/// The server's address, taken apart as clients and profiles want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub secure: bool,
    pub host: String,
    /// As the address shows it; `None`: the scheme's own.
    pub port: Option<u16>,
    pub base_path: String,
}

impl Address {
    pub fn of(origin: &Origin) -> Self {
        let (host, port) = split(&origin.authority);
        let secure = origin.scheme == "https";
        let usual = if secure { 443 } else { 80 };
        Self {
            secure,
            host: host.to_owned(),
            port: port.filter(|port| *port != usual),
            base_path: origin.base_path.clone(),
        }
    }

    /// What most clients ask for: they find the rest themselves.
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}{}/", self.authority(), self.base_path)
    }

    /// The DAV root, for clients that do not look for it.
    pub fn dav(&self) -> String {
        format!("{}dav/", self.url())
    }

    /// Opens DAVx⁵ with the address filled in; it speaks https there.
    pub fn davx5(&self) -> String {
        format!("davx5://{}{}/dav/", self.authority(), self.base_path)
    }

    pub fn port_number(&self) -> u16 {
        self.port.unwrap_or(if self.secure { 443 } else { 80 })
    }

    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

/// Host and port; an IPv6 address keeps its brackets (RFC 3986 section 3.2.2).
fn split(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && !port.contains(']') => (host, port.parse().ok()),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(scheme: &'static str, authority: &str, base_path: &str) -> Address {
        Address::of(&Origin {
            scheme,
            authority: authority.into(),
            base_path: base_path.into(),
        })
    }

    #[test]
    fn addresses_keep_ports_brackets_and_prefixes() {
        let local = address("http", "localhost:5232", "");
        assert_eq!(local.url(), "http://localhost:5232/");
        let public = address("https", "cal.example.org:443", "/cal");
        assert_eq!(public.url(), "https://cal.example.org/cal/");
        assert_eq!(public.dav(), "https://cal.example.org/cal/dav/");
        assert_eq!(public.davx5(), "davx5://cal.example.org/cal/dav/");
        assert_eq!(public.port_number(), 443);
        let six = address("https", "[2001:db8::1]:8443", "");
        assert_eq!(
            (six.host.as_str(), six.port_number()),
            ("[2001:db8::1]", 8443)
        );
        let bare = address("https", "[2001:db8::1]", "");
        assert_eq!((bare.host.as_str(), bare.port), ("[2001:db8::1]", None));
    }
}
