//! Feeds that go out: what an account lets a link show, and what the link's holder reads. The holder is nobody whom the
//! server knows, and sees what the feed's audience would.

use std::sync::Arc;

use super::collection::{Part, zone_of};
use super::{Access, Error, Need, Refusal, Result, css};
use crate::ical::Window;
use crate::ical::filter::CompFilter;
use crate::model::{
    Audience, Component, Export, ExportId, Instant, Layer, Link, Reach, Terms, User,
};
use crate::privacy::{Lens, Pseudonyms, Publication, VisibleItem};
use crate::store::{self, accounts, exports, layers};

/// Links of one account.
const MOST: u64 = 100;
/// Months around today that a feed may be asked to show; who wants more wants all.
const MONTHS: u16 = 1200;
/// Bytes of a label.
const LABEL: usize = 200;

/// A feed as it stands at this moment.
pub struct Feed {
    name: String,
    color: Option<String>,
    zone: Option<String>,
    since: Instant,
    shown: Vec<Outlet>,
    window: Option<(Instant, Instant)>,
}

/// One layer of a feed.
pub(super) struct Outlet {
    pub owner: Arc<User>,
    pub layer: Layer,
    pub lens: Lens,
}

impl Feed {
    /// As everybody sees it who holds the link of a shared view.
    pub(super) fn of_view(name: String, since: Instant, shown: Vec<Outlet>) -> Self {
        Self {
            name,
            color: None,
            zone: None,
            since,
            shown,
            window: None,
        }
    }

    /// What subscribers see as the calendar's name: the label that its owner chose, for a layer's name may tell what its
    /// items do not; or what a shared view is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of a feed that shows one layer to its owner.
    pub fn color(&self) -> Option<&str> {
        self.color.as_deref()
    }

    /// Of a feed that shows layers of one time zone to their owner: what floating and all-day times mean.
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// When its link was made: nothing of it is older.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// The nearest name of that colour (RFC 7986 section 5.9).
    pub fn color_name(&self) -> Option<&'static str> {
        self.color().and_then(css::nearest)
    }
}

impl Access<'_, '_> {
    /// The links of the account that asks, the oldest first.
    pub fn exports(&mut self) -> Result<Vec<Export>> {
        let me = self.me()?;
        Ok(exports::of(self.tx, me.id)?)
    }

    /// One link of the account that asks.
    pub fn export(&mut self, id: ExportId) -> Result<Export> {
        let me = self.me()?;
        let export = exports::by_id(self.tx, id)?.filter(|it| it.owner == me.id);
        Ok(export.ok_or(Refusal::NotFound)?)
    }

    /// Lets a link show what `terms` say; `hash` is what is kept of its secret.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for a device that may not change anything or reaches some layers only, [`Refusal::BadValue`],
    /// [`Refusal::TooMany`].
    pub fn add_export(&mut self, hash: &[u8; 32], terms: &Terms) -> Result<Export> {
        let me = self.acting()?;
        self.check_terms(&me, terms)?;
        if exports::count(self.tx, me.id)? >= MOST {
            return Err(Refusal::TooMany(MOST).into());
        }
        let id = exports::create(self.tx, me.id, hash, terms, self.now)?;
        self.export(id)
    }

    /// Other terms under the same address.
    ///
    /// # Errors
    /// As [`Access::add_export`], and [`Refusal::NotFound`].
    pub fn set_export(&mut self, id: ExportId, terms: &Terms) -> Result<Export> {
        let me = self.acting()?;
        self.export(id)?;
        self.check_terms(&me, terms)?;
        exports::update(self.tx, id, terms)?;
        self.export(id)
    }

    /// Ends a link at once.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::Forbidden`].
    pub fn revoke_export(&mut self, id: ExportId) -> Result<()> {
        self.acting()?;
        self.export(id)?;
        exports::revoke(self.tx, id)?;
        Ok(())
    }

    fn check_terms(&mut self, me: &User, terms: &Terms) -> Result<()> {
        if terms.label.trim().is_empty() || terms.label.len() > LABEL {
            let why = format!("a label has between 1 and {LABEL} bytes");
            return Err(Refusal::BadValue(why).into());
        }
        if terms.sorts.is_empty() {
            return Err(Refusal::BadValue("a feed of no type shows nothing".to_owned()).into());
        }
        if terms
            .reach
            .is_some_and(|it| it.back > MONTHS || it.ahead > MONTHS)
        {
            return Err(Refusal::BadValue(format!("at most {MONTHS} months")).into());
        }
        for id in terms.layers.iter().flatten() {
            let layer = layers::by_id(self.tx, *id)?;
            let own = layer.is_some_and(|it| it.owner == me.id && it.mount.is_none());
            if !own {
                return Err(
                    Refusal::BadValue("not a layer of this account's own".to_owned()).into(),
                );
            }
        }
        Ok(())
    }

