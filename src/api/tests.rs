//! Requests for the tests of this room.

mod credentials;
mod exports;
mod feeds;
mod friends;
mod ids;
mod items;
mod layers;
mod notifications;
mod patches;
mod platform;
mod preferences;
mod protocol;
mod remarks;
mod requirements;
mod view_links;
mod views;
mod world;
