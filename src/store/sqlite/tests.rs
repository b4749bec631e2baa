use super::*;
use crate::store::items::{BY_AGE, BY_NAME, BY_UID, OF_COMPONENT_BY_AGE, OF_UID, WHOLE};
use crate::store::{accounts, changes, history, occurrences, relations, shares};

fn file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("strata.db");
    create(&path).expect("a file");
    (folder, path)
}

fn plan(conn: &Connection, sql: &str) -> String {
    let mut statement = conn
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .expect("SQL");
    let count = statement.parameter_count();
    let steps = statement
        .query_map(
            rusqlite::params_from_iter(vec![Value::Int(1); count]),
            |row| row.get::<_, String>(3),
        )
        .expect("a plan");
    steps
        .collect::<rusqlite::Result<Vec<_>>>()
        .expect("a plan")
        .join("\n")
}

/// Every question that a client can repeat is answered by an index: no scan, no sorting.
#[test]
fn hot_statements_use_their_indexes() {
    let (_folder, path) = file();
    let conn = connect(&path).expect("a connection");
    migrate(&conn, &path, migrations::ALL).expect("tables");
    let plans = [
        (BY_NAME.0, "items_by_name (layer=? AND name=?)"),
        (BY_UID.0, "items_by_uid (layer=? AND uid=?)"),
        (OF_UID.0, "items_by_uid (layer=? AND uid>? AND uid<?)"),
        (WHOLE.0, "items_by_number (layer=?)"),
        (BY_AGE.0, "items_by_age (layer=? AND id>?)"),
        (BY_AGE.1, "items_by_age (layer=? AND id>?)"),
        (OF_COMPONENT_BY_AGE.1, "items_by_age (layer=? AND id>?)"),
        (WHOLE.1, "items_by_number (layer=?)"),
        (
            occurrences::CERTAIN.0,
            "PRIMARY KEY (layer=? AND component=? AND long=? AND first_at>? AND first_at<?)",
        ),
        (occurrences::CERTAIN.1, "SEARCH i USING INTEGER PRIMARY KEY"),
        (
            occurrences::POSSIBLE.0,
            "items_known_until (layer=? AND component=? AND known_until<?)",
        ),
        (
            occurrences::POSSIBLE.0,
            "items_known_from (layer=? AND component=? AND known_from>?)",
        ),
        (
            occurrences::POSSIBLE.0,
            "occurrences_by_item (item=? AND first_at<?)",
        ),
        (
            occurrences::UNCOVERED,
            "items_known_until (layer=? AND component=? AND known_until<?)",
        ),
        (
            occurrences::ROWS,
            "PRIMARY KEY (layer=? AND component=? AND long=? AND first_at>? AND first_at<?)",
        ),
        (changes::LIVING.0, "items_by_number (layer=? AND number>?)"),
        (changes::ALL.0, "items_by_number (layer=? AND number>?)"),
        (
            changes::ALL.1,
            "tombstones_by_number (layer=? AND number>?)",
        ),
        (accounts::ASKING, "SEARCH u USING INTEGER PRIMARY KEY"),
        (accounts::ASKING, "SEARCH p USING INTEGER PRIMARY KEY"),
        (accounts::STANDING, "SEARCH u USING INTEGER PRIMARY KEY"),
        (accounts::STANDING, "SEARCH p USING INTEGER PRIMARY KEY"),
        (history::GONE.0, "sqlite_autoindex_layers_1 (owner=?)"),
        (history::GONE.0, "history_gone (layer=?)"),
        (history::GONE.0, "brakes_by_layer (layer=?)"),
        (history::OF_UID.0, "history_by_uid (layer=? AND uid=?)"),
        (relations::TIES, "SEARCH u USING INTEGER PRIMARY KEY"),
        (relations::TIES, "PRIMARY KEY (one=? AND other=?)"),
        (relations::TIES, "proxies_once (owner=?)"),
        (relations::TIES, "PRIMARY KEY (blocker=? AND blocked=?)"),
        (shares::GRANTED, "shares_once (owner=?)"),
        (shares::GRANTED, "PRIMARY KEY (group_id=? AND user_id=?)"),
        (shares::REACHING, "shares_by_user (user_id=?)"),
        (shares::REACHING, "shares_by_group (group_id=?)"),
        (
            shares::REACHING,
            "shares_by_grantee (grantee=? AND owner=?)",
        ),
    ];
    for (sql, expected) in plans {
        let plan = plan(&conn, sql);
        assert!(plan.contains(expected), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN"), "{sql}\n{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}

const FIRST: &str = "CREATE TABLE things (id {id}, name {text} NOT NULL) {table};
                     INSERT INTO things (name) VALUES ('old');";
const SECOND: &str = "ALTER TABLE things ADD COLUMN size {number} NOT NULL DEFAULT 7;";
const BROKEN: &str = "ALTER TABLE things ADD COLUMN weight {number}; SELECT nonsense;";

fn count(path: &Path, sql: &str) -> i64 {
    let conn = Connection::open(path).expect("a database");
    conn.query_row(sql, [], |row| row.get(0)).expect("a number")
}

#[test]
fn an_older_file_is_copied_and_then_upgraded() {
    let (_folder, path) = file();
    let conn = connect(&path).expect("a connection");
    migrate(&conn, &path, &[FIRST]).expect("the first version");
    let copy = path.with_file_name("strata.db.before-2");
    assert!(!copy.exists(), "an empty file needs no copy");
    migrate(&conn, &path, &[FIRST, SECOND]).expect("the second version");
    assert_eq!(count(&path, "SELECT size FROM things"), 7);
    assert_eq!(count(&path, "SELECT version FROM versions"), 2);
    assert_eq!(count(&copy, "SELECT version FROM versions"), 1);
    assert_eq!(
        count(&copy, "SELECT count(*) FROM pragma_table_info('things')"),
        2
    );
    // Nothing to do: nothing is done.
    migrate(&conn, &path, &[FIRST, SECOND]).expect("the same version");
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let (_folder, path) = file();
    let conn = connect(&path).expect("a connection");
    migrate(&conn, &path, &[FIRST]).expect("the first version");
    assert!(migrate(&conn, &path, &[FIRST, SECOND, BROKEN]).is_err());
    assert!(conn.is_autocommit());
    assert_eq!(count(&path, "SELECT version FROM versions"), 1);
    assert_eq!(
        count(&path, "SELECT count(*) FROM pragma_table_info('things')"),
        2
    );
    let newer = migrate(&conn, &path, &[]);
    assert!(matches!(newer, Err(Error::Fault(_))), "a newer file");
}

#[test]
fn a_wrong_type_is_a_fault_that_names_the_column() {
    let (_folder, path) = file();
    let conn = connect(&path).expect("a connection");
    let mut tx = Tx::on(Conn::Sqlite(&conn));
    let reads: [fn(&Row) -> Result<()>; 4] = [
        |row| row.int(0).map(drop),
        |row| row.blob(0).map(drop),
        |row| row.text(1).map(drop),
        |row| row.size(2).map(drop),
    ];
    for (read, name) in reads.into_iter().zip(["label", "label", "size", "depth"]) {
        let done = tx.first("SELECT 'x' AS label, 1 AS size, -1 AS depth", &[], read);
        let Err(Error::Fault(reason)) = done else {
            panic!("a guess was made");
        };
        assert!(reason.contains(&format!("column {name}")), "{reason}");
    }
}

/// SQLite alone starts its log again only when no reader is at work, and under load there always is one.
#[test]
fn the_log_starts_again_once_readers_let_it() {
    let (_folder, path) = file();
    let mut conn = connect(&path).expect("a connection");
    conn.pragma_update(None, "journal_mode", "WAL")
        .expect("WAL");
    let bounds = log::Bounds {
        short: 10,
        long: 50,
    };
    let mut log = log::Log::watch(&mut conn, bounds).expect("a hook");
    script(&conn, "CREATE TABLE bulk (body BLOB NOT NULL) STRICT").expect("a table");
    let length = || {
        let file = path.with_file_name("strata.db-wal");
        std::fs::metadata(file).expect("the log").len() / 4096
    };
    let write = |log: &mut log::Log| {
        script(&conn, "INSERT INTO bulk VALUES (zeroblob(20000))").expect("a row");
        if log.is_due() {
            log.checkpoint(&conn);
        }
    };
    let reader = connect_reader(&path).expect("a reader");
    script(&reader, "BEGIN; SELECT count(*) FROM bulk").expect("a snapshot");
    while length() < 60 {
        write(&mut log);
    }
    script(&reader, "ROLLBACK").expect("the end of the snapshot");
    for _ in 0..100 {
        write(&mut log);
    }
    assert!(length() < 120, "{} pages", length());
}
