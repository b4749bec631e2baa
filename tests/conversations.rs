//! Runs every file under fixtures/conversations: readable exchanges, compared by meaning. A test for each folder.
//!
//! A normal run never writes; `UPDATE_FIXTURES=1` puts what came in place of what was expected, to be read and committed.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use support::conversation::{self, Conversation, Exchange};
use support::meaning::Names;
use support::process::{self, Server};
use support::wire::Wire;
use support::{Answer, load, rewrite};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations")
}

macro_rules! folders {
    ($($name:ident),+ $(,)?) => {
        $(#[test] fn $name() { run_folder(stringify!($name)); })+
        const FOLDERS: &[&str] = &[$(stringify!($name)),+];
    };
}

folders!(
    acl,
    clients,
    names,
    preconditions,
    properties,
    refusals,
    relations,
    reports,
    security,
    setup,
    sharing,
    sync,
    timezones,
    views,
    webdav
);

#[test]
fn every_folder_is_run() {
    let mut there: Vec<String> = fs::read_dir(root())
        .expect("the conversations")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    there.sort();
    assert_eq!(there, FOLDERS);
}

fn run_folder(name: &str) {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join(name))
        .expect("a folder of conversations")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "txt"))
        .collect();
    files.sort();
    let only = std::env::var("CONVERSATION").unwrap_or_default();
    files.retain(|file| file.to_string_lossy().contains(&only));
    let wrong: Vec<String> = load::spread(2, files.len(), |_, number| run_file(&files[number]))
        .into_iter()
        .flatten()
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of the exchanges went wrong:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}

fn run_file(path: &Path) -> Vec<String> {
    let conversation = conversation::read(path);
    let mut server = Server::start(&conversation.config);
    let sign_ins = sign_ins(&conversation, &server);
    let mut wires: BTreeMap<String, Wire> = BTreeMap::new();
    let mut names = Names::from([
        ("host".to_owned(), server.address.to_string()),
        ("origin".to_owned(), format!("http://{}", server.address)),
    ]);
    let (mut wrong, mut changes) = (Vec::new(), Vec::new());
    for exchange in &conversation.exchanges {
        for act in &exchange.acts {
            do_act(act, &mut server, &conversation);
            wires.clear();
            names.insert("host".to_owned(), server.address.to_string());
            names.insert("origin".to_owned(), format!("http://{}", server.address));
        }
        let wire = wires.entry(exchange.who.clone()).or_insert_with(|| {
            match sign_ins.get(&exchange.who) {
                Some((name, password)) => Wire::new(server.address, Some((name, password))),
                None => server.wire(&exchange.who),
            }
        });
        let ask = exchange.request(&names);
        let answer = match wire.ask(&ask) {
            Ok(answer) => answer,
            Err(error) => {
                wrong.push(complaint(
                    path,
                    exchange,
                    &error.to_string(),
                    &Answer::default(),
                ));
                continue;
            }
        };
        if let Err(why) = exchange.check(&answer, &mut names) {
            wrong.push(complaint(path, exchange, &why, &answer));
            changes.push(rewrite::change(exchange, &answer, &names));
        }
    }
    if !changes.is_empty() && std::env::var("UPDATE_FIXTURES").is_ok_and(|value| value == "1") {
        rewrite::apply(path, changes);
    }
    wrong
}

/// Nicknames beyond the usual accounts: name and password of each.
fn sign_ins(conversation: &Conversation, server: &Server) -> BTreeMap<String, (String, String)> {
    let mut sign_ins = BTreeMap::new();
    for (nickname, name) in &conversation.accounts {
        process::add_account(&server.folder, name);
        sign_ins.insert(nickname.clone(), (name.clone(), name.clone()));
    }
    for (nickname, account) in &conversation.devices {
        let mut command = process::strata(&server.folder);
        command.args(["app-password", "add", "--label", nickname]);
        command.args(account.split(' '));
        let done = process::run(command, "");
        let said = String::from_utf8_lossy(&done.stdout);
        let password = said
            .lines()
            .find_map(|line| line.strip_prefix("password: "))
            .unwrap_or_else(|| panic!("{account}: {}", String::from_utf8_lossy(&done.stderr)));
        let name = account.split(' ').next().unwrap_or_default();
        sign_ins.insert(nickname.clone(), (name.to_owned(), password.to_owned()));
    }
    sign_ins
}

/// `restart`, or a command of the program on the running server's database.
fn do_act(act: &str, server: &mut Server, conversation: &Conversation) {
    if act == "restart" {
        assert_eq!(server.terminate(), Some(0), "the server ends well");
        server.start_again(&conversation.config);
        return;
    }
    let mut command = process::strata(&server.folder);
    command.args(act.split(' '));
    let done = process::run(command, "");
    assert!(
        done.status.success(),
        "{act}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn complaint(path: &Path, exchange: &Exchange, why: &str, answer: &Answer) -> String {
    let file = path.strip_prefix(root()).unwrap_or(path).display();
    let body: String = answer.text().chars().take(1500).collect();
    format!(
        "{file}:{}: {}\n  {}> {} {}\n  {why}\n  < {} {}",
        exchange.lines.start + 1,
        exchange.title,
        exchange.who,
        exchange.ask.method,
        exchange.ask.target,
        answer.status,
        body.replace('\n', "\n    ")
    )
}
