//! `strata availability`: when several people are free together, and who is busy when they are not.

use std::io::{self, Write};

use anyhow::{Context, bail};
use clap::Args;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{house, table};
use crate::calendar::{Block, DayWindow, SlotQuestion, Slots, Weekdays};
use crate::config::Config;
use crate::ical::Zone;
use crate::ical::busy::{Kind, Period};

#[derive(Args)]
pub struct Availability {
    #[arg(required = true, value_name = "USER")]
    users: Vec<String>,
    /// From this day or moment on: 2026-11-23, 2026-11-23T09:00, 2026-11-23T09:00:00Z
    #[arg(long, value_name = "T")]
    from: String,
    /// Until this moment, or to the end of this day
    #[arg(long, value_name = "T")]
    to: String,
    /// Only this part of the day; one that ends before it begins passes midnight
    #[arg(long, value_name = "09:00-17:00", value_parser = day_window)]
    day: Option<DayWindow>,
    /// Only slots of at least this length
    #[arg(long, value_name = "30m", value_parser = length)]
    min: Option<i64>,
    /// Only these days, such as mon-fri or mon,wed,sat-sun
    #[arg(long, value_name = "DAYS", value_parser = weekdays)]
    weekdays: Option<Weekdays>,
    /// Whose clock is meant [default: that of the first account, else UTC]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Availability {
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let store = house::store(config)?;
        let users = self
            .users
            .iter()
            .map(|name| store.read(|tx| house::user(tx, name)))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let own = users.first().and_then(|user| user.timezone.clone());
        let zone = self.timezone.clone().or(own);
        let zone = zone.as_deref().unwrap_or("UTC");
        let clock = Clock::named(zone)?;
        let question = SlotQuestion {
            from: clock.moment(&self.from, false).context("--from")?,
            to: clock.moment(&self.to, true).context("--to")?,
            day: self.day.unwrap_or(DayWindow::WHOLE),
            weekdays: self.weekdays.unwrap_or(Weekdays::ALL),
            zone: clock.zone.clone(),
            at_least: self.min.unwrap_or(0),
        };
        question.check(users.len())?;
        // Whoever sits at the machine may ask everybody.
        let calendars = house::calendars(config, store)?;
        let known = users.iter().map(|user| {
            let periods = calendars.busy_for_operator(user, question.from, question.to)?;
            anyhow::Ok(Some(periods))
        });
        let known: Vec<Option<Vec<Period>>> = known.collect::<anyhow::Result<_>>()?;
        let slots = question.answer(&known)?;
        if self.json {
            let text = serde_json::to_string_pretty(&self.as_json(&slots, &clock))?;
            return Ok(writeln!(io::stdout(), "{text}")?);
        }
        Ok(table::print(
            ["FROM", "TO", "FREE", "BUSY"],
            &self.as_rows(&slots, &clock),
        )?)
    }

    /// Free slots and busy blocks in the order of time.
    fn as_rows(&self, slots: &Slots, clock: &Clock) -> Vec<[String; 4]> {
        let row = |start: i64, end: i64, free: String, busy: String| {
            (start, [clock.plain(start), clock.plain(end), free, busy])
        };
        let free = slots.free.iter().map(|(start, end)| {
            let length = SignedDuration::from_secs(end - start);
            row(*start, *end, format!("{length:#}"), String::new())
        });
        let busy = slots.busy.iter().map(|block| {
            let who = self.who(block).map(|(user, kind)| match kind {
                Kind::Busy => user.to_owned(),
                Kind::Tentative => format!("{user} (tentative)"),
                Kind::Unavailable => format!("{user} (unavailable)"),
            });
            let who = who.collect::<Vec<_>>().join(", ");
            row(block.start, block.end, String::new(), who)
        });
        let mut rows: Vec<_> = free.chain(busy).collect();
        rows.sort_by_key(|(start, _)| *start);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn as_json(&self, slots: &Slots, clock: &Clock) -> serde_json::Value {
        let free = slots.free.iter().map(|(start, end)| {
            serde_json::json!({ "start": clock.exact(*start), "end": clock.exact(*end) })
        });
        let busy = slots.busy.iter().map(|block| {
            let who = self
                .who(block)
                .map(|(user, kind)| serde_json::json!({ "user": user, "type": kind.name() }));
            serde_json::json!({
                "start": clock.exact(block.start),
                "end": clock.exact(block.end),
                "people": who.collect::<Vec<_>>(),
            })
        });
        let unknown = slots.unknown.iter().filter_map(|it| self.users.get(*it));
        serde_json::json!({
            "timezone": clock.zone.id(),
            "free": free.collect::<Vec<_>>(),
            "busy": busy.collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
        })
    }

    fn who<'a>(&'a self, block: &'a Block) -> impl Iterator<Item = (&'a str, Kind)> {
        let named = |(person, kind): &(usize, Kind)| {
            let user = self.users.get(*person)?;
            Some((user.as_str(), *kind))
        };
        block.people.iter().filter_map(named)
    }
}

