//! Dead properties: any XML value, kept as given (RFC 4918 section 4).
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
    /* the whole element, self-contained XML */ pub xml: String,
}
pub fn of(_tx: &mut Tx, _subject: Subject) -> Result<Vec<Property>> {
    todo!()
}
pub fn set(_tx: &mut Tx, _subject: Subject, _property: &Property) -> Result<()> {
    todo!()
}
pub fn remove(_tx: &mut Tx, _subject: Subject, _namespace: &str, _name: &str) -> Result<()> {
    todo!()
}
pub fn copy(_tx: &mut Tx, _from: Subject, _to: Subject) -> Result<()> {
    todo!()
}
/// Are there any in this layer's items? Lets a listing of 50,000 skip the question.
pub fn any_on_items(_tx: &mut Tx, _layer: LayerId) -> Result<bool> {
    todo!()
}
