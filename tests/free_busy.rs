//! Who may ask when somebody is busy, and what they are told (RFC 4791 sections 6.1.1 and 7.10): every relation with every
//! setting at every address, against a table of its own.

#[path = "support/house.rs"]
mod house;

use bytes::Bytes;
use strata::calendar::{
    DayWindow, Draft, Error, LayerPatch, Limits, Privilege, Refusal, Result, SlotQuestion, Weekdays,
};
use strata::ical::Zone;
use strata::ical::busy::Period;
use strata::model::*;
use strata::privacy::{Device, Viewer};
use strata::store::accounts;
use strata::store::layers::{self, NewLayer};
use strata::store::shares::{self, NewShare};
use strata::store::{self, Tx, relations};

use house::House;

/// 2026-06-01T00:00:00Z.
const DAY: Instant = 1_780_272_000;
const HOUR: Instant = 3_600;

/// What stands in alice's calendars: the name of a layer, its visibility, whether it is transparent, and the hours of its
/// items; of those the second is private.
const LAYERS: [(&str, Visibility, bool, &[i64]); 4] = [
    ("secret", Visibility::Private, false, &[10]),
    ("friends", Visibility::Friends, false, &[11]),
    ("open", Visibility::Public, false, &[12, 13]),
    ("birthdays", Visibility::Public, true, &[14, 15]),
];

/// What bob is to alice.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tie {
    Stranger,
    Friend,
    /// Friends once.
    Blocked,
    Share(Option<&'static str>, Right),
    ActsFor,
}

const TIES: [Tie; 12] = [
    Tie::Stranger,
    Tie::Friend,
    Tie::Blocked,
    Tie::Share(Some("secret"), Right::FreeBusy),
    Tie::Share(Some("secret"), Right::Read),
    Tie::Share(Some("open"), Right::FreeBusy),
    Tie::Share(Some("birthdays"), Right::FreeBusy),
    Tie::Share(Some("birthdays"), Right::ReadWrite),
    Tie::Share(None, Right::FreeBusy),
    Tie::Share(None, Right::Read),
    Tie::Share(None, Right::ReadWrite),
    Tie::ActsFor,
];

impl House {
    fn filled(limits: Limits) -> Self {
        let world = Self::of(&["alice", "bob"], limits);
        for (name, visibility, transparent, hours) in LAYERS {
            let patch = LayerPatch {
                visibility: Some(visibility),
                transparent: Some(transparent),
                // K-34: whether it is switched on is nobody's business but the owner's.
                enabled: Some(visibility != Visibility::Private),
                ..LayerPatch::default()
            };
            let made = world.does("alice", |access| {
                let home = access.home("alice")?;
                access.create_layer(&home, name, &patch).map(drop)
            });
            made.unwrap();
            for (place, hour) in hours.iter().enumerate() {
                world.put(name, *hour, place == 1);
            }
        }
        world
    }

