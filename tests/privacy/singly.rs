//! The doors that take one item at a time, for some of the items, and other ones for each viewer.

use crate::alike;
use crate::model::{self, ANONYMOUS, Case, OWNER, Sight};
use crate::tour::{CALENDAR, Finding, Findings, Stand, Tour};

const PATCH: &str = "<D:propertyupdate xmlns:D=\"DAV:\"><D:set><D:prop><Z:x xmlns:Z=\"urn:zq\">1</Z:x></D:prop></D:set>\
                     </D:propertyupdate>";

impl Tour {
    pub fn one_by_one(&mut self, at: Stand, base: &Findings, from: usize, stride: usize) {
        let some: Vec<Case> = self
            .cases
            .iter()
            .skip(from)
            .step_by(stride)
            .copied()
            .collect();
        for case in some {
            match base.get(&case.number) {
                Some(finding) if finding.sight == Sight::Whole => self.whole(at, &case, finding),
                Some(finding) => {
                    self.masked(at, &case, finding);
                    self.unknown(at, &case);
                }
                None => self.unknown(at, &case),
            }
        }
    }

    fn status(
        &mut self,
        at: Stand,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &str,
        expected: u16,
    ) {
        let said = self.ask(at, method, path, headers, body);
        let expected = match (at.viewer, expected) {
            (ANONYMOUS, 201 | 403 | 404) => 401,
            _ => expected,
        };
        self.unless(said.status == expected, || {
            format!(
                "{at:?} {method} {path} {headers:?}: {}, not {expected}: {}",
                said.status, said.body
            )
        });
        self.counts.1 += 1;
    }

    fn served(&mut self, at: Stand, path: &str, finding: &Finding) {
        let said = self.ask(at, "GET", path, &[], "");
        let same =
            said.status == 200 && said.body == finding.text && said.header("etag") == finding.tag;
        self.unless(same, || {
            format!(
                "{at:?} GET {path}: {} {:?}\n{}\n{finding:?}",
                said.status, said.headers, said.body
            )
        });
        self.counts.1 += 1;
        for (header, status) in [("if-none-match", 304), ("if-match", 200)] {
            self.status(at, ("GET", path), &[(header, &finding.tag)], "", status);
        }
        let all = "<D:propfind xmlns:D=\"DAV:\"><D:allprop/></D:propfind>";
        self.status(at, ("PROPFIND", path), &[("depth", "0")], all, 207);
        let acl = "<D:acl-principal-prop-set xmlns:D=\"DAV:\"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>";
        self.ask(at, "REPORT", path, &[], acl);
        let expand = "<D:expand-property xmlns:D=\"DAV:\"><D:property name=\"owner\"><D:property name=\"displayname\"/>\
                      <D:property name=\"calendar-home-set\" namespace=\"urn:ietf:params:xml:ns:caldav\"/></D:property>\
                      </D:expand-property>";
        self.ask(at, "REPORT", path, &[], expand);
        let json = [("accept", "application/calendar+json")];
        self.status(at, ("GET", path), &json, "", 200);
    }

    fn whole(&mut self, at: Stand, case: &Case, finding: &Finding) {
        let path = format!("{}{}", at.path, finding.name);
        self.served(at, &path, finding);
        if model::writes(at.viewer) {
            self.moved(at, &path, finding);
        } else if at.viewer != OWNER {
            self.not_written(at, case, &path);
        }
    }

    /// Who may write may call it something else; it stays what it is.
    fn moved(&mut self, at: Stand, path: &str, finding: &Finding) {
        let there = format!("{}moved.ics", at.path);
        self.status(at, ("MOVE", path), &[("destination", &there)], "", 201);
        self.status(at, ("GET", path), &[], "", 404);
        let said = self.ask(at, "GET", &there, &[], "");
        let same = said.body == finding.text && said.header("etag") == finding.tag;
        self.unless(same, || format!("{at:?} has moved {finding:?}"));
        self.status(at, ("MOVE", &there), &[("destination", path)], "", 201);
    }

    /// What is seen and may not be written: 403, with the privilege that is missing.
    fn not_written(&mut self, at: Stand, case: &Case, path: &str) {
        // Another text: the same one, but for what is a sharee's own, changes nothing and may be put by them.
        let text = case.text().replacen("\r\nUID:", "\r\nX-ADDED:1\r\nUID:", 1);
        self.status(at, ("PUT", path), &[], &text, 403);
        self.status(at, ("DELETE", path), &[], "", 403);
        let represented = [("if-match", "\"x\""), ("prefer", "return=representation")];
        self.ask(at, "PUT", path, &represented, &text);
        self.status(at, ("PROPPATCH", path), &[], PATCH, 403);
        let own = format!("/dav/calendars/{}/calendar/moved.ics", at.viewer);
        self.status(at, ("MOVE", path), &[("destination", &own)], "", 403);
    }

    fn masked(&mut self, at: Stand, case: &Case, finding: &Finding) {
        let path = format!("{}{}", at.path, finding.name);
        self.served(at, &path, finding);
        self.not_written(at, case, &path);
        // Who knows the tag that it really has, learns nothing from it.
        let real = format!("{CALENDAR}{}", case.name());
        let tag = self.house.ask(OWNER, "HEAD", &real, &[], "").is(200);
        let tag = tag.header("etag").to_owned();
        self.status(at, ("GET", &path), &[("if-none-match", &tag)], "", 200);
        self.status(at, ("GET", &path), &[("if-match", &tag)], "", 412);
        self.status(
            at,
            ("GET", &path),
            &[("if", &format!("([{tag}])"))],
            "",
            412,
        );
        let tagged = format!("<{real}> ([{tag}])");
        self.status(at, ("GET", &path), &[("if", &tagged)], "", 412);
        self.copied(at, &path);
    }

    /// Who takes it along takes what they see.
    fn copied(&mut self, at: Stand, path: &str) {
        if at.viewer == ANONYMOUS {
            return;
        }
        let own = format!("/dav/calendars/{}/calendar/copied.ics", at.viewer);
        self.status(at, ("COPY", path), &[("destination", &own)], "", 201);
        let said = self.house.ask(at.viewer, "GET", &own, &[], "").is(200);
        self.unless(!said.body.contains("zq"), || {
            format!("{at:?} has copied {}", said.body)
        });
        self.house.ask(at.viewer, "DELETE", &own, &[], "").is(204);
    }

    /// What is not seen under its own name is as what never was, whatever is asked of it.
    fn unknown(&mut self, at: Stand, case: &Case) {
        let there = format!("{}{}", at.path, case.name());
        let never = format!("{}{}", at.path, case.name().replace("e.ics", "f.ics"));
        for (method, headers, body) in alike::questions(&case.text()) {
            // What is free for somebody who may write is theirs after the question: tests/privacy/existence.rs asks it.
            if model::writes(at.viewer) && method == "PUT" {
                continue;
            }
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let paths = (there.as_str(), never.as_str());
            let difference =
                alike::difference(&self.house, at.viewer, method, paths, &headers, &body);
            self.unless(difference.is_none(), || {
                format!("{at:?}: {}\n{case:?}", difference.unwrap_or_default())
            });
            self.counts.1 += 1;
        }
    }
}
