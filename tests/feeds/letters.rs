//! What goes out by mail, over a real socket: each letter once, whatever the mail server does, in the words that its reader
//! may read by then (E-116 to E-120, E-071).

use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls_pki_types::PrivateKeyDer;
use strata::calendar::{ViewDraft, befriend, block};
use strata::jobs::{Jobs, Letters};
use strata::model::{Instant, NoteId, NoteKind, NoteKinds, User, ViewId};
use strata::privacy::{Device, Viewer};
use strata::server::client::Client;
use strata::server::smtp::Smtp;
use strata::store::letters::LETTER;
use strata::store::{accounts, addresses, jobs, letters, outbox};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::house::{House, mail, mailer};
use crate::reminders::{MINUTE, event, put};
use crate::smtp::{Mail, MailServer, Play, Stage};
use crate::stories::stories;

const HOUR: Instant = 60 * MINUTE;

/// alice and bob have addresses and are friends.
fn people(house: &House) -> (User, User) {
    let (alice, bob) = (house.user("alice"), house.user("bob"));
    let done = house.store.write(|tx| {
        for user in [&alice, &bob] {
            let address = format!("{}@example.com", user.name);
            assert!(addresses::set(tx, user.id, &[address])?);
            accounts::set_timezone(tx, user.id, Some("Europe/Oslo"))?;
        }
        accounts::set_display_name(tx, bob.id, "Bob")?;
        accounts::set_display_name(tx, alice.id, "Alice")?;
        befriend(tx, &alice, &bob, 0)
    });
    done.unwrap();
    (alice, bob)
}

/// A view of alice's that bob is asked to be in.
fn invite(house: &House, name: &str) -> ViewId {
    let draft = ViewDraft {
        name: name.to_owned(),
        ..ViewDraft::default()
    };
    let invited = house.act("alice", |access, _| {
        let view = access.create_view(&draft)?;
        access.invite_to_view(view, "bob")?;
        Ok(view)
    });
    invited.unwrap()
}

/// An event of alice's that bob is shown.
fn show(house: &House, title: &str) {
    show_as(house, "shown", title);
}

fn show_as(house: &House, name: &str, title: &str) {
    let text = event(1_795_428_000, "").replace("UID:a", &format!("UID:{name}"));
    let text = text.replace("ACTION:DISPLAY", "ACTION:NONE");
    let item = format!("{name}.ics");
    house.put("alice", &item, &text.replace("Tea", title));
    let handed = house.act("alice", |access, _| {
        let layer = access.collection("alice", "own")?;
        access.hand_item(&layer, &item, &["bob"])
    });
    handed.unwrap();
}

/// The letters that were taken; nothing that came was odd.
fn taken(house: &House) -> Vec<Mail> {
    assert_eq!(house.post.odd(), [] as [String; 0]);
    house.post.taken()
}

