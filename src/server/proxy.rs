//! What trusted proxies say of the client: `Forwarded` (RFC 7239) or the older `X-Forwarded-*`. Anyone else is not heard.

use std::net::IpAddr;

use http::uri::Authority;

use crate::config::{self, Config};
use crate::http::{HeaderMap, Origin};

/// Where a request really comes from, and where the client believes the server to be.
#[derive(Debug, PartialEq, Eq)]
pub struct Provenance {
    pub client: IpAddr,
    /// Nobody on the way could read along.
    pub secure: bool,
    pub origin: Origin,
    /// Another machine's request, handed on by a proxy that is not trusted: the peer's address proves nothing.
    pub relayed: bool,
}

/// `authority` is what the request itself names: its `Host`, or its target if that is absolute.
pub fn provenance(
    config: &Config,
    headers: &HeaderMap,
    peer: IpAddr,
    secure: bool,
    authority: &str,
) -> Provenance {
    let settings = &config.server;
    let trusted = |address: IpAddr| config::within(&settings.trusted_proxies, address);
    let heard = if trusted(peer) {
        Heard::read(headers, peer, &trusted)
    } else {
        Heard::nothing(peer)
    };
    let secure = heard.secure.unwrap_or(secure);
    let own = scheme(secure);
    let base_path = match (settings.base_path.as_str(), heard.prefix) {
        ("", Some(prefix)) => prefix,
        (configured, _) => configured.to_owned(),
    };
    let (scheme, authority) = match &settings.public_url {
        Some(public) => (public.scheme(), public.authority.clone()),
        None => (
            own,
            with_port(heard.host.unwrap_or(authority), heard.port, own),
        ),
    };
    Provenance {
        client: heard.client,
        secure,
        relayed: !trusted(peer) && is_relayed(headers),
        origin: Origin {
            scheme,
            authority,
            base_path,
        },
    }
}

fn scheme(secure: bool) -> &'static str {
    if secure { "https" } else { "http" }
}

fn is_relayed(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// A host without a port gets the one that the proxy listens on, unless the scheme implies it.
fn with_port(host: &str, port: Option<u16>, scheme: &str) -> String {
    let bare = host
        .parse::<Authority>()
        .is_ok_and(|authority| authority.port().is_none());
    let implied = if scheme == "https" { 443 } else { 80 };
    match port {
        Some(port) if bare && port != implied => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}

/// What the proxies said.
struct Heard<'h> {
    client: IpAddr,
    secure: Option<bool>,
    host: Option<&'h str>,
    port: Option<u16>,
    prefix: Option<String>,
}

impl<'h> Heard<'h> {
    fn nothing(peer: IpAddr) -> Self {
        Self {
            client: peer,
            secure: None,
            host: None,
            port: None,
            prefix: None,
        }
    }

    fn read(headers: &'h HeaderMap, peer: IpAddr, trusted: &dyn Fn(IpAddr) -> bool) -> Self {
        let heard = if headers.contains_key(http::header::FORWARDED) {
            Self::forwarded(headers, peer, trusted)
        } else {
            Self::x_forwarded(headers, peer, trusted)
        };
        Self {
            prefix: prefix(headers),
            ..heard
        }
    }

    fn forwarded(headers: &'h HeaderMap, peer: IpAddr, trusted: &dyn Fn(IpAddr) -> bool) -> Self {
        let hops: Vec<Vec<(&str, &str)>> = list(headers, "forwarded")
            .iter()
            .map(|element| pairs(element))
            .collect();
        let named = |hop: &Vec<(&'h str, &'h str)>, name: &str| {
            hop.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| *value)
        };
        let addresses: Vec<Option<IpAddr>> = hops
            .iter()
            .map(|hop| named(hop, "for").and_then(node))
            .collect();
        let (client, seen) = walk(&addresses, peer, trusted);
        let Some(hop) = hops.get(seen) else {
            return Self::nothing(peer);
        };
        Self {
            client,
            secure: named(hop, "proto").and_then(is_https),
            host: named(hop, "host").filter(|host| is_host(host)),
            port: None,
            prefix: None,
        }
    }

    fn x_forwarded(headers: &'h HeaderMap, peer: IpAddr, trusted: &dyn Fn(IpAddr) -> bool) -> Self {
        let addresses: Vec<Option<IpAddr>> = list(headers, "x-forwarded-for")
            .iter()
            .map(|hop| node(hop))
            .collect();
        let (client, seen) = walk(&addresses, peer, trusted);
        let from_right = addresses.len().saturating_sub(seen);
        // Each proxy on the way may have added a value, or the first may have set the only one.
        let at_hop = |name: &str| {
            let values = list(headers, name);
            let index = values.len().saturating_sub(from_right.max(1));
            values.get(index).copied()
        };
        Self {
            client,
            secure: at_hop("x-forwarded-proto").and_then(is_https),
            host: at_hop("x-forwarded-host").filter(|host| is_host(host)),
            port: at_hop("x-forwarded-port").and_then(|port| port.parse().ok()),
            prefix: None,
        }
    }
}

/// From the nearest hop outwards to the first address that is not a trusted proxy. An address that cannot be read
/// ends the walk: what lies beyond it nobody vouches for. Also the place in the list where the walk ended.
fn walk(
    addresses: &[Option<IpAddr>],
    peer: IpAddr,
    trusted: &dyn Fn(IpAddr) -> bool,
) -> (IpAddr, usize) {
    let mut client = peer;
    let mut seen = addresses.len();
    for (index, address) in addresses.iter().enumerate().rev() {
        seen = index;
        match address {
            Some(address) => client = *address,
            None => break,
        }
        if !trusted(client) {
            break;
        }
    }
    (client, seen)
}

