//! `UPDATE_FIXTURES=1`: writes what came in place of what was expected. Compared first, and read by a person after.

use std::path::Path;

use super::Answer;
use super::conversation::{Exchange, PREFIXES};
use super::meaning::Names;
use super::xml::{self, Element};

/// What stands in the file's lines from now on.
pub struct Change {
    pub lines: std::ops::Range<usize>,
    pub text: String,
}

/// The exchange's expectation as the server would have it.
pub fn change(exchange: &Exchange, answer: &Answer, names: &Names) -> Change {
    let mut text = format!("< {}\n", answer.status);
    for (name, value) in &exchange.expected.headers {
        let got = answer.header(name).filter(|_| value.is_some());
        text.push_str(&format!(
            "{name}: {}\n",
            got.map_or_else(|| "-".to_owned(), |got| named(got, names))
        ));
    }
    if exchange.expected.body.is_some() || answer.status >= 400 {
        let body = answer.text();
        text.push('\n');
        match xml::parse(&body) {
            Ok(root) => print(&root, 0, names, &mut text),
            Err(_) if body.is_empty() => text.push_str("(empty)\n"),
            Err(_) => text.push_str(&format!(
                "{}\n",
                named(body.replace("\r\n", "\n").trim_end(), names)
            )),
        }
    }
    text.push('\n');
    Change {
        lines: exchange.lines.clone(),
        text,
    }
}

/// The changes in their places, the last one first.
pub fn apply(path: &Path, mut changes: Vec<Change>) {
    let old = std::fs::read_to_string(path).expect("a readable conversation");
    let mut lines: Vec<String> = old.lines().map(str::to_owned).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.lines.start));
    for change in changes {
        lines.splice(change.lines, change.text.lines().map(str::to_owned));
    }
    std::fs::write(path, lines.join("\n").trim_end().to_owned() + "\n")
        .expect("a writable conversation");
}

/// Values that have a name get it back.
fn named(text: &str, names: &Names) -> String {
    let mut long: Vec<_> = names.iter().filter(|(_, value)| value.len() >= 6).collect();
    long.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
    long.into_iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(value.as_str(), &format!("{{{name}}}"))
        })
}

fn print(element: &Element, depth: usize, names: &Names, out: &mut String) {
    let indent = "  ".repeat(depth);
    let prefix = PREFIXES
        .iter()
        .find(|(_, namespace)| *namespace == element.namespace);
    let (tag, mut attributes) = match prefix {
        Some((prefix, _)) => (format!("{prefix}:{}", element.name), String::new()),
        None => (
            element.name.clone(),
            format!(" xmlns=\"{}\"", element.namespace),
        ),
    };
    for ((_, name), value) in &element.attributes {
        attributes.push_str(&format!(" {name}=\"{}\"", escaped(value)));
    }
    let text = escaped(&named(element.text.replace("\r\n", "\n").trim(), names));
    if element.children.is_empty() {
        match text.as_str() {
            "" => out.push_str(&format!("{indent}<{tag}{attributes}/>\n")),
            text => out.push_str(&format!("{indent}<{tag}{attributes}>{text}</{tag}>\n")),
        }
        return;
    }
    out.push_str(&format!("{indent}<{tag}{attributes}>\n"));
    for child in &element.children {
        print(child, depth + 1, names, out);
    }
    out.push_str(&format!("{indent}</{tag}>\n"));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
