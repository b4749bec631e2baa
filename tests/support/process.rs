//! The built binary with a database of its own, on a free loopback port; killed when it goes out of scope.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::wire::Wire;

pub const STRATA: &str = env!("CARGO_BIN_EXE_strata");
/// Everybody's password is their name.
pub const ACCOUNTS: [&str; 3] = ["alice", "bob", "carol"];
/// A cheap hash: its price is a matter of the unit tests of `auth`.
const CHEAP_HASHES: &str = "[auth]\nmemory = 8192\niterations = 1\n";

pub struct Server {
    pub folder: PathBuf,
    pub address: SocketAddr,
    child: Child,
    _owned: Option<TempDir>,
}

impl Server {
    /// A fresh database with alice, bob and carol. `config` is added to config.toml.
    pub fn start(config: &str) -> Self {
        let owned = tempfile::tempdir().expect("a temporary folder");
        let folder = owned.path().to_owned();
        copy_folder(template(), &folder);
        let mut server = Self::start_in(&folder, config);
        server._owned = Some(owned);
        server
    }

    /// On a folder that already holds a database, or nothing.
    pub fn start_in(folder: &Path, config: &str) -> Self {
        write_config(folder, config);
        let mut child = strata(folder)
            .args(["--listen", "127.0.0.1:0", "serve"])
            .stdout(Stdio::piped())
            .stderr(
                fs::File::options()
                    .create(true)
                    .append(true)
                    .open(folder.join("log"))
                    .expect("a log"),
            )
            .stdin(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("the server ended instead of listening:\n{log}");
            };
            if let Some(url) = line.strip_prefix("strata listening on http://") {
                break url.trim_end_matches('/').parse().expect("an address");
            }
        };
        // Whatever it still prints must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            folder: folder.to_owned(),
            address,
            child,
            _owned: None,
        }
    }

    /// On the same folder, after it has ended.
    pub fn start_again(&mut self, config: &str) {
        let mut again = Self::start_in(&self.folder, config);
        again._owned = self._owned.take();
        *self = again;
    }

    pub fn wire(&self, name: &str) -> Wire {
        Wire::new(self.address, (name != "nobody").then_some((name, name)))
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL, as by `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours to kill");
        self.child.wait().expect("it was ours");
    }

    /// SIGTERM; gives the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        signal(self.child.id(), "TERM");
        self.child.wait().expect("it was ours").code()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn signal(pid: u32, name: &str) {
    Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .expect("kill runs");
}

/// The command line on this folder's database, nothing said yet.
pub fn strata(folder: &Path) -> Command {
    let mut command = Command::new(STRATA);
    command
        .current_dir(folder)
        .env_remove("STRATA__STORE__URL")
        .arg("--config")
        .arg(folder.join("config.toml"))
        .arg("--data")
        .arg(folder.join("data"));
    command
}

/// Runs it to its end with this on standard input.
pub fn run(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child
        .stdin
        .take()
        .expect("its input")
        .write_all(input.as_bytes())
        .ok();
    child.wait_with_output().expect("it ends")
}

pub fn add_account(folder: &Path, name: &str) {
    let mut command = strata(folder);
    let email = if name.contains('@') {
        name.to_owned()
    } else {
        format!("{name}@example.com")
    };
    command.args(["user", "add", name, "--password-stdin", "--email", &email]);
    command.arg("--display-name").arg(capital(name));
    let done = run(command, &format!("{name}\n"));
    assert!(
        done.status.success(),
        "user add {name}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

pub fn write_config(folder: &Path, config: &str) {
    fs::create_dir_all(folder.join("data")).expect("a data folder");
    let text = if config.contains("[auth]") {
        config.to_owned()
    } else {
        format!("{CHEAP_HASHES}{config}")
    };
    fs::write(folder.join("config.toml"), text).expect("a config file");
}

/// A database that holds the accounts and nothing else: made once, copied for each server.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<TempDir> = OnceLock::new();
    TEMPLATE
        .get_or_init(|| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            write_config(folder.path(), "");
            for name in ACCOUNTS {
                add_account(folder.path(), name);
            }
            folder
        })
        .path()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}