    /// What the holder of a link reads.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when the link or its account has ended since.
    pub fn feed(&mut self, link: Link) -> Result<Feed> {
        match link {
            Link::Layers(id) => self.feed_of_layers(id),
            Link::View(id) => self.feed_of_view(id),
        }
    }

    fn feed_of_layers(&mut self, id: ExportId) -> Result<Feed> {
        let export = exports::by_id(self.tx, id)?.ok_or(Refusal::NotFound)?;
        let owner = accounts::by_id(self.tx, export.owner)?;
        let owner = owner.filter(|it| !it.disabled).ok_or(Refusal::NotFound)?;
        let owner = Arc::new(owner);
        let names = Pseudonyms::of_feed(self.names_key, id);
        let publication = Publication {
            audience: export.terms.audience,
            sorts: export.terms.sorts,
        };
        let mut shown = Vec::new();
        for layer in layers::of_owner(self.tx, owner.id)? {
            let chosen = match &export.terms.layers {
                None => layer.enabled,
                Some(layers) => layers.contains(&layer.id),
            };
            if chosen && layer.mount.is_none() {
                let setting = self.system.setting(&layer, &self.limits.privacy);
                let lens = Lens::feed(publication, &layer, names.clone(), &setting);
                let lens = self.with_texts(lens, &layer);
                shown.push(Outlet {
                    owner: owner.clone(),
                    layer,
                    lens,
                });
            }
        }
        self.settle()?;
        let color = match &shown[..] {
            [one] if export.terms.audience == Audience::Owner => one.layer.color.clone(),
            _ => None,
        };
        Ok(Feed {
            zone: Some(&shown)
                .filter(|_| export.terms.audience == Audience::Owner)
                .and_then(|shown| one_zone(shown)),
            color,
            since: export.created,
            window: export.terms.reach.map(|reach| around(self.now, reach)),
            name: export.terms.label,
            shown,
        })
    }

    /// A feed's lens with how its layer stands. Nobody's source is asked for somebody who does not see what it shows.
    pub(super) fn with_texts(&mut self, lens: Lens, layer: &Layer) -> Lens {
        match lens.publishes() {
            true => lens.reading(self.texts(layer)),
            false => lens,
        }
    }

    /// Visits the events of a feed, layer by layer.
    ///
    /// # Errors
    /// The store's, and the first one that `visit` answers, which ends the walk.
    pub fn each_published<E: From<Error> + From<store::Error>>(
        &mut self,
        feed: &Feed,
        need: Need,
        visit: &mut dyn FnMut(VisibleItem) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        // A subscriber takes what is missing for what was deleted.
        if feed.shown.iter().any(|it| it.lens.is_out_of_reach()) {
            return Err(Error::from(Refusal::Unavailable).into());
        }
        let filter = events(feed.window);
        for outlet in &feed.shown {
            let part = Part {
                owner: &outlet.owner,
                layer: &outlet.layer,
                lens: &outlet.lens,
            };
            self.query_part(part, &filter, need, visit)?;
        }
        Ok(())
    }
}

/// The time zone of all layers, where they have the same.
fn one_zone(shown: &[Outlet]) -> Option<String> {
    let zone = |it: &Outlet| zone_of(&it.layer, &it.owner).id().map(str::to_owned);
    let first = zone(shown.first()?)?;
    let same = shown.iter().all(|it| zone(it).as_ref() == Some(&first));
    (same && first != "UTC").then_some(first)
}

/// Events, in a window if there is one.
fn events(window: Option<(Instant, Instant)>) -> CompFilter {
    let window = window.map(|(start, end)| Window {
        start: Some(start),
        end: Some(end),
    });
    CompFilter {
        name: "VCALENDAR".to_owned(),
        comps: vec![CompFilter {
            name: Component::Event.name().to_owned(),
            time_range: window,
            ..CompFilter::default()
        }],
        ..CompFilter::default()
    }
}

/// Whole days, so that a feed to which nothing happens stays the same for a day.
fn around(now: Instant, reach: Reach) -> (Instant, Instant) {
    let today = jiff::Timestamp::from_second(now)
        .unwrap_or_default()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let begins = |day: jiff::civil::Date| {
        let midnight = day.to_zoned(jiff::tz::TimeZone::UTC);
        midnight.map(|it| it.timestamp().as_second())
    };
    let months = |count: u16| jiff::Span::new().months(i32::from(count));
    let start = begins(today.saturating_sub(months(reach.back)));
    let end = begins(today.saturating_add(months(reach.ahead).days(1)));
    (start.unwrap_or(Instant::MIN), end.unwrap_or(Instant::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_reaches_whole_months_and_days() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
        let (start, end) = around(at("2026-03-31T17:00:00Z"), Reach { back: 1, ahead: 3 });
        assert_eq!(start, at("2026-02-28T00:00:00Z"));
        assert_eq!(end, at("2026-07-01T00:00:00Z"));
        assert_eq!(
            around(at("2026-03-31T00:00:00Z"), Reach { back: 1, ahead: 3 }),
            (start, end)
        );
    }
}