fn only(house: &House) -> Mail {
    let mut all = taken(house);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn at(stage: Stage, answer: &'static str) -> Play {
    Play::Answer(stage, answer)
}

stories! {
    /// E-116, E-117.
    fn invitations_and_acceptances_come_by_mail(house: &House) {
        people(house);
        let view = invite(house, "Team");
        house.pass(1);
        let letter = only(house);
        assert_eq!((letter.from.as_str(), &letter.to[..]), ("calendar@example.org", &["bob@example.com".to_owned()][..]));
        assert_eq!(letter.header("from"), "Calendars <calendar@example.org>");
        assert_eq!(letter.header("to"), "Bob <bob@example.com>");
        assert_eq!(letter.header("subject"), "Alice invites you to the shared view \"Team\"");
        assert_eq!(letter.header("auto-submitted"), "auto-generated");
        assert_eq!(letter.header("mime-version"), "1.0");
        assert_eq!(letter.header("content-type"), "text/plain; charset=utf-8");
        assert!(letter.header("date").ends_with("+0000"), "{}", letter.header("date"));
        let told = house.act("bob", |access, _| access.notes(false, None, 10)).unwrap().notes;
        assert_eq!(letter.header("message-id"), format!("<{}@example.org>", told[0].note.name));
        let text = letter.text();
        assert!(text.starts_with("Hello Bob,\r\n\r\nAlice invites you to the shared view \"Team\"."), "{text}");
        assert!(text.contains("\r\nhttps://cal.example.org/\r\n"), "{text}");
        house.act("bob", |access, _| access.accept_view(view, None)).unwrap();
        house.pass(1);
        let letters = taken(house);
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[1].to, ["alice@example.com"]);
        assert_eq!(letters[1].header("subject"), "Bob has joined the shared view \"Team\"");
        house.pass(48 * HOUR);
        assert_eq!(taken(house).len(), 2);
    }

    /// E-118.
    fn items_that_friends_show_come_by_mail(house: &House) {
        people(house);
        show(house, "Picnic");
        house.pass(1);
        let letter = only(house);
        assert_eq!(letter.header("subject"), "Alice shows you \"Picnic\"");
        let text = letter.text();
        assert!(text.contains("When:     Monday, 23 November 2026, 11:00 to 12:00 (Europe/Oslo)\r\n"), "{text}");
        assert!(text.contains("\r\nhttps://cal.example.org/dav/calendars/bob/"), "{text}");
    }

    /// E-119: once, also when the work is asked for again.
    fn reminders_come_by_mail_once(house: &House) {
        let (alice, _) = people(house);
        put(house, house.now() + 20 * MINUTE, "LOCATION:Room 5\r\n");
        house.pass(4 * MINUTE);
        assert!(taken(house).is_empty());
        house.pass(MINUTE);
        let letter = only(house);
        assert_eq!(letter.to, ["alice@example.com"]);
        assert_eq!(letter.header("subject"), "Reminder: Tea");
        let text = letter.text();
        assert!(text.contains("Where:    Room 5\r\n"), "{text}");
        assert!(text.contains("\r\nhttps://cal.example.org/dav/calendars/alice/own/a.ics\r\n"), "{text}");
        let told = house.act("alice", |access, _| access.notes(false, None, 10)).unwrap().notes;
        house.store.write(|tx| {
            outbox::set_reminded(tx, alice.id, house.now() - 30 * MINUTE)?;
            outbox::wake(tx, alice.id, house.now())?;
            jobs::want(tx, LETTER, told[0].note.id.0, house.now())
        }).unwrap();
        house.pass(5 * MINUTE);
        assert_eq!(house.post.arrived().len(), 1);
    }

    fn what_the_mail_server_puts_off_is_tried_again(house: &House) {
        people(house);
        house.post.play([
            at(Stage::Greeting, "421 too many of you"),
            Play::HangUp(Stage::Greeting),
            at(Stage::From, "451 later"),
            at(Stage::To, "451 greylisted"),
            Play::HangUp(Stage::To),
            at(Stage::Data, "450 busy"),
            at(Stage::End, "452 the disk is full"),
        ]);
        invite(house, "Team");
        house.pass(1);
        assert_eq!(house.post.sessions(), 1);
        house.pass(20);
        assert_eq!(house.post.sessions(), 1, "not at once");
        house.pass(20);
        assert_eq!(house.post.sessions(), 2);
        for _ in 0..6 {
            house.pass(HOUR);
        }
        let arrived = house.post.arrived();
        assert_eq!((house.post.sessions(), arrived.len()), (8, 2));
        assert_eq!(arrived[0].data, arrived[1].data, "the same letter, under the same name");
        only(house);
        house.pass(24 * HOUR);
        assert_eq!(house.post.sessions(), 8);
    }

    fn what_the_mail_server_refuses_is_given_up(house: &House) {
        people(house);
        for (stage, answer) in [(Stage::From, "553 not you"), (Stage::To, "550 nobody here"), (Stage::End, "554 spam")] {
            house.post.play([at(stage, answer)]);
            show_as(house, &answer[..3], answer);
            house.pass(1);
        }
        assert_eq!(house.post.sessions(), 3);
        for _ in 0..30 {
            house.pass(HOUR);
        }
        assert_eq!(house.post.sessions(), 3);
        assert!(taken(house).is_empty());
    }

    /// It may have arrived: a second one would be one too many.
    fn a_letter_whose_fate_is_unknown_is_not_sent_again(house: &House) {
        people(house);
        house.post.play([Play::HangUp(Stage::End), at(Stage::End, "gibberish")]);
        for title in ["One", "Two"] {
            show_as(house, title, title);
            house.pass(1);
        }
        for _ in 0..30 {
            house.pass(HOUR);
        }
        assert_eq!((house.post.sessions(), house.post.arrived().len()), (2, 2));
    }

    /// Somebody else does the work of who has died: what had been begun is not sent, what had not is.
    fn who_dies_in_the_middle_sends_nothing_twice(house: &House) {
        people(house);
        show(house, "Begun");
        let told = house.act("bob", |access, _| access.notes(false, None, 10)).unwrap().notes;
        let id = told[0].note.id;
        let claimed = house.jobs.claim(10, house.now() + 1).unwrap();
        assert!(claimed.iter().any(|job| job.kind == LETTER && job.subject == id.0));
        assert!(house.calendars.mailing(id, house.now()).unwrap());
        assert!(!house.calendars.mailing(id, house.now()).unwrap(), "one does it");
        invite(house, "Team");
        let claimed = house.jobs.claim(10, house.now() + 1).unwrap();
        assert!(claimed.iter().any(|job| job.kind == LETTER));
        house.pass(30);
        assert!(taken(house).is_empty());
        house.pass(20 * MINUTE);
        assert_eq!(only(house).header("subject"), "Alice invites you to the shared view \"Team\"");
    }

    fn a_mail_server_that_is_away_is_tried_for_so_long(house: &House) {
        let (alice, _) = people(house);
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
        let away = format!("smtp://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let letters = Letters {
            calendars: house.calendars.clone(),
            by: Some(mailer(&mail(&away))),
        };
        let work = Jobs::new(house.store.clone(), vec![Box::new(letters)]);
        show(house, "Picnic");
        let told = house.act("bob", |access, _| access.notes(false, None, 10)).unwrap().notes;
        let id = told[0].note.id.0;
        let _inside = house.runtime().enter();
        let still = |now| {
            work.run_now(LETTER, id, now).unwrap();
            let due = house.store.read(|tx| jobs::due(tx, LETTER, id)).unwrap();
            due.is_some_and(|due| due < Instant::MAX)
        };
        assert!(still(house.now()) && still(house.now() + 23 * HOUR));
        assert!(!still(house.now() + 25 * HOUR), "given up");
        // Of a reminder that is sooner.
        put(house, house.now() + 15 * MINUTE + 1, "");
        house.calendars.remind(alice.id, house.now() + 2).unwrap();
        let told = house.act("alice", |access, _| access.notes(false, None, 10)).unwrap().notes;
        let id = told[0].note.id.0;
        work.run_now(LETTER, id, house.now() + 2 * HOUR).unwrap();
        assert!(house.store.read(|tx| jobs::due(tx, LETTER, id)).unwrap().is_none_or(|due| due == Instant::MAX));
    }

    fn what_is_not_wanted_does_not_come(house: &House) {
        let (_, bob) = people(house);
        let mute = |muted: &[NoteKind], unmailed: &[NoteKind]| {
            let (muted, unmailed) = (muted.iter().copied(), unmailed.iter().copied());
            house.store.write(|tx| {
                outbox::mute(tx, bob.id, NoteKinds::of(muted.clone()))?;
                letters::set_unmailed(tx, bob.id, NoteKinds::of(unmailed.clone()))
            }).unwrap();
        };
        let told = || house.act("bob", |access, _| access.notes(false, None, 10)).unwrap().notes;
        mute(&[NoteKind::EventInvite], &[]);
        show(house, "Muted");
        mute(&[], &[NoteKind::EventInvite]);
        show(house, "Not by mail");
        house.delete("alice", "shown.ics");
        show(house, "Not by mail");
        house.pass(1);
        assert_eq!((told().len(), house.post.sessions()), (1, 0));
        // Turned off, or read, before it went out.
        mute(&[], &[]);
        invite(house, "Read");
        let read = told()[0].note.name.clone();
        house.act("bob", |access, _| access.set_note_read(&read, true)).unwrap();
        invite(house, "Off");
        mute(&[], &NoteKind::ALL);
        house.pass(1);
        mute(&[], &[]);
        house.pass(HOUR);
        assert_eq!(house.post.sessions(), 0);
        // Nowhere to send it, and nobody to read it.
        house.store.write(|tx| addresses::set(tx, bob.id, &[])).unwrap();
        invite(house, "Nowhere");
        house.pass(1);
        house.store.write(|tx| addresses::set(tx, bob.id, &["b@example.com".to_owned()])).unwrap();
        invite(house, "Nobody");
        house.store.write(|tx| accounts::set_disabled(tx, bob.id, true)).unwrap();
        house.pass(1);
        assert_eq!(house.post.sessions(), 0);
    }

    /// What the letter says is what its reader may see when it goes out, not when it was asked for.
    fn what_is_hidden_by_then_is_not_told(house: &House) {
        let (alice, bob) = people(house);
        house.post.play([at(Stage::From, "451 later"), at(Stage::From, "451 later")]);
        show(house, "Secret");
        invite(house, "Team");
        house.pass(1);
        house.act("alice", |access, _| {
            let layer = access.collection("alice", "own")?;
            access.take_back_item(&layer, "shown.ics", "bob")
        }).unwrap();
        house.store.write(|tx| block(tx, &alice, &bob, 0)).unwrap();
        house.pass(HOUR);
        assert_eq!((house.post.sessions(), house.post.arrived().len()), (2, 0));
        assert!(!house.post.lines().iter().any(|line| line.contains("Secret")));
    }

    fn a_mass_loss_comes_by_mail(house: &House) {
        people(house);
        for number in 0..20 {
            let text = event(1_795_428_000, "").replace("UID:a", &format!("UID:{number}"));
            house.put("alice", &format!("{number}.ics"), &text);
        }
        for number in 0..20 {
            house.delete("alice", &format!("{number}.ics"));
        }
        let told = house.act("alice", |access, _| access.notes(false, None, 10)).unwrap().notes;
        let message = told[0].message.clone().unwrap();
        assert!(message.contains("20 of the 20 items of the layer own"), "{message}");
        assert_eq!((told.len(), told[0].note.kind), (1, NoteKind::MassLoss));
        house.pass(1);
        let letter = only(house);
        assert_eq!(letter.to, ["alice@example.com"]);
        assert_eq!(letter.header("subject"), "Much has gone from your calendar at once");
        let text = letter.text().replace("\r\n", " ");
        assert!(text.contains(&message), "{text}");
        let narrow = Viewer::User(Device {
            layers: Some(Vec::new()),
            ..Device::of_account(house.user("alice").id, 0)
        });
        let told = house.calendars.read(&narrow, |access| access.notes(false, None, 10));
        assert!(told.unwrap().notes.is_empty(), "it names a calendar that this device may not know of");
    }

    fn names_are_those_of_the_moment_when_it_goes_out(house: &House) {
        people(house);
        house.post.play([at(Stage::From, "451 later")]);
        show(house, "Picnic");
        house.pass(1);
        show(house, "Barbecue");
        house.pass(HOUR);
        assert_eq!(only(house).header("subject"), "Alice shows you \"Barbecue\"");
    }

    /// E-071, E-120.
    fn views_of_groups_mail_nobody(house: &House) {
        let (_, bob) = people(house);
        house.store.write(|tx| {
            let group = accounts::create_group(tx, "staff", "Staff")?.unwrap();
            accounts::add_member(tx, group.id, bob.id)
        }).unwrap();
        house.store.write(|tx| {
            let root = accounts::NewUser {
                name: "root", display_name: "Root", addresses: &["root@example.com".to_owned()],
                kind: strata::model::UserKind::Individual, admin: true, password_hash: "x", now: 0,
            };
            accounts::create(tx, &root)
        }).unwrap();
        let draft = ViewDraft { name: "Staff".to_owned(), groups: vec!["staff".to_owned()], ..ViewDraft::default() };
        house.act("root", |access, _| access.create_view(&draft)).unwrap();
        house.pass(HOUR);
        assert_eq!(house.post.sessions(), 0);
    }

    fn nothing_that_others_write_gets_out_of_its_place(house: &House) {
        let (alice, bob) = people(house);
        house.store.write(|tx| {
            accounts::set_display_name(tx, alice.id, "Ünal \"X\" <x@y>, z@y\r\nBcc: eve@example.net")?;
            accounts::set_display_name(tx, bob.id, "Bøb\r\nBcc: eve@example.net, \"<eve@example.net>")
        }).unwrap();
        let hostile = "Tea\\n\\n.\\nMAIL FROM:<eve@example.net>\\nBcc: eve@example.net 🎉 =?utf-8?q?x?=\\n\u{202e}gnp";
        show(house, hostile);
        house.pass(1);
        let letter = only(house);
        assert_eq!((&letter.to[..], letter.from.as_str()), (&["bob@example.com".to_owned()][..], "calendar@example.org"));
        let names = letter.names();
        assert!(!names.iter().any(|it| it.eq_ignore_ascii_case("bcc")), "{names:?}");
        for name in ["from", "to", "subject", "date", "message-id", "auto-submitted", "content-type"] {
            assert_eq!(names.iter().filter(|it| it.eq_ignore_ascii_case(name)).count(), 1, "{name}: {names:?}");
        }
        assert!(letter.header("to").ends_with(" <bob@example.com>"), "{}", letter.header("to"));
        let subject = letter.header("subject");
        assert!(subject.contains("\"Tea . MAIL FROM:<eve@example.net> Bcc: eve@example.net 🎉 = ?utf-8?q?x?= gnp\""), "{subject}");
        let commands = house.post.lines();
        let rcpt: Vec<_> = commands.iter().filter(|it| it.starts_with("RCPT") || it.starts_with("MAIL")).collect();
        assert_eq!(rcpt, ["MAIL FROM:<calendar@example.org>", "RCPT TO:<bob@example.com>"]);
        // An address that is none, however it came to stand there.
        house.store.write(|tx| addresses::set(tx, bob.id, &["bob@example.com>\r\nRCPT TO:<eve@example.net".to_owned()])).unwrap();
        invite(house, "Team");
        house.pass(HOUR);
        assert_eq!(taken(house).len(), 1);
    }

    fn a_silent_mail_server_holds_nobody_for_long(house: &House) {
        people(house);
        house.post.play([Play::Silence(Stage::Greeting), Play::Silence(Stage::End)]);
        let mut config = mail(&format!("smtp://{}", house.post.address));
        config.mail.timeout = std::time::Duration::from_millis(200);
        let letters = Letters { calendars: house.calendars.clone(), by: Some(mailer(&config)) };
        let work = Jobs::new(house.store.clone(), vec![Box::new(letters)]);
        show(house, "Picnic");
        let _inside = house.runtime().enter();
        let told = house.act("bob", |access, _| access.notes(false, None, 10)).unwrap().notes;
        let id: NoteId = told[0].note.id;
        work.run_now(LETTER, id.0, house.now()).unwrap();
        assert!(house.store.read(|tx| letters::mailed(tx, id)).unwrap().is_none(), "it is tried again");
        work.run_now(LETTER, id.0, house.now()).unwrap();
        assert!(house.store.read(|tx| letters::mailed(tx, id)).unwrap().is_some(), "it may have arrived");
        house.pass(HOUR);
        assert_eq!(house.post.arrived().len(), 1);
    }
}

