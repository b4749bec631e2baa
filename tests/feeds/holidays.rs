//! The public holidays of the United States as their feeds have them: 317 all-day events, made here.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// As the public feed that the product was first shown with.
pub const EVENTS: usize = 317;

type Rule = fn(i16) -> Date;

fn nth(year: i16, month: i8, nth: i8, weekday: Weekday) -> Date {
    date(year, month, 1)
        .nth_weekday_of_month(nth, weekday)
        .unwrap()
}

const DAYS: [(&str, Rule); 11] = [
    ("New Year's Day", |year| date(year, 1, 1)),
    ("Martin Luther King Jr. Day", |year| {
        nth(year, 1, 3, Weekday::Monday)
    }),
    ("Presidents' Day", |year| nth(year, 2, 3, Weekday::Monday)),
    ("Memorial Day", |year| nth(year, 5, -1, Weekday::Monday)),
    ("Juneteenth", |year| date(year, 6, 19)),
    ("Independence Day", |year| date(year, 7, 4)),
    ("Labor Day", |year| nth(year, 9, 1, Weekday::Monday)),
    ("Columbus Day", |year| nth(year, 10, 2, Weekday::Monday)),
    ("Veterans Day", |year| date(year, 11, 11)),
    ("Thanksgiving Day", |year| {
        nth(year, 11, 4, Weekday::Thursday)
    }),
    ("Christmas Day", |year| date(year, 12, 25)),
];

/// The feed, stamped at a moment: such feeds are stamped anew whenever they are asked for.
pub fn feed(stamp: &str) -> String {
    let all = (2016..).flat_map(|year| DAYS.map(|(name, rule)| (name, rule(year))));
    let events: String = all
        .take(EVENTS)
        .map(|(name, day)| {
            let (start, end) = (day.strftime("%Y%m%d"), day.checked_add(1.day()).unwrap());
            let end = end.strftime("%Y%m%d");
            let word = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
            format!(
                "BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{start}\r\nDTEND;VALUE=DATE:{end}\r\nDTSTAMP:{stamp}\r\n\
                 UID:{start}_{word}@holidays.example\r\nCLASS:PUBLIC\r\nCREATED:20240517T080000Z\r\n\
                 DESCRIPTION:Public holiday\r\nLAST-MODIFIED:{stamp}\r\nSEQUENCE:0\r\nSTATUS:CONFIRMED\r\nSUMMARY:{name}\r\n\
                 TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n"
            )
        })
        .collect();
    format!(
        "BEGIN:VCALENDAR\r\nPRODID:-//Holidays//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n\
         X-WR-CALNAME:Holidays in United States\r\nX-WR-TIMEZONE:UTC\r\n{events}END:VCALENDAR\r\n"
    )
}
