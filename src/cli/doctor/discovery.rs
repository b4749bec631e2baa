//! What clients do with the address: well-known, the challenge, the DAV header, and the walk from root to calendars.

use super::advice::Advice;
use super::client::Answer;
use super::url::Url;
use super::{Doctor, HOME, PRINCIPAL};

impl Doctor<'_> {
    fn base(&self) -> String {
        self.url.base().to_owned()
    }

    fn dav(&self) -> Url {
        self.url.at(&format!("{}/dav/", self.url.base()))
    }

    /// RFC 6764 section 5, by PROPFIND as Apple's clients do and by GET as others do.
    pub(super) fn well_known(&mut self) {
        let url = self.url.at("/.well-known/caldav");
        for method in ["PROPFIND", "GET"] {
            let Some(answer) = self.ask(method, &url, Some("0"), "", false) else {
                return;
            };
            let location = answer
                .header("location")
                .and_then(|location| url.join(&location));
            match (answer.status, location) {
                (301 | 302 | 307 | 308, Some(location)) => self.redirect(method, &location),
                (401 | 207, _) if method == "PROPFIND" => {
                    self.ok("/.well-known/caldav answers PROPFIND itself")
                }
                (405 | 501, _) => {
                    let advice = Advice::well_known(&self.base());
                    self.wrong(
                        format!("{method} {} answers {}", url.path, answer.status),
                        advice,
                    );
                }
                (status, _) => {
                    let advice = Advice::well_known(&self.base());
                    self.wrong(
                        format!(
                            "{method} {} answers {status} instead of leading to {}",
                            url.path,
                            self.dav().path
                        ),
                        advice,
                    );
                    return;
                }
            }
        }
    }

    fn redirect(&mut self, method: &str, location: &Url) {
        let expected = self.dav();
        let what = format!("{method} /.well-known/caldav leads to {location}");
        if *location == expected {
            return self.ok(what);
        }
        let same_server = location.at("/") == self.url.at("/");
        if same_server && self.url.path == "/" && location.path.ends_with("/dav/") {
            // Nobody has to type the path: this is how clients learn of it.
            self.url = self.url.at(&format!("{}/", location.base()));
            return self.ok(what);
        }
        let why = if location.secure != expected.secure {
            "It leads from https to http: the server was not told that clients come by https."
        } else if location.host != expected.host || location.port != expected.port {
            "It leads to another host or port than the one that people type."
        } else {
            "It leads to another path than the server is mounted at."
        };
        self.wrong(what, Advice::proxy(&self.base(), why));
    }

    /// The first, unauthenticated question of every client must be answered by a challenge.
    pub(super) fn root(&mut self) {
        let url = self.dav();
        let Some(answer) = self.ask("PROPFIND", &url, Some("0"), PRINCIPAL, false) else {
            return;
        };
        let base = self.base();
        let what = format!(
            "PROPFIND {} without a password answers {}",
            url.path, answer.status
        );
        match answer.status {
            401 => self.challenge(what, &answer),
            207 => self.warn(what, Advice::words("Several clients only ask for the password when they get 401: see [privacy] anonymous.")),
            403 if answer.body.contains("unencrypted") => {
                self.wrong(what, Advice::proxy(&base, "The server believes that the client came by unencrypted http."));
            }
            404 => self.wrong(what, Advice::proxy(&base, "The path does not reach the server, or [server] base_path differs.")),
            405 | 501 => self.wrong(what, Advice::proxy(&base, "Something in front of the server lets only web browsers' methods through.")),
            502..=504 => self.wrong(what, Advice::proxy(&base, "The proxy does not reach the server. Is it running, at this address?")),
            200 => self.wrong(what, Advice::words("A web page answers: is another program or a login page in front?")),
            300..=399 => self.wrong(what, Advice::words("A redirect: is a login page in front of the server?")),
            _ => self.wrong(what, Advice::words("Clients expect 401 with a challenge.")),
        }
    }

    fn challenge(&mut self, what: String, answer: &Answer) {
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        if challenge.to_ascii_lowercase().starts_with("basic") {
            self.ok(format!("{what} with a Basic challenge"));
        } else {
            let why = "The WWW-Authenticate header with the Basic challenge is missing: a proxy took it away or answers itself.";
            self.wrong(what, Advice::proxy(&self.base(), why));
        }
    }

    /// The page shows the address that the server believes in.
    pub(super) fn page(&mut self) {
        let url = self.url.at(&format!("{}/", self.url.base()));
        let Some(answer) = self.ask("GET", &url, None, "", false) else {
            return;
        };
        if !answer.body.contains("<title>Strata</title>") {
            let advice = Advice::words(
                "Harmless, where another page stands there on purpose; the set-up page is then not to be had.",
            );
            return self.warn(
                format!("GET {} is not this server's page", url.path),
                advice,
            );
        }
        if answer
            .body
            .contains(&format!("<code class=\"copy\">{url}</code>"))
        {
            self.ok(format!("the server knows that people call it {url}"));
        } else {
            let why = "The page shows another address: set [server] public_url, or let the proxy pass on scheme and host.";
            self.wrong(
                format!("the server does not know that people call it {url}"),
                Advice::proxy(&self.base(), why),
            );
        }
    }

    /// From the root to the calendars, as a client walks after signing in.
    pub(super) fn signed_in(&mut self) {
        if self.credentials.is_none() {
            return self.ok(
                "not signed in: set STRATA_CHECK_USER and STRATA_CHECK_PASSWORD to test the rest",
            );
        }
        let url = self.dav();
        let Some(answer) = self.ask("PROPFIND", &url, Some("0"), PRINCIPAL, true) else {
            return;
        };
        if answer.status != 207 {
            let why = "Is the password right? If it is, the proxy does not pass the Authorization header on.";
            return self.wrong(
                format!("signing in answers {}", answer.status),
                Advice::proxy(&self.base(), why),
            );
        }
        self.dav_header(&answer);
        let Some(principal) = self.follow(&url, &answer, "current-user-principal") else {
            return;
        };
        let Some(answer) = self.ask("PROPFIND", &principal, Some("0"), HOME, true) else {
            return;
        };
        let Some(home) = self.follow(&principal, &answer, "calendar-home-set") else {
            return;
        };
        let Some(answer) = self.ask("PROPFIND", &home, Some("1"), PRINCIPAL, true) else {
            return;
        };
        let calendars = answer.body.matches("calendar/>").count();
        match answer.status {
            207 if calendars > 0 => {
                self.ok(format!("signed in, {calendars} calendars at {}", home.path))
            }
            207 => self.warn(
                "signed in, but there is no calendar",
                Advice::words("Clients can make one; `strata user add` makes two."),
            ),
            status => self.wrong(
                format!("PROPFIND {} answers {status}", home.path),
                Advice::proxy(&self.base(), "The listing does not come through."),
            ),
        }
    }

    fn dav_header(&mut self, answer: &Answer) {
        let dav = answer.header("dav").unwrap_or_default();
        if dav.starts_with('1') && dav.contains("calendar-access") {
            self.ok(format!("DAV: {dav}"));
        } else {
            let why =
                "The DAV header with calendar-access is missing or cut: a proxy took it away.";
            self.wrong(format!("DAV: {dav}"), Advice::proxy(&self.base(), why));
        }
    }

    /// The href inside a property. It must stay on this server, below the base path.
    fn follow(&mut self, from: &Url, answer: &Answer, property: &str) -> Option<Url> {
        let href = href_in(&answer.body, property);
        let Some(target) = href.and_then(|href| from.join(href)) else {
            let advice = Advice::words("Clients cannot go on from there.");
            self.wrong(
                format!(
                    "{} names no {property} (status {})",
                    from.path, answer.status
                ),
                advice,
            );
            return None;
        };
        let inside = target.path.starts_with(&format!("{}/", self.url.base()));
        if inside && target.authority() == from.authority() && target.secure == from.secure {
            return Some(target);
        }
        let why = "The server does not know under which address and path it is mounted.";
        self.wrong(
            format!("{property} leads to {target}"),
            Advice::proxy(&self.base(), why),
        );
        None
    }
}

/// The text of the first `href` after a property's name; enough for what this server writes.
fn href_in<'b>(body: &'b str, property: &str) -> Option<&'b str> {
    let (_, after) = body.split_once(property)?;
    let (_, after) = after.split_once("href")?;
    let (_, after) = after.split_once('>')?;
    after
        .split('<')
        .next()
        .map(str::trim)
        .filter(|href| !href.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hrefs_are_found_with_and_without_prefixes() {
        let body = "<D:prop><D:current-user-principal><D:href>/dav/x/</D:href></D:current-user-principal></D:prop>";
        assert_eq!(href_in(body, "current-user-principal"), Some("/dav/x/"));
        let body =
            "<calendar-home-set xmlns=\"c\"><href xmlns=\"DAV:\"> /h/ </href></calendar-home-set>";
        assert_eq!(href_in(body, "calendar-home-set"), Some("/h/"));
        assert_eq!(href_in(body, "current-user-principal"), None);
        assert_eq!(href_in("<calendar-home-set/>", "calendar-home-set"), None);
    }
}
