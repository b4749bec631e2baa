//! The world outside, read: addresses of others, what is asked of them, and what their replies mean. Opens no socket.

mod address;
mod exchange;
pub mod ics;
mod post;
mod source;

pub use address::{Address, BadAddress, Host, Own};
pub use exchange::{Failure, Incoming, Net, Outgoing};
pub use post::{Post, Undelivered};
pub use source::{NoSource, Sources};
