//! Layers that show what a platform keeps: live, never copied, at every door as any other layer.

mod away;
mod changes;
mod doors;
mod house;
mod json;
#[path = "../support/store.rs"]
mod people;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod processes;
mod records;
mod reminders;
#[path = "../support/said.rs"]
mod said;
mod secrecy;
mod sources;
#[path = "../support/stories.rs"]
mod stories;
#[path = "../support/mod.rs"]
mod support;
mod together;
