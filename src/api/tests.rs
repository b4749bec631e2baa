//! Requests for the tests of this room.

mod credentials;
mod layers;
mod protocol;
mod world;