/// The elements of a comma-separated header, over all its lines, quotes respected.
fn list<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let lines = headers
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| split(line, ','))
        .filter(|element| !element.is_empty())
        .collect()
}

fn split(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c| {
        quoted ^= c == '"';
        c == at && !quoted
    })
    .map(str::trim)
}

fn pairs(element: &str) -> Vec<(&str, &str)> {
    let pair = |part| str::split_once(part, '=');
    split(element, ';')
        .filter_map(pair)
        .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
        .collect()
}

/// RFC 7239 section 6: an address, perhaps in brackets, perhaps with a port; `unknown` and `_hidden` are none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let address = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None if text.matches(':').count() == 1 => text.split(':').next().unwrap_or_default(),
        None => text,
    };
    address
        .parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

fn is_https(proto: &str) -> Option<bool> {
    match proto {
        _ if proto.eq_ignore_ascii_case("https") => Some(true),
        _ if proto.eq_ignore_ascii_case("http") => Some(false),
        _ => None,
    }
}

/// RFC 9110 section 7.2: a host and perhaps a port, without user information.
pub fn is_host(text: &str) -> bool {
    !text.contains('@') && text.parse::<Authority>().is_ok()
}

fn prefix(headers: &HeaderMap) -> Option<String> {
    let text = *list(headers, "x-forwarded-prefix").first()?;
    let path = config::BasePath::try_from(text.to_owned()).ok()?;
    (!path.as_str().is_empty()).then(|| path.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn ask(config: &str, peer: &str, lines: &[(&'static str, &str)]) -> Provenance {
        let config = Config::parse(&format!("[server]\n{config}")).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        provenance(
            &config,
            &headers,
            peer.parse().unwrap(),
            false,
            "inner:5232",
        )
    }

    fn trusting(lines: &[(&'static str, &str)]) -> Provenance {
        ask("trusted_proxies = [\"10.0.0.0/8\"]", PROXY, lines)
    }

    fn url(provenance: &Provenance) -> String {
        let origin = &provenance.origin;
        format!(
            "{}://{}{}",
            origin.scheme, origin.authority, origin.base_path
        )
    }

    #[test]
    fn strangers_are_not_heard() {
        let lines = [
            ("forwarded", "for=192.0.2.9;proto=https;host=evil"),
            ("x-forwarded-for", "192.0.2.9"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/evil"),
        ];
        let heard = ask("", "203.0.113.7", &lines);
        assert_eq!(heard.client.to_string(), "203.0.113.7");
        assert_eq!(url(&heard), "http://inner:5232");
        assert!(!heard.secure && heard.relayed);
        assert!(!ask("", "203.0.113.7", &[]).relayed);
    }

    #[test]
    fn forwarded_wins_over_the_older_headers() {
        let heard = trusting(&[
            (
                "forwarded",
                "for=\"[2001:db8::1]:4711\";proto=https;host=\"cal.example:8443\"",
            ),
            ("x-forwarded-for", "192.0.2.9"),
        ]);
        assert_eq!(heard.client.to_string(), "2001:db8::1");
        assert_eq!(url(&heard), "https://cal.example:8443");
        assert!(heard.secure && !heard.relayed);
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_no_proxy() {
        let heard = trusting(&[
            ("x-forwarded-for", "192.0.2.66, 192.0.2.9"),
            ("x-forwarded-for", "10.9.9.9"),
            ("x-forwarded-proto", "https"),
        ]);
        assert_eq!(heard.client.to_string(), "192.0.2.9");
        assert_eq!(url(&heard), "https://inner:5232");
        let hidden = trusting(&[("forwarded", "for=192.0.2.66, for=_hidden, for=10.2.2.2")]);
        assert_eq!(hidden.client.to_string(), "10.2.2.2");
        let spoofed = trusting(&[(
            "forwarded",
            "for=192.0.2.66;host=evil, for=192.0.2.9;host=cal.example",
        )]);
        assert_eq!(url(&spoofed), "http://cal.example");
    }

    #[test]
    fn port_and_prefix_are_added_once() {
        let lines = |port| {
            [
                ("x-forwarded-host", "cal.example"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-port", port),
                ("x-forwarded-prefix", "/cal/"),
            ]
        };
        assert_eq!(url(&trusting(&lines("443"))), "https://cal.example/cal");
        assert_eq!(
            url(&trusting(&lines("8443"))),
            "https://cal.example:8443/cal"
        );
        let both = "trusted_proxies = [\"10.0.0.1\"]\nbase_path = \"/own\"";
        assert_eq!(
            url(&ask(both, PROXY, &lines("443"))),
            "https://cal.example/own"
        );
    }

    #[test]
    fn what_is_no_host_or_prefix_is_left_out() {
        let heard = trusting(&[
            ("x-forwarded-host", "a/../b"),
            ("x-forwarded-proto", "gopher"),
            ("x-forwarded-prefix", "/a\"b"),
        ]);
        assert_eq!(url(&heard), "http://inner:5232");
    }

    #[test]
    fn the_public_url_is_what_clients_are_told_but_hides_no_cleartext() {
        let heard = ask(
            "public_url = \"https://cal.example.org\"",
            "203.0.113.7",
            &[],
        );
        assert_eq!(url(&heard), "https://cal.example.org");
        assert!(!heard.secure);
    }
}
