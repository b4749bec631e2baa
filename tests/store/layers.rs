//! Layers and dead properties.

use strata::model::*;
use strata::store::properties::{self, Property, Subject};
use strata::store::{Result, items, layers};

use crate::house::{House, NOW, delete, new_layer, put};
use crate::stories::stories;

fn property(name: &str, xml: &str) -> Property {
    Property {
        namespace: "urn:x".to_owned(),
        name: name.to_owned(),
        xml: xml.to_owned(),
        text: Some(name.to_owned()),
    }
}

stories! {
    fn a_layer_keeps_what_it_was_given(house: &House) {
        let owner = house.user("alice").id;
        let new = layers::NewLayer {
            order: Some(3),
            visibility: Visibility::Friends,
            enabled: false,
            description: Some("Ärzte & Co".to_owned()),
            timezone: Some("BEGIN:VCALENDAR".to_owned()),
            timezone_id: Some("Europe/Berlin".to_owned()),
            components: Components::of([Component::Todo]),
            transparent: true,
            mount: None,
            ..new_layer(owner, "tasks/%20ü")
        };
        let made = house.store.write(|tx| layers::create(tx, &new)).unwrap().unwrap();
        assert!(house.store.write(|tx| layers::create(tx, &new)).unwrap().is_none());
        let found = house.store.read(|tx| layers::find(tx, owner, "tasks/%20ü")).unwrap().unwrap();
        assert_eq!((found.id, found.epoch, found.number, found.revision), (made.id, made.epoch, 0, 0));
        assert_eq!((found.order, found.visibility, found.enabled), (Some(3), Visibility::Friends, false));
        assert_eq!((found.description, found.timezone_id), (new.description, new.timezone_id));
        assert_eq!((found.components, found.transparent), (new.components, true));
        assert!(made.epoch >= 0);
    }

    fn layers_come_by_order_then_id(house: &House) {
        let owner = house.user("alice").id;
        for (name, order) in [("c", None), ("b", Some(2)), ("a", Some(1)), ("d", None)] {
            let new = layers::NewLayer { order, ..new_layer(owner, name) };
            house.store.write(|tx| layers::create(tx, &new)).unwrap().unwrap();
        }
        let names: Vec<_> = house.store.read(|tx| layers::of_owner(tx, owner)).unwrap()
            .into_iter().map(|layer| layer.name).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    fn a_change_raises_the_revision_and_no_number(house: &House) {
        let mut layer = house.layer("alice");
        house.put(layer.id, "a.ics", "text").unwrap();
        layer.display_name = "Other".to_owned();
        layer.color = None;
        assert_eq!(house.store.write(|tx| layers::update(tx, &layer)).unwrap(), 1);
        assert_eq!(house.store.write(|tx| layers::update(tx, &layer)).unwrap(), 2);
        let found = house.store.read(|tx| layers::by_id(tx, layer.id)).unwrap().unwrap();
        assert_eq!((found.display_name.as_str(), found.color, found.revision, found.number), ("Other", None, 2, 1));
    }

    fn a_former_name_is_remembered_until_it_lives_again(house: &House) {
        let layer = house.layer("alice");
        let rename = |name: &str| house.store.write(|tx| layers::rename(tx, layer.id, name, NOW)).unwrap();
        let gone = || {
            let names = house.store.read(|tx| layers::gone(tx, layer.owner)).unwrap();
            names.into_iter().map(|it| (it.layer, it.name, it.changes)).collect::<Vec<_>>()
        };
        house.store.write(|tx| layers::create(tx, &new_layer(layer.owner, "taken"))).unwrap().unwrap();
        assert!(!rename("taken"));
        assert!(rename("play"));
        assert_eq!(gone(), [(layer.id, "work".to_owned(), 1)]);
        assert!(rename("work"));
        assert_eq!(gone(), [(layer.id, "play".to_owned(), 2)]);
        let found = house.store.read(|tx| layers::by_id(tx, layer.id)).unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.revision), ("work", 2));
    }

    fn a_deleted_layer_leaves_its_name(house: &House) {
        let layer = house.layer("alice");
        house.store.write(|tx| {
            put(tx, layer.id, "a.ics", "text")?;
            put(tx, layer.id, "b.ics", "text")?;
            delete(tx, layer.id, "b.ics", NOW)?;
            let item = items::find(tx, layer.id, "a.ics", items::Need::Index)?.unwrap();
            properties::set(tx, Subject::Item(item.id), &property("p", "<p/>"))?;
            properties::set(tx, Subject::Layer(layer.id), &property("p", "<p/>"))?;
            layers::delete(tx, layer.id, NOW)?;
            assert_eq!(properties::of(tx, Subject::Item(item.id))?, []);
            assert_eq!(properties::of(tx, Subject::Layer(layer.id))?, []);
            assert_eq!(layers::usage(tx, layer.owner)?, (0, 0));
            let gone = layers::gone(tx, layer.owner)?;
            assert_eq!(gone.iter().map(|it| (it.layer, it.name.as_str())).collect::<Vec<_>>(), [(layer.id, "work")]);
            Result::Ok(())
        }).unwrap();
        let again = house.store.write(|tx| layers::create(tx, &new_layer(layer.owner, "work"))).unwrap().unwrap();
        assert_ne!((again.id, again.epoch), (layer.id, layer.epoch));
    }

    fn sums_follow_every_change(house: &House) {
        let layer = house.layer("alice");
        let usage = || house.store.read(|tx| layers::usage(tx, layer.owner)).unwrap();
        house.put(layer.id, "a.ics", "12345").unwrap();
        house.put(layer.id, "b.ics", "123").unwrap();
        assert_eq!(usage(), (2, 8));
        house.put(layer.id, "a.ics", "1").unwrap();
        assert_eq!(usage(), (2, 4));
        house.store.write(|tx| delete(tx, layer.id, "b.ics", NOW)).unwrap();
        assert_eq!(usage(), (1, 1));
        assert_eq!(house.store.read(|tx| items::count(tx, layer.id)).unwrap(), 1);
        assert_eq!(house.store.read(|tx| items::size(tx, layer.id)).unwrap(), 1);
    }

    fn dead_properties_are_kept_as_given(house: &House) {
        let layer = house.layer("alice");
        house.store.write(|tx| {
            put(tx, layer.id, "a.ics", "text")?;
            put(tx, layer.id, "b.ics", "text")?;
            let a = Subject::Item(items::find(tx, layer.id, "a.ics", items::Need::Index)?.unwrap().id);
            let b = Subject::Item(items::find(tx, layer.id, "b.ics", items::Need::Index)?.unwrap().id);
            let xml = "<x:p xmlns:x=\"urn:x\">\r\n ü <y/></x:p>";
            for subject in [Subject::User(layer.owner), Subject::Home(layer.owner), Subject::Layer(layer.id)] {
                properties::set(tx, subject, &property("p", xml))?;
                assert_eq!(properties::of(tx, subject)?, [property("p", xml)]);
            }
            assert!(!properties::any_on_items(tx, layer.id)?);
            properties::set(tx, a, &property("p", "old"))?;
            properties::set(tx, a, &property("p", xml))?;
            properties::set(tx, a, &property("q", xml))?;
            properties::set(tx, b, &property("r", xml))?;
            assert!(properties::any_on_items(tx, layer.id)?);
            properties::copy(tx, a, b)?;
            assert_eq!(properties::of(tx, b)?, [property("p", xml), property("q", xml)]);
            properties::remove(tx, b, "urn:x", "p")?;
            properties::remove(tx, b, "urn:other", "q")?;
            assert_eq!(properties::of(tx, b)?, [property("q", xml)]);
            // A new text leaves them, a deletion does not.
            put(tx, layer.id, "b.ics", "other")?;
            assert_eq!(properties::of(tx, b)?.len(), 1);
            delete(tx, layer.id, "b.ics", NOW)?;
            assert_eq!(properties::of(tx, b)?, []);
            Result::Ok(())
        }).unwrap();
    }
}
