//! The server over real sockets: what goes over the line, byte by byte, and what happens when it goes wrong.

mod conversations;
mod harness;
mod limits;
mod protocols;
mod routes;
mod service;
mod shutdown;
