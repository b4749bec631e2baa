//! A folder with a configuration, the command run in it, and the server that it starts.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

pub const BINARY: &str = env!("CARGO_BIN_EXE_strata");

/// A folder with a configuration that makes hashing cheap.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[auth]\nmemory = 64\niterations = 1\n[store]\nsynchronous = \"normal\"\n";
        std::fs::write(folder.path().join("config.toml"), config).unwrap();
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_clear();
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed; its standard output.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    /// Runs a command that must fail with 1 and one line; that line.
    pub fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
        assert!(error.starts_with("strata: "), "{error}");
        error
    }

    pub fn serve(&self) -> Server {
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = loop {
            let line = lines.next().expect("the server ended").unwrap();
            if let Some(address) = line.strip_prefix("strata listening on http://") {
                break address.to_owned();
            }
            said.push(line);
        };
        Server {
            child,
            address,
            said,
        }
    }
}

pub struct Server {
    child: Child,
    pub address: String,
    /// What stood on standard output before the line with the address.
    pub said: Vec<String>,
}

impl Server {
    pub fn status(&self, user: &str, password: &str) -> u16 {
        let output = Command::new("curl")
            .args([
                "-s",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-X",
                "PROPFIND",
                "-H",
                "Depth: 0",
            ])
            .args([
                "-u",
                &format!("{user}:{password}"),
                &format!("http://{}/dav/", self.address),
            ])
            .output()
            .unwrap();
        text(&output.stdout).parse().unwrap()
    }

    /// SIGTERM; the exit code.
    pub fn stop(mut self) -> Option<i32> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What stands in the first column below the head of a table.
pub fn first_id(table: &str) -> String {
    let line = table.lines().nth(1).expect("a row");
    line.split_whitespace().next().unwrap().to_owned()
}

pub fn password_in(output: &str) -> String {
    let line = output
        .lines()
        .find_map(|line| line.strip_prefix("password: "));
    line.expect("a password is printed").to_owned()
}
