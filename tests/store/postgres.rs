//! What only the shared engine must stand: connections that die, and threads that belong to a runtime.

use strata::store::{Error, Result, Store, accounts};

use crate::house::{House, settings};

#[test]
fn a_connection_that_died_is_replaced() {
    let house = House::postgres();
    let alice = house.user("alice").id;
    for _ in 0..3 {
        let config: ::postgres::Config = house.url.parse().unwrap();
        let mut other = config.connect(::postgres::NoTls).unwrap();
        other
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
                &[],
            )
            .unwrap();
        let found = house.store.read(|tx| accounts::by_id(tx, alice));
        assert_eq!(found.unwrap().unwrap().name, "alice");
        house
            .store
            .write(|tx| accounts::set_password(tx, alice, "other"))
            .unwrap();
    }
}

#[test]
fn a_connection_that_dies_in_the_middle_is_told_and_leaves_nothing() {
    let house = House::postgres();
    let alice = house.user("alice").id;
    let died: Result<()> = house.store.write(|tx| {
        accounts::set_password(tx, alice, "never")?;
        let config: ::postgres::Config = house.url.parse().expect("a URL");
        let mut other = config
            .connect(::postgres::NoTls)
            .expect("PostgreSQL answers");
        let killed = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND state = 'idle in transaction'",
            &[],
        );
        assert_eq!(killed.expect("the other is ended"), 1);
        // It may take the server a moment to go; the transaction cannot outlive it.
        while accounts::by_id(tx, alice).is_ok() {}
        Ok(())
    });
    assert!(matches!(died, Err(Error::Busy(_))), "{died:?}");
    let hash = house.store.read(|tx| accounts::password_hash(tx, alice));
    assert_eq!(hash.unwrap().as_deref(), Some("$argon2id$"));
}

#[test]
fn a_runtime_can_own_the_store() {
    let house = House::postgres();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (url, data) = (house.url.clone(), house.data.path().to_owned());
        let opened = tokio::task::spawn_blocking(move || Store::open(&settings(&url, &data)));
        let store = opened.await.unwrap().unwrap();
        let reader = store.clone();
        let users = tokio::task::spawn_blocking(move || reader.read(accounts::all));
        assert_eq!(users.await.unwrap().unwrap().len(), 0);
        // The last handle goes on a thread that must not block.
        drop(store);
    });
}

#[test]
fn a_server_that_is_not_there_is_an_error_and_no_secret() {
    let opened = Store::open(&settings(
        "postgres://strata:geheim@127.0.0.1:1/x",
        "/".as_ref(),
    ));
    let Err(error) = opened else {
        panic!("nobody listens there")
    };
    assert!(matches!(error, Error::Busy(_)), "{error:?}");
    assert!(!error.to_string().contains("geheim"));
}

#[test]
fn a_copy_is_made_by_pg_dump() {
    let house = House::postgres();
    let refused = house.store.backup(&house.data.path().join("copy.db"));
    assert!(refused.unwrap_err().to_string().contains("pg_dump"));
    assert!(!house.store.is_local());
}
