//! Items: reading, and the layer writer, the only way to change one.
use super::{Result, Tx};
use crate::model::*;
use bytes::Bytes;

/// Does the question need the text, or only what stands in the index?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Index,
    Text,
}

pub fn find(_tx: &mut Tx, _layer: LayerId, _name: &str, _need: Need) -> Result<Option<Item>> {
    todo!()
}
pub fn by_uid(_tx: &mut Tx, _layer: LayerId, _uid: &str, _need: Need) -> Result<Option<Item>> {
    todo!()
}
/// Which items a question may be about; an index answers it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    pub component: Option<Component>,
    /* items whose span touches [start, end) */ pub window: Option<(Instant, Instant)>,
}
/// Visits items one by one, in the order of their names' first writing (id); memory does not grow with the answer.
pub fn each<E: From<super::Error>>(
    _tx: &mut Tx,
    _layer: LayerId,
    _scope: Scope,
    _need: Need,
    _visit: &mut dyn FnMut(Item) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    todo!()
}
/// Bytes of all texts of a layer (a running sum).
pub fn size(_tx: &mut Tx, _layer: LayerId) -> Result<u64> {
    todo!()
}
pub fn count(_tx: &mut Tx, _layer: LayerId) -> Result<u64> {
    todo!()
}

/// What a put writes.
pub struct NewItem<'a> {
    pub name: &'a str,
    pub uid: &'a str,
    pub component: Component,
    pub tag: &'a str,
    pub text: &'a Bytes,
    pub span: Span,
    pub now: Instant,
}

/// The only way to change an item. Opening it locks the layer's row; every change draws the layer's next number.
pub struct LayerWriter<'t, 'c> {
    _tx: &'t mut Tx<'c>,
}
impl<'t, 'c> LayerWriter<'t, 'c> {
    pub fn open(_tx: &'t mut Tx<'c>, _layer: LayerId) -> Result<Option<Self>> {
        todo!()
    }
    /// How many items the layer holds (a running sum).
    pub fn count(&self) -> u64 {
        todo!()
    }
    pub fn layer(&self) -> &Layer {
        todo!()
    }
    pub fn find(&mut self, _name: &str) -> Result<Option<Item>> {
        todo!()
    } // Need::Index
    pub fn by_uid(&mut self, _uid: &str) -> Result<Option<Item>> {
        todo!()
    }
    /// Creates or replaces; a tombstone of the same name goes. `(created, number)`.
    pub fn put(&mut self, _item: &NewItem) -> Result<(bool, i64)> {
        todo!()
    }
    /// `false`: nothing stood there.
    pub fn delete(&mut self, _name: &str, _now: Instant) -> Result<bool> {
        todo!()
    }
}
