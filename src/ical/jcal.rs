//! jCal (RFC 7265): an object as JSON, for `application/calendar+json`. What the specifications do not type is `unknown`
//! and stays as it is written (section 5).

use serde_json::{Map, Value, json};

use super::component::{Component, Property};
use super::time::Written;
use super::value::{self, split, unescape};
use super::{Object, time};

/// The object as jCal text.
pub fn jcal(object: &Object) -> String {
    component(&object.calendar()).to_string()
}

/// `[name, properties, components]` (section 3.3). Objects are at most as deep as the reader lets them be.
fn component(of: &Component<'_>) -> Value {
    let properties: Vec<Value> = of.properties().map(|each| property(&each)).collect();
    let components: Vec<Value> = of.children().map(|child| component(&child)).collect();
    json!([of.name().to_lowercase(), properties, components])
}

/// `[name, parameters, type, value, …]` (section 3.4).
fn property(of: &Property<'_>) -> Value {
    let name = of.name().to_lowercase();
    let kind = match of.parameter("VALUE") {
        Some(kind) => kind.to_lowercase(),
        None => kind_of(&name).to_owned(),
    };
    let mut whole = vec![json!(name), Value::Object(parameters(of)), json!(kind)];
    let raw = of.value();
    match name.as_str() {
        "geo" => whole.push(raw.split(';').map(float).collect()),
        "request-status" => whole.push(split(&raw, b';').map(text).collect()),
        _ if MANY.contains(&name.as_str()) => {
            whole.extend(split(&raw, b',').map(|item| typed(&kind, item)))
        }
        _ => whole.push(typed(&kind, &raw)),
    }
    Value::Array(whole)
}

/// VALUE is the type of the property and stands there (section 3.5.1).
fn parameters(of: &Property<'_>) -> Map<String, Value> {
    let raw = of.raw_parameters();
    let others =
        value::parameters(&raw).filter(|parameter| !parameter.name.eq_ignore_ascii_case("VALUE"));
    others
        .map(|parameter| {
            let mut values: Vec<Value> = parameter.values().map(|value| json!(value)).collect();
            let value = if values.len() == 1 {
                values.swap_remove(0)
            } else {
                Value::Array(values)
            };
            (parameter.name.to_lowercase(), value)
        })
        .collect()
}

/// Properties whose value is a list (RFC 5545 section 3.1.2).
const MANY: [&str; 5] = ["categories", "resources", "exdate", "rdate", "freebusy"];

/// The default type of a property (RFC 5545 section 3.7 and 3.8, RFC 7953, 7986, 9073, 9074, 9253).
fn kind_of(name: &str) -> &'static str {
    match name {
        "calscale"
        | "method"
        | "prodid"
        | "version"
        | "categories"
        | "class"
        | "comment"
        | "description"
        | "location"
        | "resources"
        | "status"
        | "summary"
        | "transp"
        | "tzid"
        | "tzname"
        | "contact"
        | "related-to"
        | "uid"
        | "action"
        | "request-status"
        | "name"
        | "color"
        | "busytype"
        | "proximity"
        | "calendar-address-type"
        | "location-type"
        | "participant-type"
        | "resource-type"
        | "refid" => "text",
        "completed" | "dtend" | "due" | "dtstart" | "recurrence-id" | "exdate" | "rdate"
        | "created" | "dtstamp" | "last-modified" | "acknowledged" | "tzuntil" => "date-time",
        "duration" | "trigger" | "refresh-interval" => "duration",
        "freebusy" => "period",
        "tzoffsetfrom" | "tzoffsetto" => "utc-offset",
        "tzurl" | "url" | "attach" | "source" | "image" | "conference" | "tzid-alias-of"
        | "concept" | "link" | "structured-data" => "uri",
        "attendee" | "organizer" | "calendar-address" => "cal-address",
        "geo" => "float",
        "percent-complete" | "priority" | "repeat" | "sequence" => "integer",
        "rrule" | "exrule" => "recur",
        _ => "unknown",
    }
}

