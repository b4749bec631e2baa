//! WebDAV and CalDAV. Nothing here decides; it translates.

pub mod name;
pub mod writer;
pub mod xml;
