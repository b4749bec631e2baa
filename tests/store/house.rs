//! A store of its own for each test, on either engine, and what every story starts from.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;
use strata::model::*;
use strata::store::items::{LayerWriter, NewItem};
use strata::store::{Result, Settings, Store, Synchronous, Tx, accounts, layers};

pub const NOW: Instant = 1_800_000_000;

/// Tells one story on each engine.
macro_rules! stories {
    ($($(#[doc = $doc:literal])* fn $name:ident($house:ident: &House) $story:block)*) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn story($house: &House) $story

            #[test]
            fn sqlite() {
                story(&House::sqlite());
            }

            #[test]
            fn postgres() {
                story(&House::postgres());
            }
        }
    )* };
}
pub(crate) use stories;

pub struct House {
    pub store: Store,
    pub data: tempfile::TempDir,
    pub url: String,
}

impl House {
    pub fn sqlite() -> Self {
        Self::at("sqlite:strata.db".to_owned())
    }

    pub fn postgres() -> Self {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let server = server();
        let name = format!(
            "story_{}_{}",
            std::process::id(),
            DATABASES.fetch_add(1, Ordering::Relaxed)
        );
        let config: ::postgres::Config = server.parse().expect("the server's URL can be read");
        let mut client = config
            .connect(::postgres::NoTls)
            .expect("PostgreSQL answers");
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a database can be made");
        let (server, _) = server.rsplit_once('/').expect("the URL names a database");
        Self::at(format!("{server}/{name}"))
    }

    fn at(url: String) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let store = Store::open(&settings(&url, data.path())).expect("the store opens");
        Self { store, data, url }
    }

    pub fn reopen(&self) -> Result<Store> {
        Store::open(&settings(&self.url, self.data.path()))
    }

    pub fn user(&self, name: &str) -> User {
        let made = self
            .store
            .write(|tx| accounts::create(tx, &new_user(name, &[])));
        made.expect("the write succeeds").expect("the name is free")
    }

    /// An account's first layer.
    pub fn layer(&self, owner: &str) -> Layer {
        let owner = self.user(owner).id;
        let made = self
            .store
            .write(|tx| layers::create(tx, &new_layer(owner, "work")));
        made.expect("the write succeeds").expect("the name is free")
    }

    pub fn put(&self, layer: LayerId, name: &str, text: &str) -> Result<(bool, i64)> {
        self.store.write(|tx| put(tx, layer, name, text))
    }
}

pub fn settings(url: &str, data: &std::path::Path) -> Settings {
    Settings {
        url: url.to_owned(),
        data: data.to_owned(),
        synchronous: Synchronous::Normal,
        readers: 8,
        sync_horizon_days: 30,
    }
}

pub fn new_user<'a>(name: &'a str, addresses: &'a [String]) -> accounts::NewUser<'a> {
    accounts::NewUser {
        name,
        display_name: name,
        addresses,
        kind: UserKind::Individual,
        admin: false,
        password_hash: "$argon2id$",
        now: NOW,
    }
}

pub fn new_layer(owner: UserId, name: &str) -> layers::NewLayer {
    layers::NewLayer {
        owner,
        name: name.to_owned(),
        kind: LayerKind::User,
        display_name: format!("The {name}"),
        color: Some("#FF0000".to_owned()),
        order: None,
        visibility: Visibility::Private,
        enabled: true,
        description: None,
        timezone: None,
        timezone_id: None,
        components: Components::USUAL,
        transparent: false,
        now: NOW,
    }
}

pub fn new_item<'a>(name: &'a str, text: &'a Bytes) -> NewItem<'a> {
    NewItem {
        name,
        uid: name,
        component: Component::Event,
        tag: std::str::from_utf8(text).expect("tests write text"),
        text,
        span: Span {
            first: Some(NOW),
            last: Some(NOW + 3600),
        },
        occurrences: &UNKNOWN,
        now: NOW,
    }
}

/// Nothing is indexed: the text is to be asked.
pub static UNKNOWN: Occurrences = Occurrences {
    known_from: 0,
    known_until: 0,
    rows: Vec::new(),
};

/// Writes an item whose UID is its name and whose tag is its text.
pub fn put(tx: &mut Tx, layer: LayerId, name: &str, text: &str) -> Result<(bool, i64)> {
    let text = Bytes::copy_from_slice(text.as_bytes());
    writer(tx, layer)?.put(&new_item(name, &text))
}

pub fn delete(tx: &mut Tx, layer: LayerId, name: &str, now: Instant) -> Result<bool> {
    writer(tx, layer)?.delete(name, now)
}

pub fn writer<'t, 'c>(tx: &'t mut Tx<'c>, layer: LayerId) -> Result<LayerWriter<'t, 'c>> {
    Ok(LayerWriter::open(tx, layer)?.expect("the layer stands"))
}

/// The server that `STRATA_TEST_POSTGRES` names, or a throw-away cluster that ends with this process.
fn server() -> String {
    static SERVER: OnceLock<(String, Option<Mutex<Child>>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| match std::env::var("STRATA_TEST_POSTGRES") {
        Ok(url) => (url, None),
        Err(_) => {
            let (url, child) = start_cluster();
            (url, Some(Mutex::new(child)))
        }
    });
    url.clone()
}

/// Reached by a Unix socket alone. The shell ends the server when its standard input closes, that is with this process,
/// however it ends.
const CLUSTER: &str = r#"
set -e
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
folder=$(mktemp -d /tmp/strata-store.XXXXXX)
trap 'rm -rf "$folder"' EXIT
as=
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    as="setpriv --reuid=postgres --regid=postgres --init-groups"
fi
cd "$folder"
$as "$bin/initdb" -D "$folder/data" -U strata -A trust -E UTF8 --locale=C.UTF-8 --no-sync >&2
$as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off -c max_connections=300 </dev/null >&2 &
server=$!
until "$bin/pg_isready" -q -h "$folder" -U strata; do kill -0 $server; sleep 0.05; done
echo "$folder"
cat >/dev/null
kill -INT $server
wait $server || true
"#;

fn start_cluster() -> (String, Child) {
    let mut child = Command::new("sh")
        .args(["-c", CLUSTER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell");
    let mut folder = String::new();
    let told = child.stdout.take().expect("a pipe");
    BufReader::new(told)
        .read_line(&mut folder)
        .expect("the shell speaks");
    let folder = folder.trim_end();
    assert!(!folder.is_empty(), "PostgreSQL could not be started");
    let host = folder.replace('/', "%2F");
    (format!("postgres://strata@{host}/postgres"), child)
}
