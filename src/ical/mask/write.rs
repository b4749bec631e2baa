//! Writes what is shown, property by property, from values that were read.

use super::super::busy::{kind_of, says};
use super::super::recur::Reading;
use super::super::time::{Form, Time, When, write_date, write_date_time};
use super::super::{Writer, Zone};
use super::Dress;
use super::plan::{Plan, Series, Shown};

pub(super) fn rendering(plan: &Plan<'_>, reading: &Reading<'_>, dress: &Dress<'_>) -> String {
    let mut events = Events {
        reading,
        dress,
        zones: Vec::new(),
        out: Writer::new(),
    };
    if let Some(series) = &plan.series {
        events.series(series);
    }
    for shown in &plan.overrides {
        events.single(shown);
    }
    let mut out = Writer::new();
    out.calendar();
    for (tzid, zone) in &events.zones {
        out.lines(&zone.to_component(tzid));
    }
    out.lines(&events.out.finish()).end("VCALENDAR");
    out.finish()
}

/// The events as they are written, and the zones that they name.
struct Events<'e, 'r> {
    reading: &'e Reading<'r>,
    dress: &'e Dress<'e>,
    /// Under the names that they have here.
    zones: Vec<(String, Zone)>,
    out: Writer,
}

/// What a line of times says of them; times of one kind can share a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kinds {
    value: Option<&'static str>,
    tzid: Option<String>,
}

impl Events<'_, '_> {
    fn series(&mut self, series: &Series<'_>) {
        self.begin(&series.shown);
        for rule in &series.rules {
            self.out.raw("RRULE", &rule.to_string());
        }
        self.list("RDATE", &series.added);
        let own = self.reading.list(&series.shown.component, "EXDATE");
        let excluded: Vec<When> = own
            .iter()
            .map(When::start)
            .chain(&series.excluded)
            .map(|time| When::Time(time.clone()))
            .collect();
        self.list("EXDATE", &excluded);
        self.end(&series.shown);
    }

    fn single(&mut self, shown: &Shown<'_>) {
        self.begin(shown);
        self.end(shown);
    }

    fn begin(&mut self, shown: &Shown<'_>) {
        self.out
            .begin("VEVENT")
            .text("UID", self.dress.uid)
            .raw("DTSTAMP", &utc(self.dress.stamp));
        if let Some(id) = &shown.id {
            self.time("RECURRENCE-ID", id, shown.following);
        }
        self.time("DTSTART", &shown.start, false);
        // Where both are written DTEND counts.
        if let Some(end) = self.reading.time(&shown.component, "DTEND") {
            self.time("DTEND", &end.beside(&shown.start), false);
        } else if let Some(duration) = self.reading.duration(&shown.component) {
            self.out.raw("DURATION", &duration.write());
        }
    }

    fn end(&mut self, shown: &Shown<'_>) {
        let is_free = self.dress.with_free && kind_of(&shown.component).is_none();
        let transparency = if is_free { "TRANSPARENT" } else { "OPAQUE" };
        self.out
            .text("SUMMARY", self.dress.label)
            .raw("TRANSP", transparency);
        if says(&shown.component, "STATUS", "TENTATIVE") {
            self.out.raw("STATUS", "TENTATIVE");
        }
        self.out.raw("CLASS", "CONFIDENTIAL").end("VEVENT");
    }

    fn time(&mut self, name: &str, time: &Time, following: bool) {
        let (kinds, value) = self.written(&When::Time(time.clone()));
        self.line(name, &kinds, following, &value);
    }

    /// Neighbours of one kind share a line.
    fn list(&mut self, name: &str, times: &[When]) {
        let written: Vec<(Kinds, String)> = times.iter().map(|when| self.written(when)).collect();
        for run in written.chunk_by(|one, next| one.0 == next.0) {
            if let Some((kinds, _)) = run.first() {
                let values: Vec<&str> = run.iter().map(|(_, value)| value.as_str()).collect();
                self.line(name, kinds, false, &values.join(","));
            }
        }
    }

    fn line(&mut self, name: &str, kinds: &Kinds, following: bool, value: &str) {
        let mut parameters = Vec::new();
        if let Some(value) = kinds.value {
            parameters.push(("VALUE", value));
        }
        if let Some(tzid) = &kinds.tzid {
            parameters.push(("TZID", tzid.as_str()));
        }
        if following {
            parameters.push(("RANGE", "THISANDFUTURE"));
        }
        self.out.with(name, &parameters, value);
    }

    fn written(&mut self, when: &When) -> (Kinds, String) {
        let (start, tzid) = self.value(when.start());
        let period = |tzid, end: &str| {
            let value = Some("PERIOD");
            (Kinds { value, tzid }, format!("{start}/{end}"))
        };
        match when {
            When::Time(time) => {
                let value = time.is_date().then_some("DATE");
                (Kinds { value, tzid }, start)
            }
            When::Lasting(_, duration) => period(tzid, &duration.write()),
            When::Period(_, end) => {
                let (end, other) = self.value(end);
                period(tzid.or(other), &end)
            }
        }
    }

    /// With the TZID that it needs.
    fn value(&mut self, time: &Time) -> (String, Option<String>) {
        match &time.form {
            Form::Date => (write_date(time.wall), None),
            Form::Floating => (write_date_time(time.wall), None),
            Form::Utc => (utc(time.wall), None),
            Form::Zoned(zone) if zone.id() == Some("UTC") => (utc(time.wall), None),
            Form::Zoned(zone) => (write_date_time(time.wall), Some(self.tzid(zone))),
        }
    }

    /// A name of the zone data, as the data writes it. Any other name is somebody's word: the zone gets a number.
    fn tzid(&mut self, zone: &Zone) -> String {
        let known = self.zones.iter().find(|(tzid, known)| match zone.id() {
            Some(id) => id == tzid,
            None => known.is_same(zone),
        });
        if let Some((tzid, _)) = known {
            return tzid.clone();
        }
        let number = self.zones.len() + 1;
        let tzid = zone
            .id()
            .map_or_else(|| format!("Zone-{number}"), str::to_owned);
        self.zones.push((tzid.clone(), zone.clone()));
        tzid
    }
}

fn utc(instant: i64) -> String {
    format!("{}Z", write_date_time(instant))
}
