//! The PostgreSQL server that `STRATA_TEST_POSTGRES` names, or a throw-away cluster that ends with this process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// The URL of a new, empty database.
pub fn database() -> String {
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = server();
    let name = format!(
        "story_{}_{}",
        std::process::id(),
        DATABASES.fetch_add(1, Ordering::Relaxed)
    );
    let config: postgres::Config = server.parse().expect("the server's URL can be read");
    let mut client = config.connect(postgres::NoTls).expect("PostgreSQL answers");
    client
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .expect("a database can be made");
    let (server, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}")
}

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