/// A value of a type (section 3.6). One that is not of its type stays the text that it is.
fn typed(kind: &str, raw: &str) -> Value {
    match kind {
        "text" => text(raw),
        "date" | "date-time" => date(raw),
        "period" => raw.split('/').map(|part| date(part.trim())).collect(),
        "boolean" if raw.eq_ignore_ascii_case("true") => Value::Bool(true),
        "boolean" if raw.eq_ignore_ascii_case("false") => Value::Bool(false),
        "integer" => raw
            .trim()
            .parse::<i64>()
            .map_or_else(|_| json!(raw), |number| json!(number)),
        "float" => float(raw),
        "time" => clock(raw.trim()).map_or_else(|| json!(raw), Value::String),
        "utc-offset" => offset(raw),
        "recur" => recur(raw),
        _ => json!(raw),
    }
}

fn text(raw: &str) -> Value {
    json!(unescape(raw.into()))
}

fn float(raw: &str) -> Value {
    raw.trim()
        .parse::<f64>()
        .map_or_else(|_| json!(raw), |number| json!(number))
}

/// Sections 3.6.4 and 3.6.5. A duration, the other end of a period, stays as it is.
fn date(raw: &str) -> Value {
    let (wall, utc) = match Written::parse(raw) {
        None => return json!(raw),
        Some(Written::Date(wall)) => {
            let day = time::write_date(wall);
            return json!(dashed(&day));
        }
        Some(Written::Local(wall)) => (wall, ""),
        Some(Written::Utc(wall)) => (wall, "Z"),
    };
    let at = time::write_date_time(wall);
    let (day, clock_time) = at.split_once('T').unwrap_or((&at, ""));
    json!(format!(
        "{}T{}{utc}",
        dashed(day),
        clock(clock_time).unwrap_or_default()
    ))
}

fn dashed(day: &str) -> String {
    match (day.get(..4), day.get(4..6), day.get(6..)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => day.to_owned(),
    }
}

/// `HHMMSS` with colons.
fn clock(raw: &str) -> Option<String> {
    let (digits, utc) = raw
        .strip_suffix(['Z', 'z'])
        .map_or((raw, ""), |digits| (digits, "Z"));
    let plain = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute, second) = (digits.get(..2)?, digits.get(2..4)?, digits.get(4..)?);
    plain.then(|| format!("{hour}:{minute}:{second}{utc}"))
}

/// Section 3.6.14.
fn offset(raw: &str) -> Value {
    let Some(seconds) = time::parse_offset(raw) else {
        return json!(raw);
    };
    let written = time::write_offset(seconds);
    match (written.get(..3), written.get(3..5), written.get(5..)) {
        (Some(hours), Some(minutes), Some("")) => json!(format!("{hours}:{minutes}")),
        (Some(hours), Some(minutes), Some(seconds)) => {
            json!(format!("{hours}:{minutes}:{seconds}"))
        }
        _ => json!(raw),
    }
}

/// Section 3.6.10.
fn recur(raw: &str) -> Value {
    let parts = raw.split(';').filter_map(|part| part.split_once('='));
    let map: Map<String, Value> = parts
        .map(|(name, value)| {
            let name = name.trim().to_lowercase();
            let value = match name.as_str() {
                "until" => date(value.trim()),
                "freq" | "wkst" | "rscale" | "skip" => json!(value),
                _ => {
                    let mut items: Vec<Value> = value.split(',').map(number).collect();
                    if items.len() == 1 {
                        items.swap_remove(0)
                    } else {
                        Value::Array(items)
                    }
                }
            };
            (name, value)
        })
        .collect();
    Value::Object(map)
}

