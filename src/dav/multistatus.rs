//! 207 (RFC 4918 section 13), written response by response and forgotten: no tree of responses ever exists.

use std::io::{self, Write};

use super::error::Precondition;
use super::name::prefix;
use super::path;
use super::writer::Writer;
use crate::http::StatusCode;

/// The href of a response: a path that is a URI already, or a member of a collection.
#[derive(Clone, Copy)]
pub enum Href<'h> {
    Path(&'h str),
    /// The collection's href, already escaped for XML, and the member's name.
    Member(&'h str, &'h str),
    /// A member that is itself a collection.
    Folder(&'h str, &'h str),
}

impl Href<'_> {
    pub fn write(self, out: &mut Writer) {
        match self {
            Self::Path(path) => {
                out.text(path);
            }
            Self::Member(of, name) => {
                out.raw(of);
                path::encode(out, name);
            }
            Self::Folder(of, name) => {
                out.raw(of);
                path::encode(out, name);
                out.raw("/");
            }
        }
    }
}

/// A path escaped for XML, once for all the members below it.
pub fn escaped(href: &str) -> String {
    let mut out = Writer::default();
    out.text(href);
    out.into_string()
}

/// The properties of one response, gathered by status.
#[derive(Default)]
pub struct Propstats {
    /// 200.
    pub found: Writer,
    /// 404; stays empty when the client does not want to know.
    pub missing: Writer,
    /// Other statuses, each with its element: what PROPPATCH refuses and what one bad object spoils.
    other: Vec<(StatusCode, Option<Precondition>, Writer)>,
}

impl Propstats {
    fn clear(&mut self) {
        self.found.clear();
        self.missing.clear();
        self.other.clear();
    }

    /// The properties of another status.
    pub fn other(&mut self, status: StatusCode, precondition: Option<Precondition>) -> &mut Writer {
        let at = match self
            .other
            .iter()
            .position(|(s, p, _)| *s == status && *p == precondition)
        {
            Some(at) => at,
            None => {
                self.other.push((status, precondition, Writer::default()));
                self.other.len() - 1
            }
        };
        &mut self.other[at].2
    }

    /// Adds what was not found elsewhere, and why.
    pub fn add_failed(&mut self, other: &Self) {
        self.missing.raw(other.missing.as_str());
        for (status, precondition, properties) in &other.other {
            self.other(*status, *precondition).raw(properties.as_str());
        }
    }

    /// Takes over what has been gathered elsewhere.
    pub fn copy(&mut self, other: &Self) {
        self.found = other.found.clone();
        self.missing = other.missing.clone();
        self.other = other.other.clone();
    }

    /// Writes what was gathered. A response has at least one propstat (RFC 4918 section 14.24).
    pub fn write(&self, out: &mut Writer) {
        let nothing = self.missing.is_empty() && self.other.is_empty();
        if !self.found.is_empty() || nothing {
            propstat(out, &self.found, StatusCode::OK, None);
        }
        if !self.missing.is_empty() {
            propstat(out, &self.missing, StatusCode::NOT_FOUND, None);
        }
        for (status, precondition, properties) in &self.other {
            propstat(out, properties, *status, *precondition);
        }
    }
}

fn propstat(
    out: &mut Writer,
    properties: &Writer,
    status: StatusCode,
    precondition: Option<Precondition>,
) {
    out.raw("<D:propstat><D:prop>")
        .raw(properties.as_str())
        .raw("</D:prop>");
    status_line(out, status);
    if let Some(precondition) = precondition {
        error(out, precondition);
    }
    out.raw("</D:propstat>");
}

fn status_line(out: &mut Writer, status: StatusCode) {
    if status == StatusCode::OK {
        out.raw("<D:status>HTTP/1.1 200 OK</D:status>");
        return;
    }
    out.raw("<D:status>HTTP/1.1 ").raw(status.as_str());
    out.raw(" ")
        .raw(status.canonical_reason().unwrap_or_default())
        .raw("</D:status>");
}

fn error(out: &mut Writer, precondition: Precondition) {
    out.raw("<D:error><")
        .raw(prefix(precondition.namespace).unwrap_or("D"));
    out.raw(":").raw(precondition.local).raw("/></D:error>");
}

