//! Comments and reactions: in their order, once each, and gone with what they are about.

use strata::model::*;
use strata::store::views::{self, NewView};
use strata::store::{Result, Tx, remarks};

use crate::house::{House, NOW};
use crate::stories::stories;

fn does<T>(house: &House, work: impl FnMut(&mut Tx) -> Result<T>) -> T {
    house.store.write(work).expect("the write succeeds")
}

fn view(house: &House, owner: UserId) -> ViewId {
    let new = NewView {
        owner,
        name: "Team",
        description: None,
        mode: ViewMode::Manual,
        includes: Includes::usual(),
        now: NOW,
    };
    does(house, |tx| views::create(tx, &new))
}

stories! {
    fn comments_follow_each_other(house: &House) {
        let layer = house.layer("alice");
        let view = view(house, layer.owner);
        let say = |date: &str, content: &str| {
            let new = Comment {
                id: CommentId(0),
                view,
                author: layer.owner,
                date: date.into(),
                item: None,
                content: content.into(),
                created: NOW,
            };
            let id = does(house, |tx| remarks::comment(tx, &new));
            Comment { id, ..new }
        };
        let [one, other, two] = [("2026-01-01", "one"), ("2026-01-02", "other"), ("2026-01-01", "two")].map(|(date, content)| say(date, content));
        let day = |after, at_most| does(house, |tx| remarks::comments_of_day(tx, view, "2026-01-01", after, at_most));
        assert_eq!(day(CommentId(0), 9), [one.clone(), two.clone()]);
        assert_eq!(day(CommentId(0), 1).len(), 1);
        assert_eq!(day(one.id, 9), [two]);
        assert_eq!(does(house, |tx| remarks::comments_by(tx, view, layer.owner)), 3);
        assert!(does(house, |tx| remarks::remove_comment(tx, one.id)));
        assert!(!does(house, |tx| remarks::remove_comment(tx, one.id)));
        assert_eq!(does(house, |tx| remarks::comment_by_id(tx, other.id)), Some(other.clone()));
        does(house, |tx| views::delete(tx, view));
        assert_eq!(does(house, |tx| remarks::comment_by_id(tx, other.id)), None);
    }
}
