//! Requests for the tests of this room.

mod credentials;
mod exports;
mod feeds;
mod friends;
mod ids;
mod items;
mod layers;
mod notifications;
mod preferences;
mod protocol;
mod remarks;
mod views;
mod world;
