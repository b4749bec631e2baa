//! XML as a small tree with its namespaces resolved: what a document says, not how it is spelled.

use std::collections::BTreeMap;

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Element {
    pub namespace: String,
    pub name: String,
    pub attributes: BTreeMap<(String, String), String>,
    pub children: Vec<Element>,
    /// All character data of the element itself, in order.
    pub text: String,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every element of this name below.
    pub fn all<'e>(&'e self, name: &str, found: &mut Vec<&'e Element>) {
        for child in &self.children {
            if child.name == name {
                found.push(child);
            }
            child.all(name, found);
        }
    }

    pub fn text_of(&self, name: &str) -> Option<String> {
        let mut found = Vec::new();
        self.all(name, &mut found);
        found.first().map(|element| element.text.clone())
    }
}

pub fn parse(text: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(start) => open.push(element(&reader, &start)?),
            Event::End(_) => {
                let done = open.pop().ok_or("one end too many")?;
                open.last_mut()
                    .ok_or("one end too many")?
                    .children
                    .push(done);
            }
            Event::Text(text) => {
                open.last_mut()
                    .ok_or("text outside")?
                    .text
                    .push_str(&text.xml10_content());
            }
            Event::CData(data) => {
                open.last_mut()
                    .ok_or("text outside")?
                    .text
                    .push_str(&data.xml10_content());
            }
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                let text = match reference
                    .resolve_char_ref()
                    .map_err(|error| error.to_string())?
                {
                    Some(c) => c.to_string(),
                    None => predefined(&name)?.to_owned(),
                };
                open.last_mut().ok_or("text outside")?.text.push_str(&text);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut document = open
        .pop()
        .filter(|_| open.is_empty())
        .ok_or("an element is not closed")?;
    match document.children.pop() {
        Some(root) if document.children.is_empty() => Ok(root),
        _ => Err("not one root element".to_owned()),
    }
}

fn predefined(name: &str) -> Result<&'static str, String> {
    Ok(match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "quot" => "\"",
        "apos" => "'",
        other => return Err(format!("the entity &{other}; is not predefined")),
    })
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart) -> Result<Element, String> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    let mut made = Element {
        namespace: namespace_text(namespace)?,
        name: local.as_ref().to_owned(),
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let raw = attribute.value.clone().into_owned();
        let value = quick_xml::escape::unescape(&raw)
            .map_err(|error| error.to_string())?
            .into_owned();
        made.attributes.insert(
            (namespace_text(namespace)?, local.as_ref().to_owned()),
            value,
        );
    }
    Ok(made)
}

fn namespace_text(namespace: ResolveResult) -> Result<String, String> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(format!("the prefix {} is not declared", prefix)),
    }
}
