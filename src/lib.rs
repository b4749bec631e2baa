//! Strata: a CalDAV server of layers. One line a room; ARCHITECTURE.md draws the house.

pub mod api;
pub mod auth;
pub mod calendar;
pub mod cli;
pub mod config;
pub mod connect;
pub mod dav;
pub mod export;
pub mod http;
pub mod ical;
pub mod jobs;
pub mod model;
pub mod privacy;
pub mod secret;
pub mod server;
pub mod store;
pub mod tzdist;
pub mod web;
