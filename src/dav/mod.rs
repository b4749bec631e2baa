//! WebDAV and CalDAV. Nothing here decides; it translates.

pub mod condition;
pub mod error;
pub mod multistatus;
pub mod name;
pub mod path;
pub mod resource;
#[cfg(test)]
mod testing;
pub mod writer;
pub mod xml;