    fn put(&self, layer: &str, hour: i64, private: bool) {
        let own = if private {
            "X-STRATA-VISIBILITY:PRIVATE\r\n"
        } else {
            ""
        };
        let text = Bytes::from(format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{hour}\r\n\
             DTSTAMP:20260101T000000Z\r\nDTSTART:20260601T{hour}0000Z\r\nDURATION:PT1H\r\n\
             SUMMARY:Secret\r\n{own}END:VEVENT\r\nEND:VCALENDAR\r\n"
        ));
        let put = self.does("alice", |access| {
            let into = access.collection("alice", layer)?;
            let draft = Draft::read(&text, &into, access.limits())?;
            access.put(&into, &format!("{hour}.ics"), &draft, &|_| true)
        });
        put.unwrap();
    }

    fn tied(&self, tie: Tie) {
        let store = self.calendars.store();
        let (alice, bob) = (self.device("alice").user, self.device("bob").user);
        let befriend = |tx: &mut Tx| {
            let (alice, bob) = (accounts::by_id(tx, alice)?, accounts::by_id(tx, bob)?);
            strata::calendar::befriend(tx, &alice.unwrap(), &bob.unwrap(), 0)
        };
        match tie {
            Tie::Stranger => {}
            Tie::Friend => {
                store.write(befriend).unwrap();
            }
            Tie::Blocked => {
                store.write(befriend).unwrap();
                self.does("alice", |access| access.block("bob")).unwrap();
            }
            Tie::Share(layer, right) => {
                store
                    .write(|tx| {
                        let layer = match layer {
                            Some(name) => store::layers::find(tx, alice, name)?.map(|it| it.id),
                            None => None,
                        };
                        let new = NewShare {
                            owner: alice,
                            layer,
                            grantee: Grantee::User(bob),
                            right,
                            invitation: None,
                            summary: None,
                            now: 0,
                        };
                        shares::create(tx, &new)
                    })
                    .unwrap()
                    .unwrap();
            }
            Tie::ActsFor => {
                let delegates = [Grantee::User(bob)];
                store
                    .write(|tx| relations::set_proxies(tx, alice, false, &delegates))
                    .unwrap();
            }
        }
    }

    fn settled(&self, to: FreeBusyTo) {
        let alice = self.device("alice").user;
        let store = self.calendars.store();
        store
            .write(|tx| relations::set_free_busy_to(tx, alice, to))
            .unwrap();
    }
}

/// The hours that are told, or why nothing is.
fn hours(told: Result<Vec<Period>>) -> std::result::Result<Vec<i64>, Refusal> {
    let hours = |period: &Period| {
        let (start, end) = ((period.start - DAY) / HOUR, (period.end - DAY) / HOUR);
        start..end
    };
    match told {
        Ok(periods) => Ok(periods.iter().flat_map(hours).collect()),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{other:?}"),
    }
}

const NOBODY_THERE: Refusal = Refusal::NotFound;
const MAY_NOT: Refusal = Refusal::Forbidden {
    needs: Privilege::ReadFreeBusy,
};

/// The table: what an asker may ask of, by what they are.
fn may_ask(tie: Tie, to: FreeBusyTo, layer: Option<&str>) -> bool {
    let by_setting = match to {
        FreeBusyTo::Nobody => false,
        FreeBusyTo::Friends => tie == Tie::Friend,
        FreeBusyTo::Everyone => true,
    };
    match tie {
        Tie::Blocked => false,
        Tie::ActsFor | Tie::Share(None, _) => true,
        Tie::Share(Some(shared), _) => by_setting || layer == Some(shared),
        Tie::Stranger | Tie::Friend => by_setting,
    }
}

fn is_delegate(tie: Tie, layer: &str) -> bool {
    match tie {
        Tie::ActsFor => true,
        Tie::Share(shared, right) => right >= Right::Read && shared.is_none_or(|it| it == layer),
        _ => false,
    }
}

fn reads(tie: Tie, (name, visibility, ..): (&str, Visibility, bool, &[i64])) -> bool {
    is_delegate(tie, name)
        || visibility == Visibility::Public
        || visibility == Visibility::Friends && tie == Tie::Friend
}

fn home(tie: Tie, to: FreeBusyTo) -> std::result::Result<Vec<i64>, Refusal> {
    let asked = |it: &&(&str, Visibility, bool, &[i64])| may_ask(tie, to, Some(it.0));
    if LAYERS.iter().filter(asked).count() == 0 {
        return Err(MAY_NOT);
    }
    let opaque = LAYERS.iter().filter(asked).filter(|it| !it.2);
    Ok(opaque.flat_map(|it| it.3.iter().copied()).collect())
}

