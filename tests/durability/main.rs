//! What a person may rely on, shown with real processes: nothing acknowledged is lost, nothing is missed, nobody's edit
//! is overwritten unseen, whatever ends the server or fills its disk.

mod backup;
mod contention;
mod crash;
mod disk;
mod house;
mod import;
mod mirror;
mod own_writes;
#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/stories.rs"]
mod stories;
#[path = "../support/mod.rs"]
mod support;
