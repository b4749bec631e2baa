//! The store's story, told once on each engine.

use std::path::PathBuf;

use bytes::Bytes;
use strata::model::*;
use strata::store::changes::{self, Change};
use strata::store::items::{self, LayerWriter, Need, NewItem, Scope};
use strata::store::properties::{self, Property, Subject};
use strata::store::{Error, Result, Settings, Store, Synchronous, accounts, layers};

const NOW: Instant = 1_800_000_000;

fn sqlite(data: &tempfile::TempDir) -> Store {
    Store::open(&Settings {
        url: "sqlite:strata.db".to_owned(),
        data: PathBuf::from(data.path()),
        synchronous: Synchronous::Normal,
        readers: 4,
        sync_horizon_days: 30,
    })
    .expect("the store opens")
}

fn user(tx: &mut strata::store::Tx, name: &str) -> Result<User> {
    let created = accounts::create(
        tx,
        &accounts::NewUser {
            name,
            display_name: name,
            addresses: &[format!("{name}@example.org")],
            kind: UserKind::Individual,
            admin: false,
            password_hash: "$argon2id$",
            now: NOW,
        },
    )?;
    Ok(created.expect("the name is free"))
}

fn new_layer(owner: UserId, name: &str) -> layers::NewLayer {
    layers::NewLayer {
        owner,
        name: name.to_owned(),
        kind: LayerKind::User,
        display_name: name.to_owned(),
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

fn put(tx: &mut strata::store::Tx, layer: LayerId, name: &str, text: &str) -> Result<(bool, i64)> {
    let text = Bytes::copy_from_slice(text.as_bytes());
    let mut writer = LayerWriter::open(tx, layer)?.expect("the layer stands");
    writer.put(&NewItem {
        name,
        uid: name,
        component: Component::Event,
        tag: "t",
        text: &text,
        span: Span {
            first: Some(NOW),
            last: Some(NOW + 3600),
        },
        now: NOW,
    })
}

#[test]
fn smoke() {
    let data = tempfile::tempdir().unwrap();
    let store = sqlite(&data);
    let (alice, layer) = store
        .write(|tx| {
            let alice = user(tx, "alice")?;
            let layer = layers::create(tx, &new_layer(alice.id, "work"))?.unwrap();
            Result::Ok((alice, layer))
        })
        .unwrap();
    assert_eq!(alice.addresses, ["alice@example.org"]);
    assert_eq!(
        store.write(|tx| put(tx, layer.id, "a.ics", "one")).unwrap(),
        (true, 1)
    );
    assert_eq!(
        store.write(|tx| put(tx, layer.id, "a.ics", "two")).unwrap(),
        (false, 2)
    );
    assert_eq!(
        store
            .write(|tx| put(tx, layer.id, "b.ics", "three"))
            .unwrap(),
        (true, 3)
    );
    let found = store
        .read(|tx| items::find(tx, layer.id, "a.ics", Need::Text))
        .unwrap()
        .unwrap();
    assert_eq!(found.text.unwrap(), "two");
    store
        .write(|tx| {
            let mut writer = LayerWriter::open(tx, layer.id)?.unwrap();
            assert!(writer.delete("a.ics", NOW)?);
            Result::Ok(())
        })
        .unwrap();
    let mut seen = Vec::new();
    store
        .read(|tx| {
            changes::since(tx, layer.id, 0, false, 10, Need::Text, &mut |change| {
                seen.push(match change {
                    Change::Written(item) => (item.name, item.number),
                    Change::Gone { name, number } => (name, number),
                });
                Result::Ok(())
            })
        })
        .unwrap();
    assert_eq!(seen, [("b.ics".to_owned(), 3), ("a.ics".to_owned(), 4)]);
    let _ = (
        Scope::default(),
        Property {
            namespace: String::new(),
            name: String::new(),
            xml: String::new(),
        },
        Subject::Layer(layer.id),
    );
    let _ = properties::any_on_items;
    let refused = store.read(|tx| put(tx, layer.id, "x", "y"));
    assert!(matches!(refused, Err(Error::Fault(_))));
    assert_eq!(
        store.read(|tx| layers::usage(tx, alice.id)).unwrap(),
        (1, 5)
    );
    store.backup(&data.path().join("copy.db")).unwrap();
}