/// The wall clock that the command line means.
struct Clock {
    zone: Zone,
    /// The same, for writing.
    written: TimeZone,
}

impl Clock {
    fn named(name: &str) -> anyhow::Result<Self> {
        let unknown = || format!("{name} is no time zone that this server knows");
        let zone = Zone::named(name).with_context(unknown)?;
        let written = TimeZone::get(zone.id().unwrap_or("UTC")).with_context(unknown)?;
        Ok(Self { zone, written })
    }

    /// A day begins at its first moment; `to_its_end`: it is meant whole.
    fn moment(&self, text: &str, to_its_end: bool) -> anyhow::Result<i64> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(moment.as_second());
        }
        let wall = match text.parse::<Date>() {
            Ok(day) if !text.contains(['T', 't', ' ']) => {
                let day = if to_its_end { day.tomorrow()? } else { day };
                day.to_datetime(Time::midnight())
            }
            _ => match text.parse::<DateTime>() {
                Ok(wall) => wall,
                Err(_) => bail!(
                    "{text} is neither a day such as 2026-11-23 nor a time such as 2026-11-23T09:00"
                ),
            },
        };
        Ok(self.written.to_timestamp(wall)?.as_second())
    }

    fn plain(&self, moment: i64) -> String {
        self.at(moment, "%a %Y-%m-%d %H:%M")
    }

    fn exact(&self, moment: i64) -> String {
        self.at(moment, "%Y-%m-%dT%H:%M:%S%:z")
    }

    fn at(&self, moment: i64, form: &str) -> String {
        Timestamp::from_second(moment).map_or_else(
            |_| moment.to_string(),
            |it| it.to_zoned(self.written.clone()).strftime(form).to_string(),
        )
    }
}

fn day_window(text: &str) -> Result<DayWindow, String> {
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute) = (hour.parse::<u8>().ok()?, minute.parse::<u8>().ok()?);
        (hour <= 24 && minute < 60).then_some(i64::from(hour) * 3600 + i64::from(minute) * 60)
    };
    let window = text.split_once('-').and_then(|(start, end)| {
        let (start, end) = (time(start)?, time(end)?);
        DayWindow::new(start, end)
    });
    window.ok_or_else(|| "a part of the day is written 09:00-17:00".to_owned())
}

fn length(text: &str) -> Result<i64, String> {
    match text.parse::<SignedDuration>() {
        Ok(length) if !length.is_negative() => Ok(length.as_secs()),
        _ => Err("a length is written 30m or 1h30m".to_owned()),
    }
}

fn weekdays(text: &str) -> Result<Weekdays, String> {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let wrong = || format!("days are {} and stretches of them", NAMES.join(", "));
    let number = |name: &str| {
        let name = name.trim().to_ascii_lowercase();
        let place = NAMES.iter().position(|it| *it == name);
        place.and_then(|place| u8::try_from(place).ok())
    };
    let mut days = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = number(first).zip(number(last)).ok_or_else(wrong)?;
        // A stretch may pass Sunday: sat-mon.
        days.extend((0..=(last + 7 - first) % 7).map(|more| (first + more) % 7));
    }
    Ok(Weekdays::of(days))
}
