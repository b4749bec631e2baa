//! An event that was not there before.

use bytes::Bytes;

use super::super::time::write_date_time;
use super::super::{Object, Writer, Zone};
use super::facts::{EVENT, Facts};
use super::rule::{Parts, end_of};
use super::sheet::Sheet;
use super::writing::Pen;
use super::{Alarm, Changes, Stamp, Unfit};

/// Writes an event of what `changes` name; its UID is [`Stamp::uid`].
///
/// # Errors
/// [`Unfit::NoSeries`] without a time.
pub fn create(
    changes: &Changes,
    alarm: Option<&Alarm>,
    zone: &Zone,
    stamp: &Stamp,
) -> Result<Bytes, Unfit> {
    let timing = changes.timing.as_ref().ok_or(Unfit::NoSeries)?;
    let (start, length) = (&timing.start, timing.end - timing.start.time.wall);
    if length < 0 {
        return Err(Unfit::Backwards);
    }
    let now = write_date_time(stamp.now) + "Z";
    let mut writer = Writer::new();
    writer.calendar().begin(EVENT).text("UID", &stamp.uid);
    writer
        .raw("DTSTAMP", &now)
        .raw("CREATED", &now)
        .raw("LAST-MODIFIED", &now);
    writer.lines(&format!(
        "DTSTART{}:{}\r\n",
        start.parameters(),
        start.value()
    ));
    if let Some(Some(rule)) = &changes.rule {
        writer.raw("RRULE", &ended(rule, changes, timing)?);
    }
    if let Some(alarm) = alarm {
        writer.begin("VALARM").raw("ACTION", "DISPLAY");
        writer
            .raw("TRIGGER", alarm.trigger)
            .text("DESCRIPTION", &alarm.words);
        writer.end("VALARM");
    }
    writer.end(EVENT).end("VCALENDAR");
    let object = Object::parse(&Bytes::from(writer.finish()))?;
    let facts = Facts::of(&object, zone)?;
    let pen = Pen::of(&facts);
    let mut sheet = Sheet::of(&object);
    for block in sheet.blocks_mut(EVENT) {
        pen.times(block, start, length, zone);
        pen.changes(block, &changes.lines);
    }
    pen.zone(&mut sheet, start);
    Ok(sheet.text())
}

fn ended(rule: &str, changes: &Changes, timing: &super::Timing) -> Result<String, Unfit> {
    let parts = Parts::of(rule);
    let parts = match changes.until {
        None => parts,
        Some(None) => parts.endless(),
        Some(Some(last)) => {
            let wall = if timing.start.is_date() {
                last
            } else {
                end_of(last)
            };
            parts.until(timing.start.until(wall))
        }
    };
    let text = parts.text();
    super::super::recur::series(&text, &timing.start.time, &Zone::utc())?;
    Ok(text)
}
