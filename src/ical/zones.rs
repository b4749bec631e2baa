//! What the times of one object mean: each TZID is resolved once, in the order that [`Zones::zone`] gives.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use super::component::{Component, Property};
use super::rules::Rules;
use super::time::{Duration, Form, Time, When, Written};
use super::{Object, ParseError, Zone};

/// Dates of one list property, and of all that one component may hold.
pub const MAX_DATES: usize = 100_000;

/// The zones of one object.
pub struct Zones<'o> {
    object: &'o Object,
    floating: &'o Zone,
    known: RefCell<BTreeMap<String, Option<Zone>>>,
    /// VTIMEZONEs by TZID; the first of a name counts.
    embedded: OnceCell<BTreeMap<String, Component<'o>>>,
}

impl<'o> Zones<'o> {
    /// `floating` is where floating times and dates are looked at.
    pub fn new(object: &'o Object, floating: &'o Zone) -> Self {
        Self {
            object,
            floating,
            known: RefCell::default(),
            embedded: OnceCell::new(),
        }
    }

    pub fn object(&self) -> &'o Object {
        self.object
    }

    pub fn floating(&self) -> &'o Zone {
        self.floating
    }

    /// A name that we know ([`Zone::named`]), else the object's VTIMEZONE of that name with its own rules.
    /// `None`: neither; such times are taken as floating, as most clients do.
    pub fn zone(&self, tzid: &str) -> Option<Zone> {
        if let Some(zone) = self.known.borrow().get(tzid) {
            return zone.clone();
        }
        let zone = Zone::named(tzid).or_else(|| {
            let rules = Rules::read(self.embedded().get(tzid.trim())?).ok()?;
            Some(Zone::of_rules(rules))
        });
        self.known
            .borrow_mut()
            .insert(tzid.to_owned(), zone.clone());
        zone
    }

    fn embedded(&self) -> &BTreeMap<String, Component<'o>> {
        self.embedded.get_or_init(|| {
            let mut zones = BTreeMap::new();
            for zone in self
                .object
                .components()
                .filter(|component| component.is("VTIMEZONE"))
            {
                let Some(tzid) = zone.property("TZID") else {
                    continue;
                };
                // Some write the parameter as the property's text, escapes and all.
                zones.entry(tzid.value().trim().to_owned()).or_insert(zone);
                zones.entry(tzid.text().trim().to_owned()).or_insert(zone);
            }
            zones
        })
    }

    /// The one time of a property: DTSTART, DUE, RECURRENCE-ID, …
    pub fn time(&self, property: &Property<'_>) -> Result<Time, ParseError> {
        let value = property.value();
        self.read(&value, property).ok_or_else(|| {
            property.error(format!(
                "{} is not a date or a date and time: {}",
                property.name(),
                shortened(&value)
            ))
        })
    }

    /// The times and periods of a property whose value is a list: EXDATE, RDATE, FREEBUSY. Empty items are skipped.
    pub fn times(&self, property: &Property<'_>) -> Result<Vec<When>, ParseError> {
        let value = property.value();
        let mut times = Vec::new();
        for item in value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            if times.len() >= MAX_DATES {
                return Err(property.error(format!(
                    "{} holds more than {MAX_DATES} dates",
                    property.name()
                )));
            }
            let time = self.when(item, property).ok_or_else(|| {
                property.error(format!(
                    "{} is not a list of times or periods: {}",
                    property.name(),
                    shortened(item)
                ))
            })?;
            times.push(time);
        }
        Ok(times)
    }

    fn when(&self, item: &str, property: &Property<'_>) -> Option<When> {
        let Some((start, end)) = item.split_once('/') else {
            return self.read(item, property).map(When::Time);
        };
        let start = self.read(start, property)?;
        match Duration::parse(end) {
            Some(duration) => Some(When::Lasting(start, duration)),
            None => Some(When::Period(start, self.read(end, property)?)),
        }
    }

    fn read(&self, text: &str, property: &Property<'_>) -> Option<Time> {
        Some(match Written::parse(text)? {
            Written::Date(wall) => Time {
                wall,
                form: Form::Date,
            },
            // TZID must not stand at UTC times; where it does, the Z is what everyone obeys.
            Written::Utc(wall) => Time {
                wall,
                form: Form::Utc,
            },
            Written::Local(wall) => {
                let zone = property.parameter("TZID").and_then(|tzid| self.zone(&tzid));
                Time {
                    wall,
                    form: zone.map_or(Form::Floating, Form::Zoned),
                }
            }
        })
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn object(lines: &str) -> Object {
        let text = format!(
            "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n",
            lines.replace('\n', "\r\n")
        );
        Object::parse(&Bytes::from(text)).expect("an object")
    }

    fn instant(lines: &str) -> i64 {
        let object = object(lines);
        let utc = Zone::utc();
        let zones = Zones::new(&object, &utc);
        let event = object
            .components()
            .find(|component| component.is("VEVENT"))
            .expect("an event");
        zones
            .time(&event.property("DTSTART").expect("DTSTART"))
            .expect("a time")
            .instant(&utc)
    }

    const CUSTOM: &str = "BEGIN:VTIMEZONE\nTZID:NAME\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0430\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T000000\nTZOFFSETFROM:+0430\n\
        TZOFFSETTO:+0530\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=NAME:WHEN\nEND:VEVENT";

    #[test]
    fn own_rules_count_where_the_name_is_unknown() {
        for (name, when, utc) in [
            (
                "Customized Time Zone",
                "20260115T120000",
                "20260115T073000Z",
            ),
            (
                "Customized Time Zone",
                "20260715T120000",
                "20260715T063000Z",
            ),
            (
                "Customized Time Zone",
                "15000715T120000",
                "15000715T063000Z",
            ),
            // The name is known: its data wins over what stands in the object.
            ("Europe/Berlin", "20260115T120000", "20260115T110000Z"),
            (
                "W. Europe Standard Time",
                "20260715T120000",
                "20260715T100000Z",
            ),
        ] {
            let lines = CUSTOM.replace("NAME", name).replace("WHEN", when);
            let Some(Written::Utc(expected)) = Written::parse(utc) else {
                panic!("{utc}")
            };
            assert_eq!(instant(&lines), expected, "{name} {when}");
        }
    }

    #[test]
    fn an_unknown_zone_without_rules_is_floating() {
        let lines = "BEGIN:VEVENT\nDTSTART;TZID=Nowhere:20260115T120000\nEND:VEVENT";
        assert_eq!(
            Some(Written::Utc(instant(lines))),
            Written::parse("20260115T120000Z")
        );
    }

    #[test]
    fn lists_of_dates_and_periods() {
        let object = object(
            "BEGIN:VEVENT\nRDATE;VALUE=PERIOD:19960403T020000Z/19960403T040000Z,19960404T010000Z/PT3H,\nEXDATE:19970714,19970715T1X\nEND:VEVENT",
        );
        let utc = Zone::utc();
        let zones = Zones::new(&object, &utc);
        let event = object.components().next().expect("an event");
        let dates = zones
            .times(&event.property("RDATE").expect("RDATE"))
            .expect("periods");
        assert!(matches!(
            dates.as_slice(),
            [
                When::Period(..),
                When::Lasting(
                    _,
                    Duration {
                        seconds: 10_800,
                        ..
                    }
                )
            ]
        ));
        let error = zones
            .times(&event.property("EXDATE").expect("EXDATE"))
            .expect_err("not dates");
        assert_eq!(
            (error.line, error.reason.contains("19970715T1X")),
            (4, true)
        );
    }
}
