//! The store's stories, each told on both engines, and what only SQLite promises.

mod accounts;
mod exports;
mod history;
mod house;
mod items;
mod layers;
mod outbox;
mod overlays;
mod postgres;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod relations;
mod remarks;
mod sqlite;
#[path = "../support/stories.rs"]
mod stories;
#[path = "../support/store.rs"]
mod support;
mod together;
mod tokens;
mod view_links;
mod views;
