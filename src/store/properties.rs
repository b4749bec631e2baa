//! Dead properties: any XML value, kept as given (RFC 4918 section 4).

use super::engine::Value;
use super::{Result, Tx};
use crate::model::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    User(UserId),
    Home(UserId),
    Layer(LayerId),
    Item(ItemId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    pub namespace: String,
    pub name: String,
    /// The whole element, self-contained XML.
    pub xml: String,
    /// What it says, where the server itself goes by it.
    pub text: Option<String>,
}

impl Subject {
    fn word(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Home(_) => "home",
            Self::Layer(_) => "layer",
            Self::Item(_) => "item",
        }
    }

    fn id(self) -> i64 {
        match self {
            Self::User(id) | Self::Home(id) => id.0,
            Self::Layer(id) => id.0,
            Self::Item(id) => id.0,
        }
    }

    /// The layer that the properties go with.
    fn layer(self, tx: &mut Tx) -> Result<Option<i64>> {
        match self {
            Self::User(_) | Self::Home(_) => Ok(None),
            Self::Layer(id) => Ok(Some(id.0)),
            Self::Item(id) => tx.first(
                "SELECT layer FROM items WHERE id = ?1",
                &[id.0.into()],
                |row| row.int(0),
            ),
        }
    }
}

/// By namespace and name.
pub fn of(tx: &mut Tx, subject: Subject) -> Result<Vec<Property>> {
    tx.list(
        "SELECT namespace, name, xml, said FROM properties WHERE subject = ?1 AND subject_id = ?2 ORDER BY namespace, name",
        &[subject.word().into(), subject.id().into()],
        |row| {
            Ok(Property {
                namespace: row.string(0)?,
                name: row.string(1)?,
                xml: row.string(2)?,
                text: row.opt_string(3)?,
            })
        },
    )
}

pub fn set(tx: &mut Tx, subject: Subject, property: &Property) -> Result<()> {
    let layer = subject.layer(tx)?;
    tx.run(
        "INSERT INTO properties (subject, subject_id, layer, namespace, name, xml, said)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (subject, subject_id, namespace, name) DO UPDATE SET xml = excluded.xml, said = excluded.said",
        &[
            subject.word().into(),
            subject.id().into(),
            layer.map_or(Value::Null, Value::Int),
            (&property.namespace).into(),
            (&property.name).into(),
            (&property.xml).into(),
            property.text.as_deref().into(),
        ],
    )?;
    Ok(())
}

pub fn remove(tx: &mut Tx, subject: Subject, namespace: &str, name: &str) -> Result<()> {
    tx.run(
        "DELETE FROM properties WHERE subject = ?1 AND subject_id = ?2 AND namespace = ?3 AND name = ?4",
        &[
            subject.word().into(),
            subject.id().into(),
            namespace.into(),
            name.into(),
        ],
    )?;
    Ok(())
}

/// COPY and MOVE take dead properties along (RFC 4918 sections 9.8.2 and 9.9.1); what `to` had is replaced.
pub fn copy(tx: &mut Tx, from: Subject, to: Subject) -> Result<()> {
    let properties = of(tx, from)?;
    tx.run(
        "DELETE FROM properties WHERE subject = ?1 AND subject_id = ?2",
        &[to.word().into(), to.id().into()],
    )?;
    for property in &properties {
        set(tx, to, property)?;
    }
    Ok(())
}

/// Are there any in this layer's items? Lets a listing of 50,000 skip the question.
pub fn any_on_items(tx: &mut Tx, layer: LayerId) -> Result<bool> {
    let any = tx.first(
        "SELECT layer FROM properties WHERE layer = ?1 AND subject = 'item' LIMIT 1",
        &[layer.0.into()],
        |_| Ok(()),
    )?;
    Ok(any.is_some())
}
