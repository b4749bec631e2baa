//! Compares what came with what was expected, by meaning.
//!
//! `...` stands for anything; `{name}` takes what is there on first sight and wants the same ever after. Elements are
//! compared by namespace and name, and their order does not matter.

use std::collections::BTreeMap;

use super::xml::Element;

/// What has been named so far in a conversation.
pub type Names = BTreeMap<String, String>;

/// Text against a pattern. Names found are kept only when all of it fits.
pub fn text(pattern: &str, actual: &str, names: &mut Names) -> Result<(), String> {
    let pattern = even(pattern);
    let actual = even(actual);
    let mut found = names.clone();
    if fits(&pieces(&pattern), &actual, &mut found) {
        *names = found;
        return Ok(());
    }
    Err(format!("expected {pattern:?}, got {actual:?}"))
}

/// Line ends alike, nothing at the ends.
fn even(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

enum Piece<'p> {
    Literal(&'p str),
    Name(&'p str),
    Anything,
}

fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while !rest.is_empty() {
        let any = rest.find("...");
        let name = next_name(rest);
        match (any, name) {
            (Some(any), name) if name.is_none_or(|(at, _)| any < at) => {
                pieces.push(Piece::Literal(&rest[..any]));
                pieces.push(Piece::Anything);
                rest = &rest[any + 3..];
            }
            (_, Some((at, length))) => {
                pieces.push(Piece::Literal(&rest[..at]));
                pieces.push(Piece::Name(&rest[at + 1..at + length - 1]));
                rest = &rest[at + length..];
            }
            _ => {
                pieces.push(Piece::Literal(rest));
                rest = "";
            }
        }
    }
    pieces
}

/// Where the next `{name}` stands and how long it is.
fn next_name(text: &str) -> Option<(usize, usize)> {
    text.match_indices('{').find_map(|(at, _)| {
        let inside = &text[at + 1..];
        let end = inside.find('}')?;
        let name = &inside[..end];
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain))
            .then_some((at, end + 2))
    })
}

/// Puts what has been named into a request.
pub fn fill(text: &str, names: &Names) -> String {
    pieces(text)
        .iter()
        .map(|piece| match piece {
            Piece::Literal(literal) => (*literal).to_owned(),
            Piece::Name(name) => names
                .get(*name)
                .cloned()
                .unwrap_or_else(|| format!("{{{name}}}")),
            Piece::Anything => "...".to_owned(),
        })
        .collect()
}

fn fits(pieces: &[Piece], actual: &str, names: &mut Names) -> bool {
    let Some((first, rest)) = pieces.split_first() else {
        return actual.is_empty();
    };
    match first {
        Piece::Literal(literal) => actual
            .strip_prefix(literal)
            .is_some_and(|left| fits(rest, left, names)),
        Piece::Name(name) => {
            if let Some(known) = names.get(*name).cloned() {
                return actual
                    .strip_prefix(known.as_str())
                    .is_some_and(|left| fits(rest, left, names));
            }
            ends(actual).skip(1).any(|end| {
                let mut tried = names.clone();
                tried.insert((*name).to_owned(), actual[..end].to_owned());
                let good = fits(rest, &actual[end..], &mut tried);
                if good {
                    *names = tried;
                }
                good
            })
        }
        Piece::Anything => {
            if rest.is_empty() {
                return true;
            }
            ends(actual).any(|end| fits(rest, &actual[end..], names))
        }
    }
}

fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()])
}

/// An element against the expected one.
pub fn element(expected: &Element, actual: &Element, names: &mut Names) -> Result<(), String> {
    let here = &expected.name;
    if (&expected.namespace, here) != (&actual.namespace, &actual.name) {
        return Err(format!(
            "expected {}, got {}",
            full_name(expected),
            full_name(actual)
        ));
    }
    for (attribute, value) in &expected.attributes {
        let got = actual
            .attributes
            .get(attribute)
            .ok_or_else(|| format!("{here}: no attribute {}", attribute.1))?;
        text(value, got, names).map_err(|why| format!("{here}/@{}: {why}", attribute.1))?;
    }
    if let Some(more) = actual
        .attributes
        .keys()
        .find(|key| !expected.attributes.contains_key(*key))
    {
        return Err(format!("{here}: an unexpected attribute {}", more.1));
    }
    let open = expected.text.contains("...");
    if expected.children.is_empty() {
        if open && expected.text.trim() == "..." {
            return Ok(());
        }
        if let Some(child) = actual.children.first() {
            return Err(format!("{here}: unexpected {}", full_name(child)));
        }
        return text(&expected.text, &actual.text, names).map_err(|why| format!("{here}: {why}"));
    }
    children(expected, actual, open, names)
}

fn children(
    expected: &Element,
    actual: &Element,
    open: bool,
    names: &mut Names,
) -> Result<(), String> {
    let mut left: Vec<&Element> = actual.children.iter().collect();
    for child in &expected.children {
        let mut nearest: Option<String> = None;
        let found = left.iter().position(|candidate| {
            let mut tried = names.clone();
            match element(child, candidate, &mut tried) {
                Ok(()) => {
                    *names = tried;
                    true
                }
                Err(why) => {
                    if same_thing(child, candidate) {
                        nearest.get_or_insert(why);
                    }
                    false
                }
            }
        });
        match (found, nearest) {
            (Some(at), _) => {
                left.remove(at);
            }
            (None, Some(why)) => return Err(format!("{}/{why}", expected.name)),
            (None, None) => {
                return Err(format!(
                    "{}: there is no {}{}",
                    expected.name,
                    full_name(child),
                    label(child)
                ));
            }
        }
    }
    match left.first() {
        Some(more) if !open => Err(format!(
            "{}: unexpected {}{}",
            expected.name,
            full_name(more),
            label(more)
        )),
        _ => Ok(()),
    }
}

/// Is the candidate what was meant, though it differs?
fn same_thing(expected: &Element, candidate: &Element) -> bool {
    (&expected.namespace, &expected.name) == (&candidate.namespace, &candidate.name)
        && ["href", "status"].iter().all(|key| {
            let (one, other) = (expected.child(key), candidate.child(key));
            one.is_none() || one.map(|e| e.text.trim()) == other.map(|e| e.text.trim())
        })
}

fn label(element: &Element) -> String {
    match (element.child("href"), element.child("status")) {
        (Some(href), _) => format!(" of {}", href.text.trim()),
        (None, Some(status)) => format!(
            " with {} for {}",
            status.text.trim(),
            element.child("prop").map_or_else(String::new, |prop| prop
                .children
                .iter()
                .map(|child| child.name.as_str())
                .collect::<Vec<_>>()
                .join(", "))
        ),
        _ => String::new(),
    }
}

fn full_name(element: &Element) -> String {
    format!("{{{}}}{}", element.namespace, element.name)
}
