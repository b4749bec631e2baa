//! The way there: name, port, TLS, and what stands at the unencrypted port.

use tokio_rustls::rustls::{CertificateError, Error as TlsError, ProtocolVersion};

use super::Doctor;
use super::advice::Advice;
use super::certificate::not_after;
use super::client::{Error, Tls};
use super::url::Url;
use crate::cli::house;

/// Days before its end at which a certificate should have been renewed.
const RENEWED: i64 = 14;

impl Doctor<'_> {
    /// Can the server be reached as clients reach it? The rest makes no sense otherwise.
    pub(super) fn transport(&mut self) -> bool {
        if !self.url.secure && !self.url.is_loopback() {
            let advice = Advice::certificate(
                "Passwords would travel in the clear; most clients refuse such an address.",
            );
            self.wrong(format!("{} is not encrypted", self.url), advice);
        }
        match self.client.send("GET", &self.url.at("/"), None, "", None) {
            Ok(answer) => {
                self.ok(format!("{} answers", self.url.authority()));
                if let Some(tls) = answer.tls {
                    self.tls(&tls);
                    self.cleartext_port();
                }
                true
            }
            Err(error) => {
                self.unreachable(&error);
                false
            }
        }
    }

    fn unreachable(&mut self, error: &Error) {
        let advice = match error {
            Error::Name(_) => Advice::words("Is the name in the DNS, with an A or AAAA record?"),
            Error::Connect(..) => Advice::words(
                "Does the server or the proxy listen there, and does a firewall let it through?",
            ),
            Error::Tls(TlsError::InvalidCertificate(problem)) => {
                Advice::certificate(certificate_advice(problem))
            }
            Error::Tls(_) => Advice::certificate(
                "The two sides do not agree on TLS; clients need version 1.2 or 1.3.",
            ),
            Error::Io(_) | Error::Answer(_) => Advice::words(
                "Is it a web server that listens there, and does it speak TLS on this port?",
            ),
        };
        self.wrong(format!("{}: {error}", self.url), advice);
    }

    fn tls(&mut self, tls: &Tls) {
        let version = match tls.version {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            _ => "TLS 1.2",
        };
        let ends = tls.certificate.as_deref().and_then(not_after);
        match ends.map(|ends| (ends - house::now()) / 86_400) {
            Some(days) if days < RENEWED => self.warn(
                format!("{version}, the certificate ends in {days} days"),
                Advice::words("Its renewal seems to have stopped."),
            ),
            Some(days) => self.ok(format!(
                "{version}, the certificate is trusted and lasts {days} more days"
            )),
            None => self.ok(format!("{version}, the certificate is trusted")),
        }
    }

    /// Nothing may stand at port 80, or something that sends clients on to https.
    fn cleartext_port(&mut self) {
        let cleartext = Url {
            secure: false,
            port: 80,
            path: "/.well-known/caldav".into(),
            ..self.url.clone()
        };
        if self.url.port != 443 {
            return;
        }
        let Ok(answer) = self.client.send("GET", &cleartext, None, "", None) else {
            return;
        };
        let location = answer.header("location").unwrap_or_default();
        if location.starts_with("https://") {
            self.ok("http leads to https");
        } else {
            let advice = Advice::to_https(&self.url.host);
            self.warn(
                format!(
                    "{cleartext} answers {} and does not lead to https",
                    answer.status
                ),
                advice,
            );
        }
    }
}

fn certificate_advice(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "Renew it.",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "It is for another name; clients compare it with the address that people type."
        }
        CertificateError::UnknownIssuer | CertificateError::Other(_) => {
            "It is self-signed, or the intermediate certificates are missing: give the full chain."
        }
        _ => "Clients will refuse it.",
    }
}
