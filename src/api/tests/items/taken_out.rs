//! Occurrences that are taken out, and back from the trash (E-107, E-108, K-13): over JSON, by calendar clients, as
//! exceptions and as their series had them.

use serde_json::Value;

use super::{ITEMS, World, all, steady, text};

const TRASH: &str = "/dav/calendars/alice/trash";

/// Five Mondays; the third is an exception.
const SERIES: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Else//EN\r\nBEGIN:VEVENT\r\nUID:one\r\n\
    DTSTAMP:20200101T000000Z\r\nDTSTART:20260706T080000Z\r\nDTEND:20260706T090000Z\r\nSUMMARY:Round\r\n\
    RRULE:FREQ=WEEKLY;COUNT=5\r\nX-STRATA-VISIBILITY:PRIVATE\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:one\r\n\
    DTSTAMP:20200101T000000Z\r\nRECURRENCE-ID:20260720T080000Z\r\nDTSTART:20260721T100000Z\r\n\
    DTEND:20260721T110000Z\r\nSUMMARY:Elsewhere\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn series() -> (World, Vec<Value>) {
    let world = World::at_work();
    world.put("one.ics", SERIES);
    let items = seen(&world);
    assert_eq!(items.len(), 5);
    (world, items)
}

fn seen(world: &World) -> Vec<Value> {
    world.range("2026-07-01", "2026-09-01")
}

fn titles(world: &World) -> Vec<String> {
    let items = seen(world);
    let titles = all(&items, "title");
    titles.into_iter().map(str::to_owned).collect()
}

