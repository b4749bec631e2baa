//! What members of a shared view say to each other: nobody reads more of it than of the items that it is about.

use strata::calendar::{self, About, Access, Limits, Privilege, Refusal};
use strata::model::ViewId;

use crate::house::House;

const ITEM: &str = "/dav/calendars/alice/open/one.ics";

fn event(more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260601T100000Z\r\nDURATION:PT1H\r\nSUMMARY:Picnic\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// Alice's view with fred, her friend, and anna, whom she knows nothing of; one item that friends see.
fn house() -> (House, ViewId) {
    let house = House::of(&["alice", "fred", "anna", "zoe"], Limits::default());
    house.befriend("alice", "fred");
    house.layer("alice", "open", "friends");
    let view = house.bring_together("alice", &["fred", "anna"]);
    house.ask("alice", "PUT", ITEM, &[], &event("")).is(201);
    (
        house,
        ViewId(view.strip_prefix("view-").unwrap().parse().unwrap()),
    )
}

impl House {
    fn does<T>(
        &self,
        who: &str,
        mut work: impl FnMut(&mut Access) -> calendar::Result<T>,
    ) -> Result<T, Refusal> {
        let done = self
            .calendars()
            .write(&self.viewer(who), |access| work(access));
        done.map_err(|error| match error {
            calendar::Error::Refused(refusal) => refusal,
            other => panic!("{other}"),
        })
    }

    /// What the only item of a view is called for one of its members.
    fn only_item(&self, who: &str, view: ViewId) -> Option<String> {
        let listed = self
            .listing(who, &format!("/dav/calendars/{who}/view-{}/", view.0))
            .unwrap();
        assert!(listed.len() <= 1, "{listed:?}");
        listed.into_keys().next()
    }

    fn said_on(&self, who: &str, view: ViewId, date: &str) -> Vec<String> {
        let read = self.does(who, |access| {
            access.comments(view, About::Day(date), None, 100)
        });
        read.unwrap()
            .remarks
            .into_iter()
            .map(|it| it.content)
            .collect()
    }
}

/// E-084 to E-089, K-33.
#[test]
fn a_thread_is_hidden_with_its_item() {
    let (house, view) = house();
    let day = "2026-06-01";
    let (own, seen) = (
        house.only_item("alice", view).unwrap(),
        house.only_item("fred", view).unwrap(),
    );
    assert_eq!(house.only_item("anna", view), None);
    house
        .does("anna", |access| {
            access.comment(view, day, None, "A fine day")
        })
        .unwrap();
    house
        .does("fred", |access| {
            access.comment(view, day, Some(&seen), "I bring the salad")
        })
        .unwrap();
    let (reaction, new) = house
        .does("fred", |access| access.react(view, &seen, ":tada:"))
        .unwrap();
    assert!(new && reaction.emoji == "🎉");
    let (again, new) = house
        .does("fred", |access| access.react(view, &seen, "🎉"))
        .unwrap();
    assert!(!new && again.id == reaction.id);

    assert_eq!(
        house.said_on("alice", view, day),
        ["A fine day", "I bring the salad"]
    );
    assert_eq!(
        house.said_on("fred", view, day),
        ["A fine day", "I bring the salad"]
    );
    assert_eq!(house.said_on("anna", view, day), ["A fine day"]);
    assert_eq!(house.said_on("anna", view, "2026-06-02"), [""; 0]);
    let of_item = house
        .does("alice", |access| {
            access.comments(view, About::Item(&own), None, 100)
        })
        .unwrap();
    assert_eq!(of_item.remarks[0].item.as_deref(), Some(&*own));
    assert_eq!(
        house
            .does("alice", |access| access.reactions(view, &own))
            .unwrap()
            .len(),
        1
    );
    // Another's name for it is no name of it.
    for name in [&own, &seen] {
        let refused = house
            .does("anna", |access| access.reactions(view, name))
            .unwrap_err();
        assert_eq!(refused, Refusal::NotFound);
    }

    house
        .ask(
            "alice",
            "PUT",
            ITEM,
            &[],
            &event("X-STRATA-VISIBILITY:PRIVATE\r\n"),
        )
        .is(204);
    assert_eq!(house.said_on("fred", view, day), ["A fine day"]);
    let gone = house
        .does("fred", |access| access.remove_reaction(view, &reaction.id))
        .unwrap_err();
    assert_eq!(gone, Refusal::NotFound);
    assert_eq!(house.said_on("alice", view, day).len(), 2);
    house.ask("alice", "DELETE", ITEM, &[], "").is(204);
    assert_eq!(house.said_on("alice", view, day), ["A fine day"]);
}

/// E-150, E-152: a comment goes with its author or the view's owner, a reaction with whoever made it.
#[test]
fn who_may_take_a_remark_back() {
    let (house, view) = house();
    let day = "2026-06-01";
    let seen = house.only_item("fred", view).unwrap();
    let comment = house
        .does("fred", |access| access.comment(view, day, None, "One"))
        .unwrap();
    let other = house
        .does("fred", |access| access.comment(view, day, None, "Two"))
        .unwrap();
    let (reaction, _) = house
        .does("fred", |access| access.react(view, &seen, "👍"))
        .unwrap();
    let needs = Privilege::Unbind;
    let refused = house
        .does("anna", |access| access.remove_comment(view, &comment.id))
        .unwrap_err();
    assert_eq!(refused, Refusal::Forbidden { needs });
    let refused = house
        .does("alice", |access| access.remove_reaction(view, &reaction.id))
        .unwrap_err();
    assert_eq!(refused, Refusal::Forbidden { needs });
    house
        .does("alice", |access| access.remove_comment(view, &comment.id))
        .unwrap();
    house
        .does("fred", |access| access.remove_comment(view, &other.id))
        .unwrap();
    house
        .does("fred", |access| access.remove_reaction(view, &reaction.id))
        .unwrap();
    let again = house
        .does("fred", |access| access.remove_comment(view, &other.id))
        .unwrap_err();
    assert_eq!(again, Refusal::NotFound);
    assert!(house.said_on("alice", view, day).is_empty());
}

/// Who is no member learns nothing, and neither does who has left.
#[test]
fn a_view_talks_to_its_members() {
    let (house, view) = house();
    let day = "2026-06-01";
    let comment = house
        .does("fred", |access| access.comment(view, day, None, "One"))
        .unwrap();
    house
        .does("anna", |access| access.leave_view(view))
        .unwrap();
    for who in ["zoe", "anna"] {
        let refused = [
            house.does(who, |access| {
                access.comments(view, About::Day(day), None, 9).map(drop)
            }),
            house.does(who, |access| access.comment(view, day, None, "x").map(drop)),
            house.does(who, |access| access.remove_comment(view, &comment.id)),
            house.does(who, |access| {
                access
                    .comments(ViewId(99), About::Day(day), None, 9)
                    .map(drop)
            }),
        ];
        assert!(
            refused.iter().all(|it| *it == Err(Refusal::NotFound)),
            "{who}: {refused:?}"
        );
    }
}

/// Neither an empty page nor a further one tells of what was said about an item that its reader does not see.
#[test]
fn pages_tell_nothing_of_hidden_threads() {
    let (house, view) = house();
    let day = "2026-06-01";
    let seen = house.only_item("fred", view).unwrap();
    let say = |item: Option<&str>, content: &str| {
        let said = house.does("fred", |access| access.comment(view, day, item, content));
        said.unwrap();
    };
    for (item, content) in [
        (None, "1"),
        (Some(&*seen), "hidden"),
        (Some(&*seen), "hidden"),
        (None, "2"),
        (Some(&*seen), "hidden"),
    ] {
        say(item, content);
    }
    let page = |after: Option<&str>| {
        let read = house.does("anna", |access| {
            access.comments(view, About::Day(day), after, 1)
        });
        read.unwrap()
    };
    let first = page(None);
    assert_eq!(first.remarks[0].content, "1");
    let last = page(first.next.as_deref());
    assert_eq!(last.remarks[0].content, "2");
    assert_eq!(last.next, None);
}

/// Pages follow each other without a gap, whatever is said meanwhile.
#[test]
fn pages_of_comments() {
    let (house, view) = house();
    let day = "2026-06-01";
    let say = |content: &str| {
        house
            .does("fred", |access| access.comment(view, day, None, content))
            .unwrap();
    };
    for content in ["1", "2", "3"] {
        say(content);
    }
    let page = |after: Option<&str>| {
        house.does("alice", |access| {
            access.comments(view, About::Day(day), after, 2)
        })
    };
    let first = page(None).unwrap();
    say("4");
    let second = page(first.next.as_deref()).unwrap();
    assert_eq!(second.next, None, "there is no page behind the last");
    let said: Vec<_> = [first, second]
        .into_iter()
        .flat_map(|it| it.remarks)
        .map(|it| it.content)
        .collect();
    assert_eq!(said, ["1", "2", "3", "4"]);
    assert!(matches!(page(Some("x")), Err(Refusal::BadValue(_))));
}
