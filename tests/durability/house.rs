//! A server of its own for each story, on either engine.

use tempfile::TempDir;

use crate::postgres_server;
use crate::support::process::{self, Server};

pub const CALENDAR: &str = "/dav/calendars/alice/personal/";

pub struct House {
    pub server: Server,
    _folder: Option<TempDir>,
}

impl House {
    pub fn sqlite() -> Self {
        Self {
            server: Server::start(""),
            _folder: None,
        }
    }

    pub fn postgres() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = format!("[store]\nurl = \"{}\"\n", postgres_server::database());
        process::write_config(folder.path(), &config);
        process::add_account(folder.path(), "alice");
        Self {
            server: Server::start_in(folder.path(), &config),
            _folder: Some(folder),
        }
    }
}
