//! A client that keeps a copy of a calendar by sync-collection alone (RFC 6578), and what a fresh listing says.

use std::collections::BTreeMap;
use std::io;

use crate::support::wire::Wire;
use crate::support::xml::{self, Element};
use crate::support::{Answer, Ask};

/// Name of a resource, and its entity tag.
pub type Listing = BTreeMap<String, String>;

#[derive(Clone, Default)]
pub struct Mirror {
    pub items: Listing,
    pub token: String,
}

/// What one sync brought: names, with their tag or gone.
pub type News = BTreeMap<String, Option<String>>;

impl Mirror {
    /// All there is now.
    pub fn of(wire: &mut Wire, calendar: &str) -> Self {
        let mut mirror = Self::default();
        mirror.sync(wire, calendar, None).expect("an answer");
        mirror
    }

    /// Follows what has changed, `limit` changes an answer. An answer counts whole or not at all.
    pub fn sync(
        &mut self,
        wire: &mut Wire,
        calendar: &str,
        limit: Option<usize>,
    ) -> io::Result<News> {
        let mut all = News::new();
        loop {
            let answer = wire.ask(&question(calendar, &self.token, limit))?;
            let root = multistatus(&answer);
            let mut truncated = false;
            let mut news = News::new();
            for response in responses(&root) {
                let href = response.text_of("href").expect("a response has an href");
                match (href == calendar, own_status(response)) {
                    (true, Some(507)) => truncated = true,
                    (false, Some(404)) => drop(news.insert(name_of(&href), None)),
                    (false, None) => drop(news.insert(name_of(&href), tag(response))),
                    (_, status) => panic!("{status:?} for {href}"),
                }
            }
            for (name, tag) in &news {
                match tag {
                    Some(tag) => drop(self.items.insert(name.clone(), tag.clone())),
                    None => drop(self.items.remove(name)),
                }
            }
            self.token = root.child("sync-token").expect("a sync-token").text.clone();
            all.extend(news);
            if !truncated {
                return Ok(all);
            }
        }
    }

    /// The token is of another history.
    pub fn assert_refused(&self, wire: &mut Wire, calendar: &str) {
        let answer = wire
            .ask(&question(calendar, &self.token, None))
            .expect("an answer");
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert!(answer.text().contains("valid-sync-token"));
    }

    /// Sync, and compare with what a fresh listing says.
    pub fn assert_true(&mut self, wire: &mut Wire, calendar: &str) {
        self.sync(wire, calendar, None).expect("an answer");
        assert_eq!(self.items, listing(wire, calendar));
    }
}

/// PROPFIND depth 1 for entity tags.
pub fn listing(wire: &mut Wire, calendar: &str) -> Listing {
    let ask = Ask::new("PROPFIND", calendar)
        .header("Depth", "1")
        .xml("<D:propfind><D:prop><D:getetag/></D:prop></D:propfind>");
    let root = multistatus(&wire.ask(&ask).expect("an answer"));
    let mut listing = Listing::new();
    for response in responses(&root) {
        let href = response.text_of("href").expect("a response has an href");
        if let (false, Some(tag)) = (href == calendar, tag(response)) {
            listing.insert(name_of(&href), tag);
        }
    }
    listing
}

pub fn multistatus(answer: &Answer) -> Element {
    assert_eq!(answer.status, 207, "{}", answer.text());
    xml::parse(&answer.text()).expect("well-formed XML")
}

pub fn responses(multistatus: &Element) -> impl Iterator<Item = &Element> {
    multistatus
        .children
        .iter()
        .filter(|child| child.name == "response")
}

fn question(calendar: &str, token: &str, limit: Option<usize>) -> Ask {
    let limit = limit.map_or(String::new(), |limit| {
        format!("<D:limit><D:nresults>{limit}</D:nresults></D:limit>")
    });
    Ask::new("REPORT", calendar).xml(&format!(
        "<D:sync-collection><D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{limit}\
         <D:prop><D:getetag/></D:prop></D:sync-collection>"
    ))
}

/// The status of the response itself, not of its properties.
fn own_status(response: &Element) -> Option<u16> {
    let status = response.child("status")?;
    status
        .text
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
}

fn tag(response: &Element) -> Option<String> {
    response.text_of("getetag").filter(|tag| !tag.is_empty())
}

fn name_of(href: &str) -> String {
    href.rsplit('/').next().unwrap_or_default().to_owned()
}