fn layer(
    tie: Tie,
    to: FreeBusyTo,
    of: (&str, Visibility, bool, &[i64]),
) -> std::result::Result<Vec<i64>, Refusal> {
    let (name, _, transparent, all) = of;
    // What is private is for those alone with whom the layer was shared.
    let most = if is_delegate(tie, name) { 2 } else { 1 };
    let seen = all.iter().take(most).copied().collect();
    let given = matches!(tie, Tie::Share(Some(shared), _) if shared == name);
    match (reads(tie, of), may_ask(tie, to, Some(name))) {
        (true, true) if !transparent => Ok(all.to_vec()),
        (true, _) => Ok(seen),
        (false, _) if given => Ok(all.to_vec()),
        (false, _) => Err(NOBODY_THERE),
    }
}

#[test]
fn who_may_ask_is_told_times_and_nobody_learns_of_more() {
    let mut asked = 0;
    for tie in TIES {
        let world = House::filled(Limits::default());
        world.tied(tie);
        for to in [
            FreeBusyTo::Nobody,
            FreeBusyTo::Friends,
            FreeBusyTo::Everyone,
        ] {
            world.settled(to);
            let told = world.does("bob", |access| {
                access.home_busy("alice", DAY, DAY + 24 * HOUR)
            });
            assert_eq!(hours(told), home(tie, to), "{tie:?} {to:?}: home");
            for of in LAYERS {
                let told = world.does("bob", |access| {
                    access.layer_busy("alice", of.0, DAY, DAY + 24 * HOUR)
                });
                assert_eq!(hours(told), layer(tie, to, of), "{tie:?} {to:?}: {}", of.0);
                asked += 1;
            }
            let own = world.does("alice", |access| {
                access.home_busy("alice", DAY, DAY + 24 * HOUR)
            });
            assert_eq!(hours(own), Ok(vec![10, 11, 12, 13]));
        }
    }
    assert_eq!(asked, TIES.len() * 3 * LAYERS.len());
}

/// What was shared with somebody is their time once they say so (RFC 6638 section 9.1), and only while it is shared.
#[test]
fn a_shared_calendar_counts_for_the_sharee_who_wants_it() {
    let world = House::filled(Limits::default());
    world.tied(Tie::Share(Some("secret"), Right::Read));
    let store = world.calendars.store();
    let (alice, bob) = (world.device("alice").user, world.device("bob").user);
    let made = store.write(|tx| {
        let share = shares::of_owner(tx, alice)?.pop().unwrap();
        let row = NewLayer {
            transparent: true,
            mount: Some(Mount::Share(share.id)),
            ..NewLayer::named(bob, "secret-alice", 0)
        };
        Ok::<_, store::Error>((share.id, layers::create(tx, &row)?.unwrap()))
    });
    let (share, row) = made.unwrap();
    let bobs = |who| hours(world.does(who, |access| access.home_busy("bob", DAY, DAY + 24 * HOUR)));
    assert_eq!(bobs("bob"), Ok(Vec::new()));
    let opaque = LayerPatch {
        transparent: Some(false),
        ..LayerPatch::default()
    };
    let patched = world.does("bob", |access| {
        let row = access.collection("bob", &row.name)?;
        access.patch_layer(&row, &opaque)
    });
    patched.unwrap();
    assert_eq!(bobs("bob"), Ok(vec![10]));
    assert_eq!(bobs("alice"), Err(MAY_NOT));
    store
        .write(|tx| relations::set_free_busy_to(tx, bob, FreeBusyTo::Everyone))
        .unwrap();
    assert_eq!(bobs("alice"), Ok(vec![10]));
    store.write(|tx| shares::remove(tx, share)).unwrap();
    assert_eq!(bobs("alice"), Ok(Vec::new()));
}

