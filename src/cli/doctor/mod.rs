//! The set-up doctor: asks a public address what clients ask, and says what to change.

mod advice;
mod certificate;
mod client;
mod discovery;
mod transport;
mod url;

use std::collections::HashSet;
use std::io::{self, IsTerminal, Write};

use self::advice::Advice;
use self::client::{Answer, Client, Credentials};
use self::url::Url;
use super::report::{Finding, Report};

const PRINCIPAL: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
    <propfind xmlns=\"DAV:\"><prop><current-user-principal/><resourcetype/></prop></propfind>";
const HOME: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
    <propfind xmlns=\"DAV:\"><prop><calendar-home-set xmlns=\"urn:ietf:params:xml:ns:caldav\"/></prop></propfind>";

/// One examination.
struct Doctor<'r> {
    client: Client,
    url: Url,
    credentials: Option<Credentials>,
    report: &'r mut Report,
    /// Lines that have been printed already.
    advised: HashSet<String>,
}

/// Examines an address; what is found goes into the report.
pub fn examine(address: &str, report: &mut Report) -> anyhow::Result<()> {
    let url = Url::parse(address)?;
    let credentials = credentials()?;
    let client = Client::new()?;
    let mut doctor = Doctor {
        client,
        url,
        credentials,
        report,
        advised: HashSet::new(),
    };
    if doctor.transport() {
        doctor.well_known();
        doctor.root();
        doctor.page();
        doctor.signed_in();
    }
    Ok(())
}

/// From the environment, or asked for on a terminal; nothing typed means: examine without signing in.
fn credentials() -> anyhow::Result<Option<Credentials>> {
    let from = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(user) = from("STRATA_CHECK_USER") {
        let password = from("STRATA_CHECK_PASSWORD").unwrap_or_default();
        return Ok(Some(Credentials { user, password }));
    }
    let terminal = console::Term::stderr();
    if !io::stdin().is_terminal() || !terminal.is_term() {
        return Ok(None);
    }
    write!(&terminal, "User name (empty: do not sign in): ")?;
    let user = terminal.read_line()?.trim().to_owned();
    if user.is_empty() {
        return Ok(None);
    }
    write!(&terminal, "Password: ")?;
    let password = terminal.read_secure_line()?;
    Ok(Some(Credentials { user, password }))
}

impl Doctor<'_> {
    fn ok(&mut self, what: impl Into<String>) {
        self.report.add(Finding::Fine(what.into()));
    }

    fn warn(&mut self, what: impl Into<String>, advice: Advice) {
        self.report.add(Finding::Doubtful(what.into()));
        self.advise(&advice);
    }

    fn wrong(&mut self, what: impl Into<String>, advice: Advice) {
        self.report.add(Finding::Wrong(what.into()));
        self.advise(&advice);
    }

    fn advise(&mut self, advice: &Advice) {
        self.report.note(advice.why);
        let all: Vec<&str> = advice
            .lines
            .iter()
            .map(|(_, lines)| lines.as_str())
            .collect();
        if !all.is_empty() && !self.advised.insert(all.join("\n")) {
            return self.report.note("The lines for that stand above.");
        }
        for (proxy, lines) in &advice.lines {
            for line in lines.lines() {
                self.report.note(&format!("{proxy:<7} {line}"));
            }
        }
    }

    /// Sends a request; that none comes through is a finding of its own.
    fn ask(
        &mut self,
        method: &str,
        url: &Url,
        depth: Option<&str>,
        body: &str,
        signed: bool,
    ) -> Option<Answer> {
        let credentials = self.credentials.as_ref().filter(|_| signed);
        match self.client.send(method, url, depth, body, credentials) {
            Ok(answer) => Some(answer),
            Err(error) => {
                let advice =
                    Advice::words("The server or a proxy ended the connection without an answer.");
                self.wrong(format!("{method} {url}: {error}"), advice);
                None
            }
        }
    }
}
