//! Namespaces and element names: what XML calls things, and the prefixes that every answer of ours uses for them.

use std::borrow::Cow;

pub const DAV: &str = "DAV:";
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
pub const CALENDARSERVER: &str = "http://calendarserver.org/ns/";
pub const APPLE: &str = "http://apple.com/ns/ical/";
pub const STRATA: &str = "urn:strata:dav";
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// What an answer's root element declares, in this order, whether used or not: prefixes never move.
pub const PREFIXES: [(&str, &str); 5] = [
    ("D", DAV),
    ("C", CALDAV),
    ("CS", CALENDARSERVER),
    ("I", APPLE),
    ("S", STRATA),
];

/// An expanded name (Namespaces in XML 1.0 section 2.1). The names we know are borrowed for ever.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    pub namespace: Cow<'static, str>,
    pub local: Cow<'static, str>,
}

impl Name {
    pub const fn new(namespace: &'static str, local: &'static str) -> Self {
        Self {
            namespace: Cow::Borrowed(namespace),
            local: Cow::Borrowed(local),
        }
    }

    /// A name from outside; a namespace of ours is not copied.
    pub fn read(namespace: &str, local: &str) -> Self {
        let namespace = PREFIXES
            .iter()
            .find(|(_, known)| *known == namespace)
            .map_or_else(
                || Cow::Owned(namespace.to_owned()),
                |(_, known)| Cow::Borrowed(*known),
            );
        Self {
            namespace,
            local: Cow::Owned(local.to_owned()),
        }
    }

    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace == namespace
    }
}

/// The prefix that our answers use for a namespace.
pub fn prefix(namespace: &str) -> Option<&'static str> {
    PREFIXES
        .iter()
        .find(|(_, known)| *known == namespace)
        .map(|(prefix, _)| *prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_by_namespace_and_local_part() {
        assert_eq!(Name::read("DAV:", "prop"), Name::new(DAV, "prop"));
        assert_ne!(Name::read("", "prop"), Name::new(DAV, "prop"));
        assert!(Name::read("urn:x", "prop").is("urn:x", "prop"));
        assert!(matches!(
            Name::read("DAV:", "prop").namespace,
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn our_namespaces_have_prefixes() {
        assert_eq!(prefix(CALDAV), Some("C"));
        assert_eq!(prefix("urn:other"), None);
    }
}
