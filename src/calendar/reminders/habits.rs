//! What rings in an account's calendars where items do not say it: default alarms, as devices keep them and as the account has
//! chosen them here.

use crate::calendar::Result;
use crate::calendar::alarms::CALDAV;
use crate::calendar::system::Kind;
use crate::ical::alarm::Usual;
use crate::model::{Component, Item, Layer, LayerKind, Sort, User};
use crate::store::properties::{self, Property, Subject};
use crate::store::{Tx, default_reminders};

/// Minutes before a reminder that it rings, unless its owner says otherwise.
const REMINDER: Option<u32> = Some(0);

/// A sort of items that rings by the account's own choice, and how it is called there.
pub const SORTS: [(Sort, &str, Option<u32>); 2] = [
    (Sort::TimeBlock, "TIME_BLOCK", None),
    (Sort::Reminder, "REMINDER", REMINDER),
];

/// Of an account.
pub struct Habits {
    home: Vec<Property>,
    chosen: Vec<(String, Option<u32>)>,
}

/// Of one of its calendars.
pub struct LayerHabits {
    event: Usual,
    todo: Usual,
    block: Usual,
    reminder: Usual,
}

impl Habits {
    pub fn of(tx: &mut Tx, me: &User) -> Result<Self> {
        Ok(Self {
            home: properties::of(tx, Subject::Home(me.id))?,
            chosen: default_reminders::of_user(tx, me.id)?,
        })
    }

    /// Default alarms of the calendar, else of the home: those of the home are for what one plans oneself, not for what is
    /// subscribed to.
    pub fn in_layer(&self, tx: &mut Tx, layer: &Layer) -> Result<LayerHabits> {
        let own = properties::of(tx, Subject::Layer(layer.id))?;
        let home = self.home.iter().filter(|_| layer.kind == LayerKind::User);
        let all: Vec<&Property> = own.iter().chain(home).collect();
        let event = usual(&all, "vevent");
        let sorted = |sort: Sort| self.of_sort(sort);
        Ok(LayerHabits {
            todo: usual(&all, "vtodo"),
            block: match sorted(Sort::TimeBlock) {
                Some(minutes) => Usual::minutes(minutes, &event),
                None => Usual::default(),
            },
            reminder: sorted(Sort::Reminder).map_or_else(Usual::default, Usual::in_time),
            event,
        })
    }

    /// Minutes.
    pub fn of_sort(&self, sort: Sort) -> Option<u32> {
        let (_, name, usual) = SORTS.into_iter().find(|(it, ..)| *it == sort)?;
        self.chosen_for(name).unwrap_or(usual)
    }

    /// Minutes.
    pub fn of_kind(&self, kind: &Kind) -> Option<u32> {
        self.chosen_for(kind.kind.as_str()).unwrap_or(kind.remind)
    }

    /// Of what is read from a platform: a whole day rings as one's own events do.
    pub fn usual_of_kind(&self, kind: &Kind) -> Usual {
        let all: Vec<&Property> = self.home.iter().collect();
        match self.of_kind(kind) {
            Some(minutes) => Usual::minutes(minutes, &usual(&all, "vevent")),
            None => Usual::default(),
        }
    }

    fn chosen_for(&self, name: &str) -> Option<Option<u32>> {
        let mut chosen = self.chosen.iter();
        chosen
            .find(|(it, _)| it == name)
            .map(|(_, minutes)| *minutes)
    }
}

impl LayerHabits {
    pub fn of(&self, item: &Item) -> &Usual {
        let sort = item.face.map(|face| face.marks.sort).unwrap_or_default();
        match (item.component, sort) {
            (Component::Todo, _) => &self.todo,
            (_, Sort::TimeBlock) => &self.block,
            (_, Sort::Reminder) => &self.reminder,
            (_, Sort::Event) => &self.event,
        }
    }
}

/// The nearest says it.
fn usual(kept: &[&Property], component: &str) -> Usual {
    let text = |form: &str| {
        let name = format!("default-alarm-{component}-{form}");
        let said = kept
            .iter()
            .find(|it| it.namespace == CALDAV && it.name == name);
        said.and_then(|it| it.text.as_deref()).unwrap_or_default()
    };
    Usual::of(text("datetime"), text("date"))
}
