//! The world outside, read: addresses of others, what is asked of them, and what their replies mean. Opens no socket.

mod address;
mod exchange;
pub mod ics;
mod source;

pub use address::{Address, BadAddress, Host, Own};
pub use exchange::{Failure, Incoming, Net, Outgoing};
pub use source::{NoSource, Sources};
