//! Layers that show what a platform keeps: live, never copied, at every door as any other layer.

mod changes;
mod doors;
mod house;
#[path = "../support/postgres.rs"]
mod postgres_server;
mod processes;
mod records;
mod secrecy;
mod sources;
#[path = "../support/mod.rs"]
mod support;
