//! The webhook, over a real socket: signed, tried again, never sent on by a redirect, and never to who may not be called.

use std::sync::Mutex;

use strata::config::Config;
use strata::connect::Address;
use strata::jobs::{Hook, Jobs, Target};
use strata::model::Instant;
use strata::store::outbox::CALL;

use crate::house::House;
use crate::outside::{Asked, Outside, client, lenient, status};
use crate::reminders::{MINUTE, put};
use crate::stories::stories;

const SECRET: &str = "a secret of the tests";

/// alice is told of an alarm; the work that calls the webhook with it, and its subject.
fn told(house: &House, config: &Config, url: &str) -> (Jobs, i64) {
    put(house, house.now() + 15 * MINUTE + 1, "");
    let alice = house.user("alice");
    house.calendars.remind(alice.id, house.now() + 2).unwrap();
    let told = house.act("alice", |access, _| access.notes(false, None, 10));
    let id = told.unwrap().notes[0].note.id.0;
    let hook = Hook {
        calendars: house.calendars.clone(),
        to: Some(Target::new(Address::parse(url).unwrap(), SECRET)),
        net: Box::new(client(config)),
    };
    (Jobs::new(house.store.clone(), vec![Box::new(hook)]), id)
}

fn call(house: &House, (work, id): &(Jobs, i64), now: Instant) -> bool {
    let _inside = house.runtime().enter();
    work.run_now(CALL, *id, now).unwrap()
}

/// Is what came signed with the secret, over the time and the body as they came?
fn signed(asked: &Asked, secret: &str) -> Option<Instant> {
    let signature = asked.header("strata-signature")?;
    let (time, tag) = signature.strip_prefix("t=")?.split_once(",v1=")?;
    let digit = |at: usize| u8::from_str_radix(tag.get(at..at + 2)?, 16).ok();
    let tag: Vec<u8> = (0..tag.len())
        .step_by(2)
        .map(digit)
        .collect::<Option<_>>()?;
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let text = [time.as_bytes(), b".", &asked.body].concat();
    ring::hmac::verify(&key, &text, &tag).ok()?;
    time.parse().ok()
}

stories! {
    fn it_is_signed_and_tried_again_until_it_has_it(house: &House) {
        let answers = Mutex::new(vec!["204 No Content", "503 Busy", "500 Broken"]);
        let hook = Outside::playing(move |_| {
            let next = answers.lock().unwrap().pop();
            status(next.unwrap_or("200 OK"), "", "")
        });
        let work = told(house, &lenient(&[&hook]), &hook.url("/hook"));
        let mut now = house.now() + 2;
        for calls in 1..=3 {
            assert!(call(house, &work, now));
            assert_eq!(hook.asked().len(), calls);
            let asked = hook.asked().pop().unwrap();
            assert!(asked.head.starts_with("POST /hook HTTP/1.1\r\n"), "{}", asked.head);
            assert_eq!(asked.header("content-type"), Some("application/json; charset=utf-8"));
            assert_eq!(signed(&asked, SECRET), Some(now));
            assert_eq!(signed(&asked, "another secret of theirs"), None);
            let said: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
            assert_eq!((&said["kind"], &said["userId"]), (&"CALENDAR_REMINDER".into(), &"alice".into()));
            let mut forged = asked.clone();
            forged.body = serde_json::to_vec(&said).unwrap();
            forged.body.push(b' ');
            assert_eq!(signed(&forged, SECRET), None);
            now += 60;
        }
        // It has it: there is no more to do, and no more is done.
        for _ in 0..3 {
            now += 3_600;
            call(house, &work, now);
        }
        assert_eq!(hook.asked().len(), 3);
    }

    /// What carries something of ours is sent where the operator said, and nowhere else.
    fn a_redirect_is_not_followed(house: &House) {
        let elsewhere = Outside::saying(status("200 OK", "", ""));
        let target = elsewhere.url("/stolen");
        let hook = Outside::playing(move |_| status("307 Over There", &format!("Location: {target}\r\n"), ""));
        let work = told(house, &lenient(&[&hook, &elsewhere]), &hook.url("/hook"));
        assert!(call(house, &work, house.now() + 2));
        assert!(call(house, &work, house.now() + 60), "it is tried again");
        assert_eq!((hook.asked().len(), elsewhere.asked().len()), (2, 0));
    }

    /// An address within the operator's own walls is called where they allow it, and only there.
    fn nobody_within_the_walls_is_called_unasked(house: &House) {
        let hook = Outside::saying(status("204 No Content", "", ""));
        let mut strict = Config::default();
        strict.outbound.ports.push(hook.port());
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"] {
            let url = format!("http://{host}:{}/hook", hook.port());
            let work = told(house, &strict, &url);
            assert!(call(house, &work, house.now() + 2));
        }
        assert!(hook.asked().is_empty());
        let allowed = told(house, &lenient(&[&hook]), &hook.url("/hook"));
        assert!(call(house, &allowed, house.now() + 60));
        assert_eq!(hook.asked().len(), 1);
    }
}
