//! Requests for the tests of this room.

mod credentials;
mod exports;
mod feeds;
mod friends;
mod items;
mod layers;
mod preferences;
mod protocol;
mod remarks;
mod views;
mod world;