/// E-123: somebody who may not be asked is unknown, never free.
#[test]
fn slots_of_people_who_may_not_be_asked() {
    let world = House::filled(Limits::default());
    let question = SlotQuestion {
        from: DAY + 9 * HOUR,
        to: DAY + 17 * HOUR,
        day: DayWindow::WHOLE,
        weekdays: Weekdays::ALL,
        zone: Zone::utc(),
        at_least: 0,
    };
    let slots = |who: &str| {
        world.does(who, |access| {
            let people = [access.principal("alice")?, access.principal("bob")?];
            access.slots(&people, &question)
        })
    };
    let bobs = slots("bob").unwrap();
    assert_eq!(bobs.unknown, [0]);
    assert_eq!(bobs.free, [(question.from, question.to)], "of bob alone");
    world.tied(Tie::Friend);
    let bobs = slots("bob").unwrap();
    let at = |hour| DAY + hour * HOUR;
    assert_eq!(bobs.unknown, [0usize; 0]);
    assert_eq!(bobs.free, [(at(9), at(10)), (at(14), at(17))]);
    assert_eq!(slots("alice").unwrap(), bobs);
}

/// E-124: who says when they are there at all (RFC 7953) is not there otherwise.
#[test]
fn working_hours_count() {
    let world = House::of(&["alice", "bob"], Limits::default());
    let hours = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VAVAILABILITY\r\nUID:a\r\n\
                 DTSTAMP:20260101T000000Z\r\nBEGIN:AVAILABLE\r\nUID:b\r\nDTSTAMP:20260101T000000Z\r\n\
                 DTSTART:20260601T100000Z\r\nDTEND:20260601T150000Z\r\nRRULE:FREQ=DAILY\r\n\
                 END:AVAILABLE\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR\r\n";
    let slots = world.does("alice", |access| {
        let home = access.home("alice")?;
        access.set_availability(&home, Some(hours))?;
        let question = SlotQuestion {
            from: DAY,
            to: DAY + 48 * HOUR,
            day: DayWindow::new(9 * HOUR, 12 * HOUR).unwrap(),
            weekdays: Weekdays::ALL,
            zone: Zone::utc(),
            at_least: 0,
        };
        let alice = access.principal("alice")?;
        access.slots(&[alice], &question)
    });
    let slots = slots.unwrap();
    let at = |day: i64, hour: i64| DAY + day * 24 * HOUR + hour * HOUR;
    assert_eq!(slots.free, [(at(0, 10), at(0, 12)), (at(1, 10), at(1, 12))]);
    let told: Vec<_> = slots
        .busy
        .iter()
        .map(|block| (block.start, block.end, block.people[0].1))
        .collect();
    let away = strata::ical::busy::Kind::Unavailable;
    assert_eq!(
        told,
        [(at(0, 9), at(0, 10), away), (at(1, 9), at(1, 10), away)]
    );
}

#[test]
fn a_confined_device_and_a_closed_directory() {
    let limits = Limits {
        directory: false,
        ..Limits::default()
    };
    let ask = |world: &House, device: Device| {
        let viewer = Viewer::User(device);
        let told = world.calendars.read(&viewer, |access| {
            access.home_busy("alice", DAY, DAY + 24 * HOUR)
        });
        hours(told)
    };
    let world = House::of(&["alice", "bob"], limits.clone());
    assert_eq!(ask(&world, world.device("bob")), Err(NOBODY_THERE));
    // Whoever sees a calendar of theirs knows of them.
    let world = House::filled(limits);
    assert_eq!(ask(&world, world.device("bob")), Err(MAY_NOT));
    world.settled(FreeBusyTo::Everyone);
    assert_eq!(ask(&world, world.device("bob")), Ok(vec![10, 11, 12, 13]));
    let confined = |name| Device {
        layers: Some(Vec::new()),
        ..world.device(name)
    };
    assert_eq!(ask(&world, confined("bob")), Err(NOBODY_THERE));
    assert_eq!(ask(&world, confined("alice")), Ok(Vec::new()));
    let nobody = world.calendars.read(&Viewer::Anyone, |access| {
        access.home_busy("alice", DAY, DAY + HOUR)
    });
    assert_eq!(hours(nobody), Err(Refusal::Unauthenticated));
}
