//! The world outside: what this server calls, what it takes in, and what it keeps when the world is not as it should be.

mod client;
mod defaults;
mod holidays;
mod hook;
mod house;
mod letters;
mod outside;
mod reminders;
mod restart;
mod subscriptions;

#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/smtp.rs"]
mod smtp;
#[path = "../support/stories.rs"]
mod stories;
#[path = "../support/store.rs"]
mod support;
#[path = "../support/mod.rs"]
mod whole;