/// A certificate for `localhost`, and a mail server that has it.
fn sealed_server() -> (MailServer, Vec<u8>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (MailServer::with_tls(config), cert.der().to_vec())
}

fn sealed(house: &House, server: &MailServer, certificate: Option<Vec<u8>>) -> Jobs {
    let mut config = mail(&format!("starttls://localhost:{}", server.address.port()));
    let text = "[mail]\nuser = \"strata\"\npassword = \"hunter2\"";
    let account = strata::config::Config::parse(text).unwrap().mail;
    config.mail.user = account.user;
    config.mail.password = account.password;
    let mut mailer = mailer(&config);
    let mut smtp = Smtp::new(&config, Client::new(&config)).unwrap();
    if let Some(der) = certificate {
        smtp = smtp.trusting(der).unwrap();
    }
    mailer.post = Box::new(smtp);
    let letters = Letters {
        calendars: house.calendars.clone(),
        by: Some(mailer),
    };
    Jobs::new(house.store.clone(), vec![Box::new(letters)])
}

fn next(house: &House, work: &Jobs) {
    let told = house.act("bob", |access, _| access.notes(false, None, 10));
    let id = told.unwrap().notes[0].note.id;
    let _inside = house.runtime().enter();
    work.run_now(LETTER, id.0, house.now()).unwrap();
}

