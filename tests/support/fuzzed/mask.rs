//! What must hold of the rendering of an event that shows its times and nothing else.

use bytes::Bytes;
use strata::ical::mask::{Dress, Measure, Outline, mask as masked, outline};
use strata::ical::recur::Rule;
use strata::ical::{Component, Object, Zone, busy, check};

use super::Numbers;

const SECRET: &str = "Planted";
const DRESSES: [Dress<'_>; 2] = [
    Dress {
        uid: "0123456789abcdef",
        label: "Busy",
        stamp: 1_767_225_600,
        with_free: false,
    },
    Dress {
        uid: "0123456789abcdef",
        label: "Away",
        stamp: 1_767_225_600,
        with_free: true,
    },
];
const DAY: i64 = 86_400;

pub fn mask(data: &[u8]) {
    let Ok(object) = Object::parse(&Bytes::copy_from_slice(data)) else {
        return;
    };
    let mut numbers = Numbers::of(data);
    let planted = [
        plant_lines(&object),
        plant_parameters(&object),
        plant_text(&object),
    ];
    for dress in &DRESSES {
        let rendering = masked(&object, dress);
        let is_outlined = outline(&object)
            >= if dress.with_free {
                Outline::Free
            } else {
                Outline::Bar
            };
        assert!(rendering.is_none() || is_outlined);
        for planted in planted.iter().flatten() {
            assert_eq!(masked(planted, dress), rendering, "what is hidden shows");
        }
        if let Some(rendering) = rendering {
            holds(&object, &rendering, dress);
            same_time(&object, &rendering, &mut numbers);
        }
    }
    assert_eq!(
        masked(&object, &DRESSES[0]).is_some(),
        outline(&object) == Outline::Bar
    );
}

fn holds(object: &Object, rendering: &Bytes, dress: &Dress<'_>) {
    let text = std::str::from_utf8(rendering).expect("UTF-8");
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        assert!(is_allowed(line, dress), "{line}");
    }
    assert_eq!(
        Measure::of(rendering, dress).size(dress),
        rendering.len() as u64
    );
    let again = Object::parse(rendering).expect("a rendering is an object");
    assert_eq!(
        masked(&again, dress).as_ref(),
        Some(rendering),
        "of a rendering nothing is left to hide"
    );
    if check(object, &Zone::utc()).is_ok() {
        let checked = check(&again, &Zone::utc()).expect("a rendering can be stored");
        assert_eq!(
            (checked.uid.as_str(), checked.component),
            (dress.uid, "VEVENT")
        );
    }
}

/// The whole of what a rendering may say.
fn is_allowed(line: &str, dress: &Dress<'_>) -> bool {
    let (head, value) = line.split_once(':').unwrap_or((line, ""));
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let of = |allowed: &str| value.chars().all(|one| allowed.contains(one));
    match name {
        "BEGIN" | "END" => {
            ["VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT"].contains(&value)
        }
        "VERSION" => line == "VERSION:2.0",
        "PRODID" => line == "PRODID:-//Strata//Strata//EN",
        "UID" => value == dress.uid && parameters.is_empty(),
        "SUMMARY" => value == dress.label && parameters.is_empty(),
        "DTSTAMP" => line == "DTSTAMP:20260101T000000Z",
        "CLASS" => line == "CLASS:CONFIDENTIAL",
        "TRANSP" => line == "TRANSP:OPAQUE" || line == "TRANSP:TRANSPARENT" && dress.with_free,
        "STATUS" => line == "STATUS:TENTATIVE",
        "TZID" => is_zone(value) && parameters.is_empty(),
        "TZNAME" => value.len() <= 8 && !line.contains(SECRET),
        "TZOFFSETFROM" | "TZOFFSETTO" => of("+-0123456789") && parameters.is_empty(),
        "RRULE" => {
            let sorted = |rule: &str| {
                let mut parts: Vec<String> = rule.split(';').map(str::to_owned).collect();
                parts.sort_unstable();
                parts
            };
            let again = Rule::parse(value).map(|rule| sorted(&rule.to_string()));
            parameters.is_empty() && again == Ok(sorted(value))
        }
        "DURATION" => of("-PDTHMS0123456789") && parameters.is_empty(),
        "DTSTART" | "DTEND" | "RECURRENCE-ID" | "RDATE" | "EXDATE" => {
            of("0123456789TZ/,-PDHMS")
                && parameters
                    .split(';')
                    .all(|parameter| match parameter.split_once('=') {
                        Some(("VALUE", value)) => ["DATE", "PERIOD"].contains(&value),
                        Some(("RANGE", value)) => {
                            value == "THISANDFUTURE" && name == "RECURRENCE-ID"
                        }
                        Some(("TZID", value)) => is_zone(value),
                        _ => parameter.is_empty(),
                    })
        }
        _ => false,
    }
}

