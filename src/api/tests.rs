//! Requests for the tests of this room.

mod credentials;
mod friends;
mod layers;
mod preferences;
mod protocol;
mod world;
