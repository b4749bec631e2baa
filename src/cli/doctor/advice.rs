//! What to change, as lines for the proxies that people put in front.

/// The lines for one cure in each proxy's language.
pub struct Advice {
    pub why: &'static str,
    pub lines: Vec<(&'static str, String)>,
}

impl Advice {
    /// A sentence without lines.
    pub fn words(why: &'static str) -> Self {
        Self {
            why,
            lines: Vec::new(),
        }
    }

    /// Clients that know only the host name start at `/.well-known/caldav` (RFC 6764 section 5).
    pub fn well_known(base: &str) -> Self {
        Self {
            why: "Clients that know only the host name start there, with every method.",
            lines: vec![
                (
                    "nginx",
                    format!("location = /.well-known/caldav {{ return 301 {base}/dav/; }}"),
                ),
                (
                    "Caddy",
                    format!("redir /.well-known/caldav {base}/dav/ 301"),
                ),
                (
                    "Apache",
                    format!("Redirect 301 /.well-known/caldav {base}/dav/"),
                ),
            ],
        }
    }

    /// The proxy has to pass the whole tree on, and to say who asked and how.
    pub fn proxy(base: &str, why: &'static str) -> Self {
        let headers = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; \
                       proxy_set_header X-Forwarded-Proto $scheme;";
        let caddy = if base.is_empty() {
            "reverse_proxy 127.0.0.1:5232".to_owned()
        } else {
            format!("handle {base}/* {{ reverse_proxy 127.0.0.1:5232 }}")
        };
        Self {
            why,
            lines: vec![
                ("nginx", format!("location {base}/ {{ proxy_pass http://127.0.0.1:5232; {headers} }}")),
                ("Caddy", caddy),
                (
                    "Apache",
                    format!(
                        "ProxyPreserveHost On; RequestHeader set X-Forwarded-Proto expr=%{{REQUEST_SCHEME}}; \
                         ProxyPass {base}/ http://127.0.0.1:5232{base}/ nocanon"
                    )
                    .replace("; ", "\n"),
                ),
                ("Strata", strata(base)),
            ],
        }
    }

    pub fn to_https(host: &str) -> Self {
        Self {
            why: "Clients that try http first should be sent on to https.",
            lines: vec![
                (
                    "nginx",
                    "server { listen 80; listen [::]:80; return 301 https://$host$request_uri; }"
                        .to_owned(),
                ),
                (
                    "Caddy",
                    "nothing to do: Caddy redirects by itself".to_owned(),
                ),
                ("Apache", format!("RedirectPermanent / https://{host}/")),
            ],
        }
    }

    /// The chain has to be whole: phones do not fetch what is missing.
    pub fn certificate(why: &'static str) -> Self {
        Self {
            why,
            lines: vec![
                (
                    "nginx",
                    "ssl_certificate …/fullchain.pem; ssl_certificate_key …/privkey.pem;"
                        .to_owned(),
                ),
                (
                    "Caddy",
                    "nothing to do: Caddy fetches and renews certificates by itself".to_owned(),
                ),
                (
                    "Apache",
                    "SSLCertificateFile …/fullchain.pem\nSSLCertificateKeyFile …/privkey.pem"
                        .to_owned(),
                ),
                (
                    "Strata",
                    "[server] tls_certificate = \"…/fullchain.pem\", tls_key = \"…/privkey.pem\""
                        .to_owned(),
                ),
            ],
        }
    }
}

fn strata(base: &str) -> String {
    let proxies = "[server] trusted_proxies = [\"127.0.0.1/32\", \"::1/128\"]";
    if base.is_empty() {
        proxies.to_owned()
    } else {
        format!("{proxies}, base_path = \"{base}\"")
    }
}
