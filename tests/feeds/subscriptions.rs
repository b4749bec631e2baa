//! Subscriptions: what is taken in, what stays as it is, and what never goes.

use std::collections::BTreeSet;

use strata::calendar::{Draft, Error, FeedPatch, Privilege, Refusal, Retention};
use strata::connect::Failure;
use strata::model::*;
use strata::store::feeds::WORK;
use strata::store::{accounts, history, jobs, layers};

use crate::holidays;
use crate::house::{House, QUOTA, URL, answer, event, feed, numbered};
use crate::stories::stories;

fn refused<T>(result: strata::calendar::Result<T>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

stories! {
    /// E-213, E-054..E-060
    fn the_holidays_come_in(house: &House) {
        let mut alices = house.subscribe("alice", URL);
        assert_eq!(alices.status, FeedStatus::Pending);
        assert_eq!((alices.tried, alices.succeeded, alices.items), (None, None, 0));
        house.world.say(URL, answer(200, &[], &holidays::feed("20261121T180000Z")));
        assert_eq!(house.pass(0), 1);
        alices = house.look("alice", &alices);
        assert_eq!((alices.status, alices.error.as_deref()), (FeedStatus::Ok, None));
        assert_eq!((alices.items, alices.refused), (holidays::EVENTS as u64, 0));
        assert_eq!((alices.tried, alices.succeeded), (Some(house.now()), Some(house.now())));
        assert!(alices.next.is_some_and(|next| next >= house.now() + 3600));
        assert_eq!(alices.display_name, "Holidays in United States");
        assert_eq!(alices.layer_name, "them-example");
    }

    /// What Google and others say of times that name no zone: a day off is one where its publisher is.
    fn times_without_a_zone_are_meant_in_that_of_the_feed(house: &House) {
        let alices = house.subscribe("alice", URL);
        let layer = |house: &House| {
            house.act("alice", |access, _| Ok(access.collection("alice", &alices.layer_name)?.layer.clone())).unwrap()
        };
        let day = event("day", "Day off").replace("END:VEVENT", "X-NOTE:1\r\nEND:VEVENT");
        house.world.say(URL, answer(200, &[], &feed("X-WR-TIMEZONE:Nowhere/Atlantis\r\n", [day.clone()])));
        house.pass(0);
        assert_eq!(layer(house).timezone_id, None, "no zone that anybody knows");
        let said = feed("X-WR-TIMEZONE:Pacific/Auckland\r\n", [day]);
        house.world.say(URL, answer(200, &[], &said.replace("X-NOTE:1", "X-NOTE:2")));
        house.next_fetch(&alices);
        let stands = layer(house);
        assert_eq!(stands.timezone_id.as_deref(), Some("Pacific/Auckland"));
        assert!(stands.timezone.is_some_and(|it| it.contains("TZID:Pacific/Auckland")));
        // What its owner has chosen stays.
        house.world.say(URL, answer(200, &[], &said.replace("Auckland", "Apia").replace("X-NOTE:1", "X-NOTE:3")));
        house.next_fetch(&alices);
        assert_eq!(layer(house).timezone_id.as_deref(), Some("Pacific/Auckland"));
    }

    /// E-050: read-only to the user, and what it is filled from cannot be written over
    fn what_comes_from_elsewhere_is_read_only(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..3)));
        house.pass(0);
        let name = house.items(&alices)[0].0.clone();
        for name in [name.as_str(), "new.ics"] {
            let put = house.act("alice", |access, _| {
                let layer = access.collection("alice", &alices.layer_name)?;
                let text = feed("", [event("uid-0", "mine")]).into();
                let draft = Draft::read(&text, &layer, access.limits())?;
                access.put(&layer, name, &draft, &|_| true)
            });
            assert!(matches!(refused(put), Refusal::Forbidden { .. }));
        }
        let deleted = house.act("alice", |access, _| {
            let layer = access.collection("alice", &alices.layer_name)?;
            access.delete(&layer, &name, &|_| true)
        });
        let needs = Privilege::Unbind;
        assert_eq!(refused(deleted), Refusal::Forbidden { needs });
        assert_eq!(house.items(&alices).len(), 3);
    }

    fn stamps_and_order_change_nothing(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &holidays::feed("20261121T180000Z")));
        house.pass(0);
        let (items, number) = (house.items(&alices), house.number(&alices));
        let renewed = holidays::feed("20271121T180000Z");
        let (head, rest) = renewed.split_once("BEGIN:VEVENT").unwrap();
        let mut events: Vec<_> = rest.split("BEGIN:VEVENT").map(|it| {
            format!("BEGIN:VEVENT{}", it.replace("END:VCALENDAR\r\n", ""))
        }).collect();
        events.reverse();
        let shuffled = format!("{head}{}END:VCALENDAR\r\n", events.concat());
        for body in [renewed.clone(), shuffled] {
            house.world.say(URL, answer(200, &[], &body));
            house.next_fetch(&alices);
            assert_eq!(house.look("alice", &alices).status, FeedStatus::Ok);
            assert_eq!((house.items(&alices), house.number(&alices)), (items.clone(), number));
        }
        // What has changed is a change, and nothing else is.
        house.world.say(URL, answer(200, &[], &renewed.replacen("Memorial Day", "Memory Day", 1)));
        house.next_fetch(&alices);
        assert_eq!(house.number(&alices), number + 1);
        let before: BTreeSet<_> = items.into_iter().collect();
        let after: BTreeSet<_> = house.items(&alices).into_iter().collect();
        assert_eq!(before.difference(&after).count(), 1);
    }

    fn uids_that_are_new_each_time_change_nothing(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..20)));
        house.pass(0);
        let (items, number) = (house.items(&alices), house.number(&alices));
        house.world.say(URL, answer(200, &[], &numbered(0..20).replace("UID:uid", "UID:other")));
        house.next_fetch(&alices);
        assert_eq!((house.items(&alices), house.number(&alices)), (items, number));
        assert_eq!(house.look("alice", &alices).status, FeedStatus::Ok);
    }

    /// K-39
    fn a_series_and_what_stands_apart_from_it_are_one_resource(house: &House) {
        let alices = house.subscribe("alice", URL);
        let series = event("a", "all").replace("SUMMARY", "RRULE:FREQ=DAILY;COUNT=4\r\nSUMMARY");
        let apart = event("a", "one").replace("SUMMARY", "RECURRENCE-ID:20260602T100000Z\r\nSUMMARY");
        house.world.say(URL, answer(200, &[], &feed("", [series.clone(), apart])));
        house.pass(0);
        let before = house.items(&alices);
        assert_eq!(before.len(), 1);
        house.world.say(URL, answer(200, &[], &feed("", [series])));
        house.next_fetch(&alices);
        let after = house.items(&alices);
        assert_eq!((after.len(), &after[0].0), (1, &before[0].0));
        assert_ne!(after[0].2, before[0].2);
    }

    fn what_is_known_is_not_sent_again(house: &House) {
        let alices = house.subscribe("alice", URL);
        let validators = [("ETag", "\"abc\""), ("Last-Modified", "Sat, 21 Nov 2026 18:00:00 GMT")];
        house.world.say(URL, answer(200, &validators, &numbered(0..3)));
        house.pass(0);
        assert_eq!(house.world.header("if-none-match"), None);
        house.world.say(URL, answer(304, &[], ""));
        house.next_fetch(&alices);
        assert_eq!(house.world.header("if-none-match").as_deref(), Some("\"abc\""));
        assert_eq!(house.world.header("if-modified-since").as_deref(), Some(validators[1].1));
        let now = house.look("alice", &alices);
        assert_eq!((now.status, now.succeeded, now.items), (FeedStatus::Ok, Some(house.now()), 3));
        // Who subscribes later needs all of it, and so does nobody else.
        let bobs = house.subscribe("bob", URL);
        house.world.say(URL, answer(200, &validators, &numbered(0..3)));
        let number = house.number(&alices);
        house.pass(0);
        assert_eq!(house.world.header("if-none-match"), None);
        assert_eq!((house.look("bob", &bobs).items, house.number(&alices)), (3, number));
    }

    fn one_fetch_serves_all_who_subscribe(house: &House) {
        let alices = house.subscribe("alice", URL);
        let bobs = house.subscribe("bob", "webcal://THEM.example:443/cal.ics");
        assert_eq!(alices.source, bobs.source);
        house.world.say(URL, answer(200, &[], &numbered(0..5)));
        assert_eq!(house.pass(0), 1);
        assert_eq!(house.world.asked().len(), 1);
        for (name, feed) in [("alice", &alices), ("bob", &bobs)] {
            let feed = house.look(name, feed);
            assert_eq!((feed.status, feed.items), (FeedStatus::Ok, 5));
        }
        // Nobody sees another's.
        let other = house.act("bob", |access, home| access.subscription(home, alices.id));
        assert_eq!(refused(other), Refusal::NotFound);
    }

    /// K-38
    fn nothing_goes_because_something_is_broken(house: &House) {
        let alices = house.subscribe("alice", URL);
        let whole = numbered(0..10);
        house.world.say(URL, answer(200, &[], &whole));
        house.pass(0);
        let items = house.items(&alices);
        let half = &whole[..whole.len() / 2];
        for (said, why) in [
            (answer(200, &[], ""), "the answer is empty"),
            (answer(200, &[], half), "the calendar breaks off before its end"),
            (answer(200, &[], "<html>Please sign in</html>"), "the answer is a web page, not a calendar"),
            (answer(404, &[], &feed("", [])), "the other server answers 404 (Not Found)"),
            (answer(410, &[], ""), "the other server answers 410 (Gone)"),
            (answer(500, &[], &feed("", [])), "the other server answers 500 (Internal Server Error)"),
            (answer(206, &[], &whole), "the other server answers 206 (Partial Content)"),
            (answer(204, &[], ""), "the other server answers 204 (No Content)"),
            (answer(401, &[], ""), "the other server answers 401 (Unauthorized)"),
            (Err(Failure::Broken), "the answer broke off"),
            (Err(Failure::Slow(30)), "no whole answer within 30 seconds"),
            (Err(Failure::Private), "the host stands in a network that this server does not call"),
            (Err(Failure::TooLarge(5)), "the answer is larger than 5 bytes"),
        ] {
            house.world.say(URL, said);
            house.next_fetch(&alices);
            let feed = house.look("alice", &alices);
            assert_eq!(feed.status, FeedStatus::Error);
            assert_eq!(feed.error.as_deref(), Some(why));
            assert_eq!(feed.tried, Some(house.now()));
            assert_eq!(house.items(&alices), items, "{why}");
        }
        house.world.say(URL, answer(200, &[], &whole));
        house.next_fetch(&alices);
        let feed = house.look("alice", &alices);
        assert_eq!((feed.status, feed.error), (FeedStatus::Ok, None));
        assert_eq!(house.items(&alices), items);
    }

    /// A few are gone: they go at once, and leave nothing behind.
    fn what_a_source_takes_back_goes(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..10)));
        house.pass(0);
        house.world.say(URL, answer(200, &[], &numbered(3..10)));
        house.next_fetch(&alices);
        let feed = house.look("alice", &alices);
        assert_eq!((feed.status, feed.items), (FeedStatus::Ok, 7));
        let used = house.store.read(|tx| history::usage(tx, alices.owner)).unwrap();
        assert_eq!(used, 0);
    }

    /// K-38: a drop of more than half needs two such answers in a row, and the old copies go to the trash
    fn most_goes_only_when_it_is_said_twice(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[("ETag", "\"1\"")], &numbered(0..10)));
        house.pass(0);
        let items = house.items(&alices);
        for (emptied, left) in [(feed("", []), 0), (numbered(0..4), 4)] {
            house.world.say(URL, answer(200, &[("ETag", "\"2\"")], &emptied));
            house.next_fetch(&alices);
            let doubted = house.look("alice", &alices);
            assert_eq!(doubted.status, FeedStatus::Error);
            assert_eq!(doubted.error.unwrap(), format!(
                "{} of 10 items are missing from the last answer; they go when the next one says the same", 10 - left));
            assert_eq!(house.items(&alices), items);
            // The whole is back: all is well.
            house.world.say(URL, answer(200, &[("ETag", "\"1\"")], &numbered(0..10)));
            house.next_fetch(&alices);
            assert_eq!(house.world.header("if-none-match"), None);
            assert_eq!(house.look("alice", &alices).status, FeedStatus::Ok);
            assert_eq!(house.items(&alices), items);
            // A failure between two answers is no confirmation.
            for said in [answer(200, &[], &emptied), answer(503, &[], ""), answer(200, &[], &emptied)] {
                house.world.say(URL, said);
                house.next_fetch(&alices);
                assert_eq!(house.items(&alices), items);
            }
            house.world.say(URL, answer(200, &[], &numbered(0..10)));
            house.next_fetch(&alices);
        }
        house.world.say(URL, answer(200, &[("ETag", "\"3\"")], &feed("", [])));
        house.next_fetch(&alices);
        house.next_fetch(&alices);
        let emptied = house.look("alice", &alices);
        assert_eq!((emptied.status, emptied.items), (FeedStatus::Ok, 0));
        let trash = house.act("alice", |access, _| {
            let trash = access.trash("alice")?;
            access.lost(&trash, strata::calendar::Together::Since(0))
        });
        assert_eq!(trash.unwrap().len(), 10);
        // From now on it is known, and asked for as usual.
        house.next_fetch(&alices);
        assert_eq!(house.world.header("if-none-match").as_deref(), Some("\"3\""));
    }

    /// Each of those that go was missing from two answers in a row: what one of the two still had stays.
    fn what_one_of_two_answers_had_stays(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..10)));
        house.pass(0);
        let uids = || house.items(&alices).into_iter().map(|it| it.1).collect::<BTreeSet<_>>();
        let of = |numbers: &[usize]| numbers.iter().map(|it| format!("uid-{it}")).collect::<BTreeSet<_>>();
        house.world.say(URL, answer(200, &[], &numbered(0..4)));
        house.next_fetch(&alices);
        assert_eq!(uids(), of(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
        house.world.say(URL, answer(200, &[], &numbered(4..8)));
        house.next_fetch(&alices);
        assert_eq!(uids(), of(&[0, 1, 2, 3, 4, 5, 6, 7]), "two were missing twice");
        assert_eq!(house.look("alice", &alices).status, FeedStatus::Error);
        house.next_fetch(&alices);
        assert_eq!(uids(), of(&[4, 5, 6, 7]));
        assert_eq!(house.look("alice", &alices).status, FeedStatus::Ok);
    }

    /// An answer that was doubted for a torn part does not confirm that most is gone.
    fn one_doubt_is_no_proof_of_another(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..10)));
        house.pass(0);
        let torn = numbered(0..10).replacen("SUMMARY:Event 4", "this is no line", 1);
        house.world.say(URL, answer(200, &[], &torn));
        house.next_fetch(&alices);
        house.world.say(URL, answer(200, &[], &numbered([0])));
        house.next_fetch(&alices);
        let items = house.items(&alices);
        assert!(items.len() >= 9, "{} are left", items.len());
    }

    fn half_is_not_most(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..10)));
        house.pass(0);
        house.world.say(URL, answer(200, &[], &numbered(0..5)));
        house.next_fetch(&alices);
        assert_eq!(house.look("alice", &alices).items, 5);
    }

    fn what_cannot_be_taken_is_named_and_takes_nothing_with_it(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..4)));
        house.pass(0);
        let items = house.items(&alices);
        let broken = [
            event("uid-0", "Event 0"),
            // No start: refused, and what stood there before stays.
            event("uid-1", "changed").replace("DTSTART:20260601T100000Z\r\n", ""),
            event("uid-2", "changed"),
            event("uid-9", "x").replace("DTSTART:20260601T100000Z", "DTSTART:whenever"),
        ];
        house.world.say(URL, answer(200, &[], &feed("", broken)));
        house.next_fetch(&alices);
        let now = house.look("alice", &alices);
        assert_eq!((now.status, now.refused), (FeedStatus::Ok, 2));
        let uids: Vec<_> = now.reasons.iter().map(|it| it.uid.as_deref().unwrap()).collect();
        assert_eq!(uids, ["uid-1", "uid-9"]);
        assert!(now.reasons.iter().all(|it| it.line > 3 && !it.why.is_empty()), "{:?}", now.reasons);
        let after = house.items(&alices);
        let tag = |items: &[(String, String, String)], uid: &str| {
            items.iter().find(|it| it.1 == uid).map(|it| it.2.clone())
        };
        assert_eq!(tag(&items, "uid-0"), tag(&after, "uid-0"));
        assert_eq!(tag(&items, "uid-1"), tag(&after, "uid-1"));
        assert_ne!(tag(&items, "uid-2"), tag(&after, "uid-2"));
        assert_eq!((tag(&after, "uid-3"), tag(&after, "uid-9")), (None, None));
    }

    fn a_part_that_cannot_be_told_apart_leaves_doubt(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..10)));
        house.pass(0);
        let torn = numbered(0..10).replacen("SUMMARY:Event 4", "this is no line", 1);
        house.world.say(URL, answer(200, &[], &torn));
        house.next_fetch(&alices);
        let doubted = house.look("alice", &alices);
        assert_eq!((doubted.status, doubted.items, doubted.refused), (FeedStatus::Error, 10, 1));
        house.next_fetch(&alices);
        let still = house.look("alice", &alices);
        assert_eq!((still.status, still.items, still.refused), (FeedStatus::Error, 10, 1));
        house.world.say(URL, answer(200, &[], &numbered(0..9)));
        house.next_fetch(&alices);
        let sure = house.look("alice", &alices);
        assert_eq!((sure.status, sure.items, sure.refused), (FeedStatus::Ok, 9, 0));
    }

    /// E-055, E-200
    fn the_clock_of_a_subscription(house: &House) {
        let near = |passed: Instant, seconds: Instant| {
            assert!((seconds..=seconds + seconds / 10).contains(&passed), "{passed} for {seconds}");
        };
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..3)));
        house.pass(0);
        near(house.next_fetch(&alices), 3600);
        // Who wants it more often has it for all.
        let bobs = house.subscribe("bob", URL);
        house.act("bob", |access, home| access.change_subscription(home, bobs.id, &FeedPatch {
            pause: Some(Pause::QuarterHour),
            ..FeedPatch::default()
        })).unwrap();
        house.pass(0);
        near(house.next_fetch(&alices), 900);
        // The publisher may ask for less, never for more.
        house.world.say(URL, answer(200, &[], &feed("REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n", [event("a", "a")])));
        house.next_fetch(&alices);
        near(house.due(&alices) - house.now(), 21_600);
        house.world.say(URL, answer(200, &[], &feed("X-PUBLISHED-TTL:PT1M\r\n", [event("a", "a")])));
        house.next_fetch(&alices);
        near(house.due(&alices) - house.now(), 900);
        // Trouble is tried later and later.
        house.world.say(URL, answer(500, &[], ""));
        house.next_fetch(&alices);
        for seconds in [900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400] {
            near(house.next_fetch(&alices), seconds);
        }
        house.world.say(URL, answer(503, &[("Retry-After", "100000")], ""));
        house.next_fetch(&alices);
        assert!(house.due(&alices) >= house.now() + 86_400);
        house.world.say(URL, answer(200, &[], &numbered(0..3)));
        house.next_fetch(&alices);
        near(house.due(&alices) - house.now(), 900);
    }

    fn after_a_long_night_not_all_is_fetched_at_once(house: &House) {
        let user = house.look("alice", &house.subscribe("alice", URL)).owner;
        house.store.write(|tx| {
            for number in 0..200 {
                jobs::want(tx, WORK, 1_000_000 + number, house.now() - 9000)?;
            }
            accounts::by_id(tx, user).map(drop)
        }).unwrap();
        house.jobs.start(house.now()).unwrap();
        let first = house.jobs.claim(1000, house.now()).unwrap().len();
        assert!(first < 20, "{first} at once");
        let rest = house.jobs.claim(1000, house.now() + 300).unwrap().len();
        assert_eq!(first + rest, 201);
    }

    fn two_processes_never_do_the_same(house: &House) {
        house.store.write(|tx| {
            (0..60).try_for_each(|number| jobs::want(tx, WORK, 1_000_000 + number, 0))
        }).unwrap();
        let (now, until) = (house.now(), house.now() + 600);
        let claimed: Vec<Vec<i64>> = std::thread::scope(|scope| {
            let claim = || house.store.write(|tx| jobs::claim(tx, now, until, 25)).unwrap();
            let store = &house.store;
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(move || {
                let claimed = store.write(|tx| jobs::claim(tx, now, until, 10)).unwrap();
                claimed.into_iter().map(|job| job.subject).collect::<Vec<_>>()
            })).collect();
            let mut all: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
            all.push(claim().into_iter().map(|job| job.subject).collect());
            all
        });
        let all: Vec<_> = claimed.concat();
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(all.len(), 60);
        // A process that died is missed when its claim ends, and no sooner.
        assert!(house.store.write(|tx| jobs::claim(tx, until - 1, until, 99)).unwrap().is_empty());
        let again = house.store.write(|tx| jobs::claim(tx, until, until + 600, 99)).unwrap();
        assert_eq!(again.len(), 60);
    }

    fn what_is_asked_for_meanwhile_is_done_once_more(house: &House) {
        house.store.write(|tx| jobs::want(tx, WORK, 7, 0)).unwrap();
        let now = house.now();
        let job = house.jobs.claim(1, now).unwrap().remove(0);
        house.store.write(|tx| jobs::want(tx, WORK, 7, now)).unwrap();
        assert!(house.jobs.claim(1, now).unwrap().is_empty());
        let back = house.store.write(|tx| jobs::put_back(tx, &job, now + 900, 0)).unwrap();
        assert!(back);
        let again = house.jobs.claim(1, now).unwrap().remove(0);
        // Who has lost the claim has no say any more.
        assert!(!house.store.write(|tx| jobs::put_back(tx, &job, now, 5)).unwrap());
        house.store.write(|tx| jobs::finish(tx, &again)).unwrap();
        assert_eq!(house.store.read(|tx| jobs::due(tx, WORK, 7)).unwrap(), None);
    }

    /// E-159
    fn who_asks_by_hand_waits_a_minute(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..3)));
        house.jobs.run_now(WORK, alices.source.0, house.now() - 200).unwrap();
        let ask = || house.act("alice", |access, home| access.refresh_subscription(home, alices.id));
        assert!(ask().is_ok());
        assert_eq!(house.pass(0), 1);
        assert!(matches!(refused(ask()), Refusal::TooOften(1..=70)));
        assert_eq!(house.world.asked().len(), 2);
    }

    fn number_of_subscriptions_and_items_is_bounded(house: &House) {
        let url = |number: usize| format!("https://them.example/{number}.ics");
        for number in 0..3 {
            house.subscribe("alice", &url(number));
        }
        let more = |url: &str| {
            let new = house.new_feed(url);
            refused(house.act("alice", |access, home| access.subscribe(home, &new)))
        };
        assert_eq!(more(&url(9)), Refusal::TooMany(3));
        let bobs = house.subscribe("bob", URL);
        let new = house.new_feed(URL);
        let twice = refused(house.act("bob", |access, home| access.subscribe(home, &new)));
        assert!(matches!(twice, Refusal::BadValue(_)));
        house.world.say(URL, answer(200, &[], &numbered(0..1001)));
        house.pass(0);
        let full = house.look("bob", &bobs);
        assert_eq!(full.error.as_deref(), Some("the calendar holds more than 1000 events"));
        assert_eq!(full.items, 0);
        // The quota of one is no trouble of another.
        let large = "x".repeat(QUOTA as usize);
        house.world.say(URL, answer(200, &[], &feed("", [event("a", &large)])));
        house.next_fetch(&bobs);
        let full = house.look("bob", &bobs);
        assert_eq!(full.error.as_deref(), Some("the quota of this account is used up"));
    }

    /// E-158
    fn who_ends_a_subscription_takes_its_layer_and_leaves_the_rest(house: &House) {
        let (alices, bobs) = (house.subscribe("alice", URL), house.subscribe("bob", URL));
        house.world.say(URL, answer(200, &[], &numbered(0..3)));
        house.pass(0);
        house.act("alice", |access, home| access.unsubscribe(home, alices.id)).unwrap();
        assert!(house.store.read(|tx| layers::by_id(tx, alices.layer)).unwrap().is_none());
        let left = house.act("alice", |access, home| access.subscriptions(home)).unwrap();
        assert!(left.is_empty());
        house.next_fetch(&bobs);
        assert_eq!(house.look("bob", &bobs).items, 3);
        // Nobody wants it any more: it is not asked for again.
        house.act("bob", |access, home| access.unsubscribe(home, bobs.id)).unwrap();
        let asked = house.world.asked().len();
        assert_eq!(house.pass(100_000), 1);
        assert_eq!(house.world.asked().len(), asked);
        assert_eq!(house.store.read(|tx| jobs::due(tx, WORK, bobs.source.0)).unwrap(), None);
    }

    fn a_layer_in_the_trash_rests_and_comes_back_up_to_date(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[("ETag", "\"1\"")], &numbered(0..3)));
        house.pass(0);
        house.act("alice", |access, _| {
            let layer = access.collection("alice", &alices.layer_name)?;
            access.delete_layer(&layer)
        }).unwrap();
        let asked = house.world.asked().len();
        house.pass(50_000);
        assert_eq!(house.world.asked().len(), asked);
        house.act("alice", |access, _| {
            let trash = access.trash("alice")?;
            access.restore_layer(&trash, alices.layer.0, None)
        }).unwrap();
        house.world.say(URL, answer(200, &[], &numbered(0..4)));
        house.next_fetch(&alices);
        assert_eq!(house.look("alice", &alices).items, 4);
    }

    fn another_address_fills_the_same_layer(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.world.say(URL, answer(200, &[], &numbered(0..3)));
        house.pass(0);
        let other = "https://other.example/new.ics";
        house.world.say(other, answer(200, &[], &numbered(0..4)));
        let patch = FeedPatch { source: Some(house.sources.sealed(other).unwrap()), pause: None };
        let moved = house.act("alice", |access, home| access.change_subscription(home, alices.id, &patch)).unwrap();
        assert_eq!((moved.status, moved.items), (FeedStatus::Pending, 3));
        house.pass(0);
        let moved = house.look("alice", &alices);
        assert_eq!((moved.status, moved.items, moved.shown.as_str()), (FeedStatus::Ok, 4, other));
        assert_eq!(house.store.read(|tx| jobs::due(tx, WORK, alices.source.0)).unwrap(), None);
    }

    /// E-058: credentials in the address are kept sealed, and nobody reads them
    fn secrets_of_addresses_stay_sealed(house: &House) {
        let url = "https://me:hunter2@them.example/private-hunter2/basic.ics?key=hunter2";
        let alices = house.subscribe("alice", url);
        house.pass(0);
        let alices = house.look("alice", &alices);
        assert_eq!(alices.shown, "https://them.example/…/basic.ics");
        assert_eq!(alices.error.as_deref(), Some("the host has no address"));
        assert!(!format!("{alices:?}").contains("hunter2"));
        for entry in std::fs::read_dir(house.data.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(7).any(|part| part == b"hunter2"));
        }
        assert_eq!(house.world.asked()[0].to.credentials(), Some("me:hunter2"));
    }

    fn who_is_disabled_is_not_served(house: &House) {
        let alices = house.subscribe("alice", URL);
        house.store.write(|tx| accounts::set_disabled(tx, alices.owner, true)).unwrap();
        house.pass(0);
        assert!(house.world.asked().is_empty());
    }
}

// K-29
#[test]
fn what_this_server_gives_out_is_not_subscribed_to() {
    let house = House::sqlite();
    for url in [
        "https://cal.example.org/feed/alice/abc.ics",
        "webcal://cal.example.org/api/calendar/feed/alice/abc.ics",
    ] {
        let refused = house.sources.sealed(url).err().unwrap();
        assert_eq!(
            refused.to_string(),
            "this calendar comes from here; it is not taken in again"
        );
    }
    // Large enough for what K-38 keeps.
    assert!(Retention::default().max_bytes > 1 << 20);
}