/// Writes a multistatus to anything that takes bytes.
pub struct Multistatus<W: Write> {
    out: W,
    response: Writer,
    propstats: Propstats,
}

impl<W: Write> Multistatus<W> {
    pub fn open(mut out: W) -> io::Result<Self> {
        let mut response = Writer::default();
        out.write_all(response.root("D:multistatus").as_str().as_bytes())?;
        Ok(Self {
            out,
            response,
            propstats: Propstats::default(),
        })
    }

    /// One resource and its properties.
    pub fn response<E: From<io::Error>>(
        &mut self,
        href: Href,
        fill: impl FnOnce(&mut Propstats) -> Result<(), E>,
    ) -> Result<(), E> {
        self.propstats.clear();
        fill(&mut self.propstats)?;
        self.begin(href);
        self.propstats.write(&mut self.response);
        Ok(self.end()?)
    }

    /// One resource and nothing but a status: 404 for one that is gone, 507 for an answer cut short.
    pub fn status(
        &mut self,
        href: Href,
        status: StatusCode,
        precondition: Option<Precondition>,
    ) -> io::Result<()> {
        self.begin(href);
        status_line(&mut self.response, status);
        if let Some(precondition) = precondition {
            error(&mut self.response, precondition);
        }
        self.end()
    }

    fn begin(&mut self, href: Href) {
        self.response.clear();
        self.response.raw("<D:response><D:href>");
        href.write(&mut self.response);
        self.response.raw("</D:href>");
    }

    fn end(&mut self) -> io::Result<()> {
        self.response.raw("</D:response>\n");
        self.out.write_all(self.response.as_str().as_bytes())
    }

    pub fn close(mut self, token: Option<&str>) -> io::Result<W> {
        self.response.clear();
        if let Some(token) = token {
            self.response.element("D:sync-token", token);
        }
        self.response.raw("</D:multistatus>\n");
        self.out.write_all(self.response.as_str().as_bytes())?;
        Ok(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::error::{MATCHES, PROTECTED};
    use crate::dav::xml;

    #[test]
    fn responses_are_written_in_order() {
        let mut out = Multistatus::open(Vec::new()).unwrap();
        out.response::<io::Error>(Href::Member("/a/", "x y.ics"), |propstats| {
            propstats.found.element("D:getetag", "\"1\"");
            propstats.missing.raw("<D:owner/>");
            propstats
                .other(StatusCode::FORBIDDEN, Some(PROTECTED))
                .raw("<D:a/>");
            propstats
                .other(StatusCode::FORBIDDEN, Some(PROTECTED))
                .raw("<D:b/>");
            Ok(())
        })
        .unwrap();
        out.response::<io::Error>(Href::Folder("/a/", "b"), |_| Ok(()))
            .unwrap();
        out.status(
            Href::Path("/a&b/"),
            StatusCode::INSUFFICIENT_STORAGE,
            Some(MATCHES),
        )
        .unwrap();
        let text = String::from_utf8(out.close(Some("urn:t")).unwrap()).unwrap();
        let body = text.split_once("strata:dav\">").unwrap().1;
        assert_eq!(
            body,
            "<D:response><D:href>/a/x%20y.ics</D:href>\
             <D:propstat><D:prop><D:getetag>\"1\"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>\
             <D:propstat><D:prop><D:owner/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>\
             <D:propstat><D:prop><D:a/><D:b/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status>\
             <D:error><D:cannot-modify-protected-property/></D:error></D:propstat></D:response>\n\
             <D:response><D:href>/a/b/</D:href>\
             <D:propstat><D:prop></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>\n\
             <D:response><D:href>/a&amp;b/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>\
             <D:error><D:number-of-matches-within-limits/></D:error></D:response>\n\
             <D:sync-token>urn:t</D:sync-token></D:multistatus>\n"
        );
        assert!(xml::parse(text.as_bytes(), 100).is_ok());
    }

    #[test]
    fn an_empty_multistatus_is_one() {
        let out = Multistatus::open(Vec::new()).unwrap().close(None).unwrap();
        let root = xml::parse(&out, 10).unwrap().unwrap();
        assert!(root.name.is("DAV:", "multistatus") && root.elements().next().is_none());
    }
}