/// The names of what lies in the trash.
fn trash(world: &World) -> Vec<String> {
    let headers = [("depth", "1")];
    let line = format!("PROPFIND {TRASH}/");
    let body = world.dav(&world.alice, &line, &headers, "").is(207).body;
    let start = format!("<D:href>{TRASH}/");
    let hrefs = body.split(&start).skip(1);
    let names = hrefs.filter_map(|rest| rest.split('<').next());
    let mut names: Vec<String> = names
        .filter(|name| name.ends_with(".ics"))
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

fn lost(world: &World, name: &str) -> String {
    let line = format!("GET {TRASH}/{name}");
    world.dav(&world.alice, &line, &[], "").is(200).body
}

fn bring(world: &World, name: &str, to: &str, status: u16) {
    let to = format!("http://cal.example.com/dav/calendars/alice/work/{to}");
    let headers = [("destination", to.as_str()), ("overwrite", "T")];
    let line = format!("MOVE {TRASH}/{name}");
    world.dav(&world.alice, &line, &headers, "").is(status);
}

fn overwrite(world: &World, body: &str) {
    let headers = [("content-type", "text/calendar")];
    let line = "PUT /dav/calendars/alice/work/one.ics";
    world.dav(&world.alice, line, &headers, body).is(204);
}

// E-107: one occurrence, deleted over JSON, lies in the trash and comes back.
#[test]
fn one_occurrence_goes_to_the_trash_and_comes_back() {
    let (world, items) = series();
    for at in [1, 2] {
        let line = format!("DELETE {ITEMS}/{}", text(&items[at]["id"]));
        world.alice(&line, "").is(204);
    }
    assert_eq!(titles(&world), ["Round"; 3]);
    let gone = trash(&world);
    assert_eq!(gone.len(), 2);
    let exception = lost(&world, &gone[1]);
    assert!(
        exception.contains("SUMMARY:Elsewhere\r\n")
            && exception.contains("RECURRENCE-ID:20260720T080000Z\r\n")
            && exception.matches("BEGIN:VEVENT").count() == 1,
        "{exception}"
    );
    // Put onto its series it is a part of it again: the exception as it was, the other one as the series has it.
    bring(&world, &gone[1], "one.ics", 204);
    assert_eq!(titles(&world), ["Round", "Elsewhere", "Round", "Round"]);
    bring(&world, &gone[0], "one.ics", 204);
    let back = seen(&world);
    assert_eq!(all(&back, "start"), all(&items, "start"));
    assert_eq!(
        back.iter().filter(|it| it["isException"] == true).count(),
        1
    );
    let ics = world.ics("one.ics");
    assert!(!ics.contains("EXDATE"), "{ics}");
    assert!(trash(&world).is_empty());
}

/// Elsewhere it is an event of its own; who sees it stays as it was.
#[test]
fn an_occurrence_comes_back_as_an_event() {
    let (world, items) = series();
    let line = format!("DELETE {ITEMS}/{}", text(&items[2]["id"]));
    world.alice(&line, "").is(204);
    let gone = trash(&world).remove(0);
    bring(&world, &gone, "alone.ics", 201);
    let ics = steady(&world.ics("alone.ics"));
    assert!(
        ics.contains("UID:UUID\r\n") && !ics.contains("RECURRENCE-ID"),
        "{ics}"
    );
    let back = seen(&world);
    assert_eq!(
        titles(&world),
        ["Round", "Round", "Elsewhere", "Round", "Round"]
    );
    assert_eq!(back[2]["visibility"], "PRIVATE");
    assert!(trash(&world).is_empty());
}

/// K-13: what a calendar client deletes by an EXDATE is in the trash as well; what it only changes is not.
#[test]
fn what_clients_take_out_is_in_the_trash() {
    let (world, _) = series();
    // The exception is dropped, and its occurrence is as the series has it.
    let (head, rest) = SERIES.split_once("END:VEVENT\r\n").unwrap();
    let plain = format!("{head}END:VEVENT\r\nEND:VCALENDAR\r\n");
    assert!(rest.contains("Elsewhere"));
    overwrite(&world, &plain);
    assert_eq!(titles(&world), ["Round"; 5]);
    assert!(trash(&world).is_empty());
    // Another start is no deletion either.
    overwrite(&world, &plain.replace("20260706T08", "20260706T07"));
    overwrite(&world, &plain);
    assert!(trash(&world).is_empty());
    let without = |dates: &str| {
        let line = format!("SUMMARY:Round\r\nEXDATE:{dates}\r\n");
        plain.replace("SUMMARY:Round\r\n", &line)
    };
    overwrite(&world, &without("20260713T080000Z"));
    overwrite(&world, &without("20260713T080000Z,20260720T080000Z"));
    // Nothing is told of what never was, nor twice.
    overwrite(
        &world,
        &without("20260713T080000Z,20260720T080000Z,20260721T080000Z"),
    );
    let gone = trash(&world);
    assert_eq!(gone.len(), 2);
    assert!(lost(&world, &gone[0]).contains("RECURRENCE-ID:20260713T080000Z\r\n"));
    // What is done away with for good is.
    let line = format!("DELETE {TRASH}/{}", gone[0]);
    world.dav(&world.alice, &line, &[], "").is(204);
    bring(&world, &gone[1], "one.ics", 204);
    assert_eq!(titles(&world), ["Round"; 4]);
    assert!(trash(&world).is_empty());
}

// E-108: exceptions after the new end of the series.
#[test]
fn exceptions_after_the_end_are_in_the_trash() {
    let (world, items) = series();
    let line = format!(
        "DELETE {ITEMS}/{}/series?scope=this-and-future",
        text(&items[1]["id"])
    );
    world.alice(&line, "").is(204);
    assert_eq!(titles(&world), ["Round"]);
    let gone = trash(&world);
    assert_eq!(gone.len(), 1);
    bring(&world, &gone[0], "one.ics", 204);
    assert_eq!(titles(&world), ["Round", "Elsewhere"]);
    // A series that is cut in two has lost nothing.
    let (world, items) = series();
    let line = format!("POST {ITEMS}/{}/series", text(&items[1]["id"]));
    let body = r#"{"scope":"this-and-future","changes":{"title":"Other"}}"#;
    world.alice(&line, body).is(200);
    assert!(trash(&world).is_empty());
}

/// What an item was before is not mixed with what was taken out of it.
#[test]
fn versions_are_whole_series() {
    let (world, items) = series();
    let line = format!("DELETE {ITEMS}/{}", text(&items[1]["id"]));
    world.alice(&line, "").is(204);
    let headers = [("depth", "1")];
    let line = format!("PROPFIND {TRASH}/history/work/one.ics/");
    let body = world.dav(&world.alice, &line, &headers, "").is(207).body;
    assert_eq!(body.matches("<D:getetag>").count(), 1, "{body}");
    // The series goes, and both come back.
    world
        .dav(
            &world.alice,
            "DELETE /dav/calendars/alice/work/one.ics",
            &[],
            "",
        )
        .is(204);
    let gone = trash(&world);
    assert_eq!(gone.len(), 2);
    bring(&world, &gone[1], "one.ics", 201);
    bring(&world, &gone[0], "one.ics", 204);
    let back = seen(&world);
    assert_eq!(all(&back, "start"), all(&items, "start"));
}
