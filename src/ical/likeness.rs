//! Whether two objects say the same, however they are written: feeds renew stamps and shuffle lines, and nothing has changed.

use std::borrow::Cow;

use super::component::Component;
use super::object::Object;

/// When and how often something was written says nothing of what it says.
const STAMPS: [&str; 4] = ["DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE"];

/// Equal for objects that say the same: their components in any order, each with its properties in any order, but for
/// stamps and for what the calendar says of itself. `with_uid`: they must also be called the same.
pub fn likeness(object: &Object, with_uid: bool) -> [u8; 32] {
    let mut parts: Vec<[u8; 32]> = object
        .components()
        .map(|component| of(&component, with_uid))
        .collect();
    parts.sort_unstable();
    *blake3::hash(&parts.concat()).as_bytes()
}

/// Depth is bounded by the reader of objects.
fn of(component: &Component<'_>, with_uid: bool) -> [u8; 32] {
    let counts = |name: &str| {
        !STAMPS.iter().any(|it| name.eq_ignore_ascii_case(it))
            && (with_uid || !name.eq_ignore_ascii_case("UID"))
    };
    let mut lines: Vec<(String, Cow<'_, str>, Cow<'_, str>)> = component
        .properties()
        .filter(|property| counts(&property.name()))
        .map(|property| {
            let name = property.name().to_ascii_uppercase();
            (name, property.raw_parameters(), property.value())
        })
        .collect();
    lines.sort_unstable();
    let mut children: Vec<[u8; 32]> = component
        .children()
        .map(|child| of(&child, with_uid))
        .collect();
    children.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(&component.name());
    for (name, parameters, value) in &lines {
        add(name);
        add(parameters);
        add(value);
    }
    hasher.update(&(lines.len() as u64).to_le_bytes());
    hasher.update(&children.concat());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn object(event: &str) -> Object {
        let text = format!("BEGIN:VCALENDAR\r\nPRODID:x\r\n{event}END:VCALENDAR\r\n");
        Object::parse(&Bytes::from(text)).unwrap()
    }

    const ONE: &str = "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:a\r\n\
        BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n";

    #[test]
    fn stamps_order_and_folds_do_not_count() {
        let other = "begin:vevent\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nACTION:DISPLAY\r\nEND:VALARM\r\n\
            LAST-MODIFIED:20270101T000000Z\r\nSUM\r\n MARY:a\r\nSEQUENCE:7\r\nDTSTAMP:20270101T000000Z\r\nuid:1\r\nend:vevent\r\n";
        assert_eq!(likeness(&object(ONE), true), likeness(&object(other), true));
    }

    #[test]
    fn what_is_said_counts() {
        let one = likeness(&object(ONE), true);
        for other in [
            ONE.replace("SUMMARY:a", "SUMMARY:b"),
            ONE.replace("-PT5M", "-PT6M"),
            ONE.replace("SUMMARY:a", "SUMMARY;LANGUAGE=de:a"),
            ONE.replace("SUMMARY:a", "DESCRIPTION:a"),
            ONE.replace("VEVENT", "VTODO"),
            ONE.replace("UID:1", "UID:2"),
            ONE.repeat(2),
        ] {
            assert_ne!(one, likeness(&object(&other), true), "{other}");
        }
        let renamed = object(&ONE.replace("UID:1", "UID:2"));
        assert_eq!(likeness(&object(ONE), false), likeness(&renamed, false));
    }
}
