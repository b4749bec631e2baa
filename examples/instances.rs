//! Prints the instances of calendar files, for the test that compares them with another implementation.
//!
//! Each line of the input is `{"file": path, "windows": [[start, end], …]}` in UTC seconds; each line of the answer has
//! `error`, or `windows` with `[component, UID, start, end]` of every instance that starts in the window, floating times
//! read in UTC, or null for more than a client could use.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use strata::ical::recur::{Bounds, Budget, occurrences};
use strata::ical::{Object, Window, Zone};

const AT_MOST: usize = 5000;

fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let text = std::fs::read(asked["file"].as_str().unwrap_or_default())?;
        let answer = match Object::parse(&text.into()) {
            Err(error) => json!({"error": error.to_string()}),
            Ok(object) => {
                let windows = asked["windows"].as_array().into_iter().flatten();
                json!({"windows": windows.map(|window| instances(&object, window)).collect::<Vec<_>>()})
            }
        };
        writeln!(out, "{answer}")?;
    }
    Ok(())
}

fn instances(object: &Object, window: &Value) -> Value {
    let window = Window {
        start: window[0].as_i64(),
        end: window[1].as_i64(),
    };
    let bounds = Bounds {
        window,
        at_most: AT_MOST,
    };
    let mut budget = Budget::of(100 * Budget::OBJECT);
    let Ok(found) = occurrences(object, &bounds, &Zone::utc(), &mut budget) else {
        return Value::Null;
    };
    let starting = found.iter().filter(|one| {
        one.time.is_some() && window.start <= Some(one.start) && Some(one.start) < window.end
    });
    starting
        .map(|one| {
            let component = object.component(one.component);
            let uid = component.property("UID");
            let uid = uid.map(|uid| uid.text().into_owned());
            json!([component.name(), uid, one.start, one.end])
        })
        .collect()
}
