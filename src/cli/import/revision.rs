//! Which of two objects with one UID is the newer (RFC 5546 section 2.1.5, as far as plain files tell).

use bytes::Bytes;

use crate::ical::{Component, Object};

/// What orders the states of an object, and its components without the wrapping.
#[derive(Debug, Default)]
pub struct Revision {
    sequence: u64,
    modified: String,
    components: Vec<Vec<u8>>,
}

impl Revision {
    pub fn of(text: &Bytes) -> Self {
        let Ok(object) = Object::parse(text) else {
            return Self::default();
        };
        let mut revision = Self::default();
        for component in object
            .components()
            .filter(|component| !component.is("VTIMEZONE"))
        {
            revision.sequence = revision.sequence.max(sequence(&component));
            revision.modified = revision.modified.max(modified(&component));
            revision
                .components
                .push(text.get(component.span()).unwrap_or_default().to_vec());
        }
        revision.components.sort_unstable();
        revision
    }

    /// Is nothing but the calendar's own lines and the zones different?
    pub fn has_same_components(&self, other: &Self) -> bool {
        self.components == other.components
    }

    pub fn is_newer_than(&self, other: &Self) -> bool {
        (self.sequence, &self.modified) > (other.sequence, &other.modified)
    }
}

fn sequence(component: &Component) -> u64 {
    component
        .property("SEQUENCE")
        .and_then(|it| it.value().trim().parse().ok())
        .unwrap_or(0)
}

/// UTC times in basic form sort as text.
fn modified(component: &Component) -> String {
    let property = component
        .property("LAST-MODIFIED")
        .or_else(|| component.property("DTSTAMP"));
    property
        .map(|it| it.value().trim().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(lines: &str) -> Revision {
        let text = format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        Revision::of(&Bytes::from(text))
    }

    #[test]
    fn the_sequence_counts_first_then_the_last_change() {
        let old = revision("SEQUENCE:1\nLAST-MODIFIED:20270101T000000Z");
        assert!(revision("SEQUENCE:2\nLAST-MODIFIED:20260101T000000Z").is_newer_than(&old));
        assert!(revision("SEQUENCE:1\nLAST-MODIFIED:20280101T000000Z").is_newer_than(&old));
        assert!(old.is_newer_than(&revision("DTSTAMP:20290101T000000Z")));
        assert!(!old.is_newer_than(&revision(
            "SEQUENCE:1\nLAST-MODIFIED:20270101T000000Z\nSUMMARY:x"
        )));
    }

    #[test]
    fn the_wrapping_does_not_count() {
        let bare = revision("SUMMARY:x");
        let text = "BEGIN:VCALENDAR\nPRODID:other\nBEGIN:VEVENT\nUID:1\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n";
        assert!(bare.has_same_components(&Revision::of(&Bytes::from(text))));
        assert!(!bare.has_same_components(&revision("SUMMARY:y")));
    }
}
