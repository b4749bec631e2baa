//! What must hold of an object that is shown beside those of others.

use bytes::Bytes;
use strata::ical::dress::{Alarms, Attire, dress as dressed};
use strata::ical::{Component, Object, Zone, check};

const SECRET: &str = "x-strata-secret";
const UID: &str = "0123456789abcdef";
const PREFIX: &str = "Zo\u{eb}, of \\ the: ";

const ATTIRES: [Attire<'_>; 3] = [
    Attire {
        uid: Some(UID),
        prefix: PREFIX,
        color: Some("orange"),
        alarms: Alarms::Without,
    },
    Attire {
        uid: Some(UID),
        prefix: "",
        color: None,
        alarms: Alarms::Without,
    },
    Attire {
        uid: None,
        prefix: PREFIX,
        color: None,
        alarms: Alarms::Kept,
    },
];

pub fn dress(data: &[u8]) {
    let Ok(object) = Object::parse(&Bytes::copy_from_slice(data)) else {
        return;
    };
    for attire in &ATTIRES {
        let text = dressed(&object, attire);
        let again = Object::parse(&text).expect("an object in its attire is an object");
        let (before, after) = (object.components(), again.components());
        assert_eq!(
            before.map(|it| it.name()).collect::<Vec<_>>(),
            after.map(|it| it.name()).collect::<Vec<_>>()
        );
        for (one, other) in object.components().zip(again.components()) {
            holds(&one, &other, attire);
        }
        same_time(&object, &again, attire);
        let marked = Attire {
            prefix: "",
            ..*attire
        };
        assert_eq!(dressed(&again, &marked), text, "worn twice it is worn once");
    }
}

fn holds(before: &Component<'_>, after: &Component<'_>, attire: &Attire<'_>) {
    if before.is("VTIMEZONE") {
        return assert_eq!(before.raw(), after.raw());
    }
    if let Some(uid) = attire.uid {
        let uids: Vec<_> = after
            .properties_named("UID")
            .map(|it| it.text().into_owned())
            .collect();
        assert_eq!(uids, [uid]);
        assert!(after.property("RELATED-TO").is_none());
    }
    let worded = ["VEVENT", "VTODO", "VJOURNAL"]
        .iter()
        .any(|name| before.is(name));
    if worded && !attire.prefix.is_empty() {
        for summary in after.properties_named("SUMMARY") {
            assert!(summary.text().starts_with(attire.prefix.trim_end()));
        }
    }
    if worded && let Some(color) = attire.color {
        let colors: Vec<_> = after
            .properties_named("COLOR")
            .map(|it| it.text().into_owned())
            .collect();
        assert_eq!(colors, [color]);
    }
    let others = |component: &Component<'_>| {
        let own = ["UID", "SUMMARY", "COLOR", "RELATED-TO"];
        let stays = component
            .properties()
            .filter(|it| !own.iter().any(|name| it.is(name)));
        stays
            .map(|it| format!("{it:?}"))
            .filter(|line| !is_owners_word(line))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        others(before),
        others(after),
        "what is not touched stays as it is"
    );
    assert!(!after.properties().any(|it| is_owners_word(&it.name())));
}

fn is_owners_word(line: &str) -> bool {
    let line = line
        .replace(['\r', '\n', ' ', '\t'], "")
        .to_ascii_lowercase();
    line.starts_with(SECRET.trim_end_matches("secret"))
}

fn same_time(object: &Object, again: &Object, attire: &Attire<'_>) {
    let Ok(before) = check(object, &Zone::utc()) else {
        return;
    };
    if let Ok(after) = check(again, &Zone::utc()) {
        assert_eq!(
            (before.first, before.last, before.component),
            (after.first, after.last, after.component)
        );
        assert_eq!(after.uid, attire.uid.map_or(before.uid, str::to_owned));
    }
}
