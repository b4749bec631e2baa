//! Ids of rows tell nothing (K-44): neither how many others there are nor which came first.

use super::world::World;

/// What is made, and where one of them is found.
const SORTS: [(&str, &str); 3] = [
    ("/tokens", r#"{"label":"x","scopes":["read"]}"#),
    ("/export/tokens", r#"{"label":"x"}"#),
    ("/shared", r#"{"name":"Team"}"#),
];

#[test]
fn no_id_is_a_row_number() {
    let world = World::new();
    let mut seen = Vec::new();
    for (path, body) in SORTS {
        let path = format!("/api/v1/calendar{path}");
        let make = || {
            let made = world.alice(&format!("POST {path}"), body).is(201);
            made.json()["id"].as_str().unwrap().to_owned()
        };
        for id in [make(), make()] {
            assert_eq!(id.len(), 32, "{path}: {id}");
            assert!(!seen.contains(&id), "{path}: {id}");
            seen.push(id);
        }
        // What is guessed, and what is an id of something else, is not there.
        let own = seen.len();
        for wrong in ["1", "2", "01", &seen[own - 1][1..]]
            .into_iter()
            .chain(seen[..own - 2].iter().map(String::as_str))
        {
            let line = format!("DELETE {path}/{wrong}");
            world.alice(&line, "").fails(404, "not-found");
        }
        let id = &seen[own - 1];
        world
            .bob(&format!("DELETE {path}/{id}"), "")
            .fails(404, "not-found");
        world.alice(&format!("DELETE {path}/{id}"), "").is(204);
    }
}
