//! `strata trash` and `strata history`: what was deleted or overwritten, by whom, and back again.

use std::process::Command;

use serde_json::Value;

use super::{Home, Server, text};

/// Alice with a second calendar, and the secrets of two devices.
struct House {
    home: Home,
    server: Server,
    phone: String,
    laptop: String,
}

impl House {
    fn new() -> Self {
        let home = Home::new();
        let made = home.with_input(&["user", "add", "alice", "--password-stdin"], "pw\n");
        assert!(made.status.success(), "{}", text(&made.stderr));
        home.ok(&["layer", "add", "alice", "work"]);
        let secret = |label: &str| {
            let said = home.ok(&["app-password", "add", "alice", "--label", label]);
            let secret = said
                .lines()
                .find_map(|line| line.strip_prefix("password: "));
            secret.expect("a secret").to_owned()
        };
        let (phone, laptop) = (secret("Alice's phone"), secret("laptop"));
        let server = home.serve();
        Self {
            home,
            server,
            phone,
            laptop,
        }
    }

    fn ask(&self, secret: &str, method: &str, path: &str, body: &str) -> (u16, String) {
        let output = Command::new("curl")
            .args(["-s", "-X", method, "-u", &format!("alice:{secret}")])
            .args(["-w", "\n%{http_code}", "--data-binary", body])
            .arg(format!(
                "http://{}/dav/calendars/alice/{path}",
                self.server.address
            ))
            .output()
            .unwrap();
        let said = text(&output.stdout);
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    #[track_caller]
    fn put(&self, secret: &str, path: &str, uid: &str, summary: &str) {
        let (status, body) = self.ask(secret, "PUT", path, &event(uid, summary));
        assert!(matches!(status, 201 | 204), "{status}: {body}");
    }

    #[track_caller]
    fn delete(&self, secret: &str, path: &str) {
        let (status, body) = self.ask(secret, "DELETE", path, "");
        assert_eq!(status, 204, "{body}");
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.ask("pw", "GET", path, "")
    }

    fn trash(&self) -> Value {
        serde_json::from_str(&self.home.ok(&["trash", "list", "alice", "--json"])).unwrap()
    }

    fn history(&self, layer: &str, item: &str) -> Vec<Value> {
        let said = self.home.ok(&["history", "alice", layer, item, "--json"]);
        serde_json::from_str(&said).unwrap()
    }
}

fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260601T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn every_version_says_who_wrote_it_and_comes_back() {
    let house = House::new();
    house.put(&house.phone, "work/a.ics", "a", "one");
    house.put(&house.laptop, "work/a.ics", "a", "two");
    house.put("pw", "work/a.ics", "a", "three");
    let past = house.history("work", "a");
    let by = |version: &Value| version["by"]["device"].as_str().map(str::to_owned);
    assert_eq!(past.len(), 3);
    assert_eq!(by(&past[0]), None);
    assert_eq!(by(&past[1]).unwrap(), "laptop");
    assert_eq!(by(&past[2]).unwrap(), "Alice's phone");
    assert_eq!(past[1]["ended"]["why"], "overwritten");
    assert_eq!(past[2]["ended"]["by"]["device"], "laptop");
    let first = past[2]["n"].to_string();
    let said = house
        .home
        .ok(&["history", "alice", "work", "a.ics", "--restore", &first]);
    assert!(said.contains("work/a.ics"), "{said}");
    assert!(house.get("work/a.ics").1.contains("SUMMARY:one"));
    assert_eq!(
        house.history("work", "a").len(),
        4,
        "what stood before is history now"
    );
    let none = house
        .home
        .fails(&["history", "alice", "work", "a", "--restore", "9999"]);
    assert!(none.contains("9999"), "{none}");
    house.home.fails(&["history", "alice", "work", "never"]);
    house.home.fails(&["history", "alice", "nowhere", "a"]);
    // A device that is gone is still named.
    let id = super::first_id(&house.home.ok(&["app-password", "list", "alice"]));
    house.home.ok(&["app-password", "revoke", "alice", &id]);
    assert_eq!(by(&house.history("work", "a")[3]).unwrap(), "Alice's phone");
    let table = house.home.ok(&["history", "alice", "work", "a"]);
    assert!(
        table.contains("alice, Alice's phone") && table.contains("stands"),
        "{table}"
    );
}

#[test]
fn a_deleted_item_comes_back() {
    let house = House::new();
    house.put("pw", "work/a.ics", "a", "lunch");
    house.delete(&house.phone, "work/a.ics");
    let trash = house.trash();
    let item = &trash["items"][0];
    assert_eq!(
        (&item["layer"], &item["item"], &item["uid"]),
        (&"work".into(), &"a.ics".into(), &"a".into())
    );
    assert_eq!(item["by"]["device"], "Alice's phone");
    let id = item["id"].as_str().unwrap();
    assert_eq!(
        house.home.ok(&["trash", "restore", "alice", id]),
        "restored work/a.ics of alice\n"
    );
    assert!(house.get("work/a.ics").1.contains("SUMMARY:lunch"));
    assert!(house.trash()["items"].as_array().unwrap().is_empty());
    house.home.fails(&["trash", "restore", "alice", id]);
    // Its name is taken: it comes back under another one.
    house.delete("pw", "work/a.ics");
    house.put("pw", "work/a.ics", "b", "dinner");
    let id = house.trash()["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        house.home.ok(&["trash", "restore", "alice", &id]),
        "restored work/a-2.ics of alice\n"
    );
    assert!(house.get("work/a-2.ics").1.contains("SUMMARY:lunch"));
    // Its UID lives again: that one is named.
    house.delete("pw", "work/a-2.ics");
    house.put("pw", "work/other.ics", "a", "brunch");
    let id = house.trash()["items"][0]["id"].as_str().unwrap().to_owned();
    let why = house.home.fails(&["trash", "restore", "alice", &id]);
    assert!(
        why.contains("same UID") && why.contains("other.ics"),
        "{why}"
    );
    let table = house.home.ok(&["trash", "list", "alice"]);
    assert!(table.contains("work/a-2.ics"), "{table}");
}

/// E-107: what a device takes out of a series, and what becomes of it where the series is gone as well.
#[test]
fn an_occurrence_comes_back() {
    let house = House::new();
    let series = |exdate: &str| {
        event("a", "round").replace(
            "DURATION:PT1H\r\n",
            &format!("DURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=3\r\n{exdate}"),
        )
    };
    let put = |text: &str| {
        let (status, body) = house.ask(&house.phone, "PUT", "work/a.ics", text);
        assert!(matches!(status, 201 | 204), "{status}: {body}");
    };
    put(&series(""));
    put(&series("EXDATE:20260602T100000Z\r\n"));
    let item = house.trash()["items"][0].clone();
    assert_eq!(
        (&item["item"], &item["uid"], &item["occurrence"]),
        (&"a.ics".into(), &"a".into(), &"20260602T100000Z".into())
    );
    assert_eq!(item["by"]["device"], "Alice's phone");
    let table = house.home.ok(&["trash", "list", "alice"]);
    assert!(table.contains("the occurrence 20260602T100000Z"), "{table}");
    // It is no version of the series.
    assert_eq!(house.history("work", "a").len(), 2);
    let id = item["id"].as_str().unwrap();
    assert_eq!(
        house.home.ok(&["trash", "restore", "alice", id]),
        "restored work/a.ics of alice\n"
    );
    assert!(!house.get("work/a.ics").1.contains("EXDATE"));
    assert!(house.trash()["items"].as_array().unwrap().is_empty());
    // Everything since then: the series first, then what was taken out of it before.
    put(&series("EXDATE:20260603T100000Z\r\n"));
    house.delete("pw", "work/a.ics");
    let said = house
        .home
        .ok(&["trash", "restore", "alice", "--since", "1h"]);
    assert!(said.contains("2 items"), "{said}");
    assert!(!house.get("work/a.ics").1.contains("EXDATE"));
    // Where the series is gone for good it is an event by itself.
    put(&series("EXDATE:20260602T100000Z\r\n"));
    house.delete("pw", "work/a.ics");
    let trash = house.trash();
    let items = trash["items"].as_array().unwrap();
    let lost = items.iter().find(|it| it["occurrence"].is_string());
    let id = lost.unwrap()["id"].as_str().unwrap();
    house.home.ok(&["trash", "restore", "alice", id]);
    let (status, alone) = house.get("work/a.ics");
    assert_eq!(status, 200);
    assert!(
        alone.contains("DTSTART:20260602T100000Z") && !alone.contains("RECURRENCE-ID"),
        "{alone}"
    );
    assert!(!alone.contains("UID:a\r\n"), "{alone}");
}

#[test]
fn a_deleted_layer_comes_back_whole() {
    let house = House::new();
    house.put("pw", "work/a.ics", "a", "lunch");
    house.put("pw", "work/a.ics", "a", "long lunch");
    house.delete(&house.laptop, "work/");
    assert_eq!(house.get("work/a.ics").0, 404);
    let layer = &house.trash()["layers"][0];
    assert_eq!(
        (&layer["layer"], &layer["items"], &layer["by"]["device"]),
        (&"work".into(), &1.into(), &"laptop".into())
    );
    let id = layer["id"].as_str().unwrap();
    // The name has been given away since.
    house.home.ok(&["layer", "add", "alice", "work"]);
    let why = house.home.fails(&["trash", "restore", "alice", id]);
    assert!(why.contains("taken"), "{why}");
    house
        .home
        .fails(&["trash", "restore", "alice", id, "--as", "trash"]);
    assert_eq!(
        house
            .home
            .ok(&["trash", "restore", "alice", id, "--as", "old work"]),
        "restored old work of alice\n"
    );
    assert!(
        house
            .get("old%20work/a.ics")
            .1
            .contains("SUMMARY:long lunch")
    );
    assert_eq!(house.history("old work", "a").len(), 2);
    // The only calendar that takes events stays.
    house.home.ok(&["layer", "remove", "alice", "work"]);
    house.home.ok(&["layer", "remove", "alice", "old work"]);
    let why = house.home.fails(&["layer", "remove", "alice", "personal"]);
    assert!(why.contains("only calendar for events"), "{why}");
    house.home.ok(&["layer", "remove", "alice", "tasks"]);
}

#[test]
fn a_mass_deletion_is_told_and_taken_back() {
    let house = House::new();
    let path = |number: usize| format!("work/{number}.ics");
    for number in 0..30 {
        house.put("pw", &path(number), &number.to_string(), "lunch");
    }
    for number in 0..25 {
        house.delete(&house.phone, &path(number));
    }
    let trash = house.trash();
    let [notice] = &trash["notices"].as_array().unwrap()[..] else {
        panic!("one notice: {trash}")
    };
    let told = notice["text"].as_str().unwrap();
    assert!(
        told.contains("Alice's phone")
            && told.contains("20 of the 30 items")
            && told.contains("work"),
        "{told}"
    );
    assert!(notice["seen"].is_null());
    assert!(
        !house.trash()["notices"][0]["seen"].is_null(),
        "it has been told"
    );
    let items = trash["items"].as_array().unwrap();
    assert_eq!(items.len(), 25);
    assert!(items.iter().all(|item| item["held_until"].is_i64()));
    let table = house.home.ok(&["trash", "list", "alice"]);
    assert!(
        table.lines().next().unwrap().contains("Alice's phone"),
        "{table}"
    );
    // One that lives again under another name cannot come back; the others do.
    house.put("pw", "work/again.ics", "7", "new");
    let said = house.home.run(&["trash", "restore", "alice", "--held"]);
    assert_eq!(said.status.code(), Some(1));
    let (out, why) = (text(&said.stdout), text(&said.stderr));
    assert!(
        out.contains("work/7.ics") && out.contains("restored 0 layers and 24 items"),
        "{out}"
    );
    assert!(why.contains("1 stay"), "{why}");
    assert_eq!(house.get("work/24.ics").0, 200);
    assert_eq!(house.trash()["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_layer_that_went_in_a_mass_deletion_comes_back_with_the_rest() {
    let house = House::new();
    for number in 0..22 {
        let path = format!("work/{number}.ics");
        house.put("pw", &path, &number.to_string(), "lunch");
    }
    house.delete(&house.phone, "work/0.ics");
    house.delete(&house.phone, "work/");
    let trash = house.trash();
    let told = trash["notices"][0]["text"].as_str().unwrap();
    assert!(
        told.contains("Alice's phone") && told.contains("the layer work with the 21 items"),
        "{told}"
    );
    assert!(trash["layers"][0]["held_until"].is_i64(), "{trash}");
    let table = house.home.ok(&["trash", "list", "alice"]);
    assert!(table.contains("held until"), "{table}");
    let said = house.home.ok(&["trash", "restore", "alice", "--held"]);
    assert!(said.contains("restored 1 layers and 1 items"), "{said}");
    assert_eq!(house.get("work/0.ics").0, 200);
    assert_eq!(house.get("work/21.ics").0, 200);
}

#[test]
fn what_was_deleted_since_comes_back_together() {
    let house = House::new();
    for name in ["a", "b"] {
        house.put("pw", &format!("work/{name}.ics"), name, "lunch");
        house.put("pw", &format!("personal/{name}.ics"), name, "lunch");
    }
    house.delete("pw", "work/a.ics");
    house.delete("pw", "personal/b.ics");
    house.delete("pw", "work/");
    assert!(
        house
            .home
            .ok(&["trash", "restore", "alice", "--since", "2100-01-01"])
            .contains("0 layers and 0 items")
    );
    let said = house
        .home
        .ok(&["trash", "restore", "alice", "--since", "1h"]);
    assert!(said.contains("1 layers and 2 items"), "{said}");
    for path in ["work/a.ics", "work/b.ics", "personal/b.ics"] {
        assert_eq!(house.get(path).0, 200, "{path}");
    }
    house.delete("pw", "work/a.ics");
    house.home.fails(&["trash", "empty", "alice"]);
    house.home.ok(&["trash", "empty", "alice", "--yes"]);
    assert!(house.trash()["items"].as_array().unwrap().is_empty());
    let usage = house.home.run(&["trash", "restore", "alice"]);
    assert_eq!(usage.status.code(), Some(2));
}
