//! An event that was not there before.

use bytes::Bytes;

use super::super::time::write_date_time;
use super::super::{Object, Writer, Zone};
use super::facts::{EVENT, Facts};
use super::rule::{Parts, ending};
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
        let rule = ending(Parts::of(rule), changes.until, start, zone)?.text();
        // What cannot be read is refused before it is kept.
        super::super::recur::series(&rule, &start.time, zone)?;
        writer.raw("RRULE", &rule);
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
