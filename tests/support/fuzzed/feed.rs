//! A feed's text: read or refused, within bounds, and what it offers can be read again and says the same.

use std::collections::HashSet;

use bytes::Bytes;
use strata::connect::ics;
use strata::ical::{Object, likeness};

const MOST: u64 = 50;

pub fn feed(data: &[u8]) {
    let Ok(reading) = ics::read(&Bytes::copy_from_slice(data), MOST) else {
        return;
    };
    assert!(reading.offered.len() as u64 <= MOST);
    assert!(
        reading
            .pause
            .is_none_or(|pause| (1..=7 * 86_400).contains(&pause))
    );
    assert!(reading.unreadable <= reading.refused.len());
    let mut uids = HashSet::new();
    for offered in &reading.offered {
        assert!(uids.insert(offered.uid.as_str()), "a UID twice");
        let again = Object::parse(offered.object.text()).expect("what is offered can be read");
        assert_eq!(likeness(&again, true), likeness(&offered.object, true));
        let ours = offered.object.components().flat_map(|it| it.properties());
        for property in ours {
            assert!(
                !property
                    .name()
                    .to_ascii_uppercase()
                    .starts_with("X-STRATA-")
            );
        }
    }
    // The same text says the same once more.
    let again = ics::read(&Bytes::copy_from_slice(data), MOST).expect("it was read before");
    let said = |reading: &strata::calendar::Reading| -> Vec<_> {
        let offered = reading.offered.iter();
        offered
            .map(|it| (it.uid.clone(), likeness(&it.object, true)))
            .collect()
    };
    assert_eq!(said(&reading), said(&again));
}
