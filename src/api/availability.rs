//! When all members of a shared view are free (E-121 to E-124, E-153): out of busy time alone.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::call::Call;
use super::problem::{Problem, Result};
use super::routes::{Route, get};
use super::time;
use super::unavailable::Unavailable;
use super::views::id_of;
use crate::calendar::{BusyKind, DayWindow, SlotQuestion, Slots, Weekdays, Zone};
use crate::model::{MemberState, User};

pub fn routes() -> Vec<Route> {
    vec![
        get(
            "/shared/{view}/availability",
            "When all members of a view are free, and who is busy when they are not",
            availability,
        )
        .query::<AvailabilityQuery>()
        .answers::<Availability>(200),
    ]
}

#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AvailabilityQuery {
    /// RFC 3339, or a day
    #[param(min_length = 10, max_length = 40, example = "2026-11-23")]
    start: String,
    /// The same, and later; at most 366 days
    #[param(min_length = 10, max_length = 40, example = "2026-11-28")]
    end: String,
    /// When the day begins; 09:00 unless it is said otherwise
    #[param(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    day_start: Option<String>,
    /// When the day ends; 17:00 unless it is said otherwise
    #[param(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
    day_end: Option<String>,
    /// Days of the week that count, Sunday is 0; all of them unless it is said otherwise
    #[serde(default)]
    #[param(max_items = 7)]
    weekdays: Vec<u8>,
    /// Minutes that a slot has at least
    #[param(maximum = 527040)]
    duration: Option<u32>,
    /// Whose clock the days follow; the account's own unless it is said otherwise
    #[param(min_length = 1, max_length = 200)]
    time_zone: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Availability {
    free: Vec<Slot>,
    busy: Vec<BusyBlock>,
    /// Members whose time the account may not know: free at no time, as far as anybody can say.
    unknown: Vec<String>,
    /// Layers that cannot be asked just now. Whose they are is BUSY-UNAVAILABLE all the time until they can.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<Unavailable>,
}

#[derive(Serialize, ToSchema)]
struct Slot {
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
}

/// A stretch of time in which the same people are busy in the same way.
#[derive(Serialize, ToSchema)]
struct BusyBlock {
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    people: Vec<BusyPerson>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct BusyPerson {
    user_id: String,
    /// BUSY, BUSY-TENTATIVE or BUSY-UNAVAILABLE.
    kind: &'static str,
}

fn availability(call: &Call) -> Result<Answer> {
    let asked: AvailabilityQuery = call.query()?;
    let id = id_of(call)?;
    let shown = call.read(|access| {
        let zone = asked.zone(&access.me()?)?;
        let question = asked.question(&zone)?;
        let people: Vec<User> = access
            .view_members(id)?
            .into_iter()
            .filter(|(_, member, _)| member.state == MemberState::Accepted)
            .map(|(user, ..)| user)
            .collect();
        let slots = access.slots(&people, &question)?;
        Ok(Availability::of(&slots, &people))
    })?;
    Answer::of(&shown)
}

impl AvailabilityQuery {
    fn zone(&self, me: &User) -> Result<Zone> {
        let named = self.time_zone.as_ref().or(me.timezone.as_ref());
        let Some(name) = named else {
            return Ok(Zone::utc());
        };
        let unknown = || Problem::invalid("timeZone is no time zone that this server knows");
        Ok(Zone::named(name).ok_or_else(unknown)?)
    }

    fn question(&self, zone: &Zone) -> Result<SlotQuestion> {
        let clock = |text: Option<&str>, usual: i64, what: &str| match text {
            None => Ok(usual),
            Some(text) => time::end_of_part(text)
                .ok_or_else(|| Problem::malformed(format!("{what} is a time such as 09:00"))),
        };
        let start = clock(self.day_start.as_deref(), 9 * 3600, "dayStart")?;
        let end = clock(self.day_end.as_deref(), 17 * 3600, "dayEnd")?;
        let moment = |text: &str, what: &str| {
            time::point(text)
                .map(|point| point.by(zone))
                .ok_or_else(|| Problem::malformed(format!("{what} is a moment or a day")))
        };
        if self.weekdays.iter().any(|day| *day > 7) {
            return Err(Problem::malformed("weekdays are numbers from 0, which is Sunday").into());
        }
        Ok(SlotQuestion {
            from: moment(&self.start, "start")?,
            to: moment(&self.end, "end")?,
            day: DayWindow::new(start, end).ok_or_else(|| {
                Problem::malformed("dayStart and dayEnd are the ends of a part of the day")
            })?,
            weekdays: match self.weekdays.is_empty() {
                true => Weekdays::ALL,
                false => Weekdays::of(self.weekdays.iter().map(|day| (day + 6) % 7)),
            },
            zone: zone.clone(),
            at_least: i64::from(self.duration.unwrap_or(0)) * 60,
        })
    }
}

impl Availability {
    fn of(slots: &Slots, people: &[User]) -> Self {
        let name = |person: usize| {
            people
                .get(person)
                .map(|it| it.name.clone())
                .unwrap_or_default()
        };
        let person = |(person, kind): &(usize, BusyKind)| BusyPerson {
            user_id: name(*person),
            kind: kind.name(),
        };
        Self {
            free: slots
                .free
                .iter()
                .map(|(start, end)| Slot {
                    start: time::rfc3339(*start),
                    end: time::rfc3339(*end),
                })
                .collect(),
            busy: slots
                .busy
                .iter()
                .map(|block| BusyBlock {
                    start: time::rfc3339(block.start),
                    end: time::rfc3339(block.end),
                    people: block.people.iter().map(person).collect(),
                })
                .collect(),
            unknown: slots.unknown.iter().map(|it| name(*it)).collect(),
            unavailable: slots.away.iter().map(Unavailable::from).collect(),
        }
    }
}
