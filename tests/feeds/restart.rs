//! The whole server killed while a reminder goes out by mail (E-119): whoever goes on sends nothing twice.

use std::time::{SystemTime, UNIX_EPOCH};

use strata::calendar::{Calendars, Limits};
use strata::jobs::{Jobs, LEASE, Letters, Reminders};
use strata::model::Instant;
use strata::store::{Settings, Store, Synchronous};

use crate::house::{mail, mailer};
use crate::outside::runtime;
use crate::reminders::{MINUTE, event};
use crate::smtp::{MailServer, Play, Stage};
use crate::whole::Ask;
use crate::whole::process::Server;

fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().cast_signed()
}

/// An event of alice's whose alarm rings in a moment.
fn put(server: &Server, uid: &str, title: &str) {
    let text = event(now() + 15 * MINUTE + 2, "").replace("UID:a", &format!("UID:{uid}"));
    let target = format!("/dav/calendars/alice/personal/{uid}.ics");
    let ask = Ask::new("PUT", &target).icalendar(text.replace("Tea", title));
    let answer = server.wire("alice").ask(&ask).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// The work of the one that died, when its claims have ended.
fn takes_over(server: &Server, post: &MailServer) {
    let store = Store::open(&Settings {
        url: "sqlite:strata.db".to_owned(),
        data: server.folder.join("data"),
        synchronous: Synchronous::Normal,
        readers: 2,
        sync_horizon_days: 30,
    })
    .unwrap();
    let calendars = Calendars::new(store.clone(), Limits::default());
    let letters = Letters {
        calendars: calendars.clone(),
        by: Some(mailer(&mail(&format!("smtp://{}", post.address)))),
    };
    let reminders = Reminders { calendars };
    let jobs = Jobs::new(store, vec![Box::new(letters), Box::new(reminders)]);
    let runtime = runtime();
    let _inside = runtime.enter();
    let later = now() + LEASE + MINUTE;
    let mut done = 0;
    loop {
        let claimed = jobs.claim(10, later).unwrap();
        if claimed.is_empty() {
            assert!(done > 0, "something had been begun");
            return;
        }
        done += claimed.len();
        for job in claimed {
            jobs.run(&job, later);
        }
    }
}

#[test]
fn who_is_killed_in_the_middle_of_a_reminder_sends_it_once() {
    let post = MailServer::start();
    post.play([Play::Silence(Stage::End)]);
    let config = format!(
        "[mail]\nurl = \"smtp://{}\"\nfrom = \"calendar@example.org\"\n",
        post.address
    );
    let mut server = Server::start(&config);
    put(&server, "first", "Interrupted");
    // The mail server has the text and says nothing.
    let letters = post.wait_for(1);
    assert_eq!(letters[0].header("subject"), "Reminder: Interrupted");
    assert_eq!(letters[0].to, ["alice@example.com"]);
    server.kill();
    server.start_again(&config);
    put(&server, "second", "Afterwards");
    let letters = post.wait_for(2);
    assert_eq!(letters[1].header("subject"), "Reminder: Afterwards");
    server.kill();
    takes_over(&server, &post);
    assert_eq!(post.arrived().len(), 2);
    assert_eq!(post.odd(), [] as [String; 0]);
}