/// A leap month (`5L`, RFC 7529) and a weekday are text.
fn number(raw: &str) -> Value {
    raw.trim()
        .parse::<i64>()
        .map_or_else(|_| json!(raw.trim()), |number| json!(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn properties(lines: &str) -> Value {
        let text = format!(
            "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n",
            lines.replace('\n', "\r\n")
        );
        let object = Object::parse(&Bytes::from(text)).expect("an object");
        let whole: Value = serde_json::from_str(&jcal(&object)).expect("JSON");
        whole[1].clone()
    }

    /// Appendix B.1.
    #[test]
    fn first_example() {
        let text = "BEGIN:VCALENDAR\r\nCALSCALE:GREGORIAN\r\nPRODID:-//Example Inc.//Example Calendar//EN\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n\
            DTSTAMP:20080205T191224Z\r\nDTSTART;VALUE=DATE:20081006\r\nSUMMARY:Planning meeting\r\nUID:4088E990AD89CB3DBB484909\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let object = Object::parse(&Bytes::from(text)).expect("an object");
        let expected = json!([
            "vcalendar",
            [
                ["calscale", {}, "text", "GREGORIAN"],
                [
                    "prodid",
                    {},
                    "text",
                    "-//Example Inc.//Example Calendar//EN"
                ],
                ["version", {}, "text", "2.0"]
            ],
            [[
                "vevent",
                [
                    ["dtstamp", {}, "date-time", "2008-02-05T19:12:24Z"],
                    ["dtstart", {}, "date", "2008-10-06"],
                    ["summary", {}, "text", "Planning meeting"],
                    ["uid", {}, "text", "4088E990AD89CB3DBB484909"]
                ],
                []
            ]]
        ]);
        assert_eq!(jcal(&object), expected.to_string());
    }

    /// The examples of sections 3.4 to 3.6 and of appendix B.2, one property each.
    #[test]
    fn properties_by_type() {
        for (line, expected) in [
            (
                "CATEGORIES:Meetings,Work\\, hard",
                json!(["categories", {}, "text", "Meetings", "Work, hard"]),
            ),
            (
                "GEO:37.386013;-122.082932",
                json!(["geo", {}, "float", [37.386_013, -122.082_932]]),
            ),
            (
                "REQUEST-STATUS:2.0;Success",
                json!(["request-status", {}, "text", ["2.0", "Success"]]),
            ),
            (
                "ATTENDEE;DELEGATED-TO=\"mailto:a@x\",\"mailto:b@x\";RSVP=TRUE:mailto:c@x",
                json!(["attendee", {"delegated-to": ["mailto:a@x", "mailto:b@x"], "rsvp": "TRUE"}, "cal-address", "mailto:c@x"]),
            ),
            (
                "ATTACH;VALUE=BINARY;ENCODING=BASE64:SGVsbG8=",
                json!(["attach", {"encoding": "BASE64"}, "binary", "SGVsbG8="]),
            ),
            (
                "X-NON-SMOKING;VALUE=BOOLEAN:TRUE",
                json!(["x-non-smoking", {}, "boolean", true]),
            ),
            (
                "DTEND;TZID=Europe/Berlin:20111017T130000",
                json!(["dtend", {"tzid": "Europe/Berlin"}, "date-time", "2011-10-17T13:00:00"]),
            ),
            ("DURATION:P1D", json!(["duration", {}, "duration", "P1D"])),
            (
                "PERCENT-COMPLETE:42",
                json!(["percent-complete", {}, "integer", 42]),
            ),
            (
                "FREEBUSY;FBTYPE=FREE:19970308T160000Z/P1D",
                json!(["freebusy", {"fbtype": "FREE"}, "period", ["1997-03-08T16:00:00Z", "P1D"]]),
            ),
            (
                "RRULE:FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15,-1;UNTIL=20131001",
                json!(["rrule", {}, "recur", {"freq": "MONTHLY", "interval": 2, "bymonthday": [1, 15, -1], "until": "2013-10-01"}]),
            ),
            (
                "X-TIME;VALUE=TIME:123000Z",
                json!(["x-time", {}, "time", "12:30:00Z"]),
            ),
            (
                "TZOFFSETFROM:-0500",
                json!(["tzoffsetfrom", {}, "utc-offset", "-05:00"]),
            ),
            ("DTSTART:soon", json!(["dtstart", {}, "date-time", "soon"])),
            // Section 5.1: nothing is known of it, so nothing is done to it.
            (
                "X-COMPLAINT:a\\,b",
                json!(["x-complaint", {}, "unknown", "a\\,b"]),
            ),
        ] {
            assert_eq!(properties(line)[0], expected, "{line}");
        }
    }
}