#[test]
fn passwords_and_letters_go_over_tls_alone() {
    let house = House::sqlite();
    people(&house);
    show(&house, "Picnic");
    // A mail server that does not know STARTTLS is told nothing.
    let open = MailServer::start();
    next(&house, &sealed(&house, &open, None));
    assert!(
        open.lines()
            .iter()
            .all(|line| line.starts_with("EHLO ") || line == "QUIT"),
        "{:?}",
        open.lines()
    );
    // Nor is one whose certificate nobody vouches for.
    let (server, certificate) = sealed_server();
    next(&house, &sealed(&house, &server, None));
    assert!(server.arrived().is_empty());
    assert!(!server.lines().iter().any(|line| line.starts_with("AUTH")));
    // A wrong password is the operator's business: the letter waits.
    server.play([at(Stage::Auth, "535 no")]);
    let work = sealed(&house, &server, Some(certificate));
    next(&house, &work);
    assert!(server.arrived().is_empty());
    next(&house, &work);
    let letters = server.taken();
    assert_eq!(letters.len(), 1);
    assert!(letters[0].sealed);
    assert_eq!(
        letters[0].user,
        Some(("strata".to_owned(), "hunter2".to_owned()))
    );
    assert_eq!(server.odd(), [] as [String; 0]);
}