/// A zone that all know, or a number.
fn is_zone(tzid: &str) -> bool {
    let number = tzid.strip_prefix("Zone-");
    number.is_some_and(|number| number.parse::<u32>().is_ok())
        || Zone::named(tzid).is_some_and(|zone| zone.id() == Some(tzid))
}

/// Both block the same time.
fn same_time(object: &Object, rendering: &Bytes, numbers: &mut Numbers) {
    let checked = check(object, &Zone::utc());
    let Ok(checked) = checked else { return };
    let rendering = Object::parse(rendering).expect("an object");
    let first = checked
        .first
        .unwrap_or(0)
        .clamp(-60_000_000_000, 250_000_000_000);
    let anywhere = numbers.between(-2_000_000_000, 6_000_000_000);
    for from in [
        first - DAY,
        first + numbers.between(0, 900 * DAY),
        anywhere,
        1_767_225_600,
    ] {
        let until = from + numbers.between(DAY, 200 * DAY);
        let zone = Zone::utc();
        let merged = |object| {
            let periods = busy::periods(object, from, until, &zone).ok()?;
            Some(busy::merge(periods, from, until))
        };
        if let (Some(whole), Some(shown)) = (merged(object), merged(&rendering)) {
            assert_eq!(whole, shown, "from {from} until {until}");
        }
    }
}

/// Lines and components of every kind in every component.
fn plant_lines(object: &Object) -> Option<Object> {
    let line = format!(
        "X-{SECRET};X-{SECRET}={SECRET}:{SECRET}\r\nDESCRIPTION:{SECRET}\r\nATTENDEE;CN={SECRET}:mailto:{SECRET}@x\r\n\
         COMMENT:{SECRET}\r\nTZURL:http://{SECRET}\r\nTZNAME:{SECRET}\r\nSUMMARY:{SECRET}\r\nLAST-MODIFIED:20260101T000000Z\r\n\
         BEGIN:X-{SECRET}\r\nSUMMARY:{SECRET}\r\nEND:X-{SECRET}\r\n"
    );
    let mut places = Vec::new();
    walk(&object.calendar(), &mut |component| {
        places.push(component.begin_span().end)
    });
    inserted(object, places, &line)
}

/// A parameter that nobody knows on every property.
fn plant_parameters(object: &Object) -> Option<Object> {
    let mut places = Vec::new();
    walk(&object.calendar(), &mut |component| {
        for property in component.properties() {
            let is_plain = property.raw_parameters().matches('"').count() % 2 == 0;
            places.extend(
                property
                    .head_span()
                    .filter(|_| is_plain)
                    .map(|head| head.end - 1),
            );
        }
    });
    inserted(object, places, &format!(";X-{SECRET}={SECRET}"))
}

/// Words behind the values of what is text.
fn plant_text(object: &Object) -> Option<Object> {
    let kept = [
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "TRANSP",
        "STATUS",
        "UID",
        "TZID",
        "TZOFFSETFROM",
        "TZOFFSETTO",
        "SEQUENCE",
        "DTSTAMP",
    ];
    let mut places = Vec::new();
    walk(&object.calendar(), &mut |component| {
        for property in component
            .properties()
            .filter(|property| !kept.iter().any(|name| property.is(name)))
        {
            places.push(property.line_end_span().start);
        }
    });
    inserted(object, places, SECRET)
}

fn walk(component: &Component<'_>, visit: &mut impl FnMut(&Component<'_>)) {
    visit(component);
    for child in component.children() {
        walk(&child, visit);
    }
}

/// `None` where it would become another object: line ends of old, or components too deep.
fn inserted(object: &Object, mut places: Vec<usize>, text: &str) -> Option<Object> {
    let bytes = object.text();
    if !bytes.contains(&b'\n') || bytes.len() > 100_000 {
        return None;
    }
    places.sort_unstable();
    let mut out = Vec::with_capacity(bytes.len() + places.len() * text.len());
    let mut at = 0;
    for place in places {
        out.extend_from_slice(&bytes[at..place]);
        out.extend_from_slice(text.as_bytes());
        at = place;
    }
    out.extend_from_slice(&bytes[at..]);
    Object::parse(&out.into()).ok()
}
