//! Tells each story on both engines, in a house of the test's own.

/// Its `House` opens as `sqlite()` and as `postgres()`.
macro_rules! stories {
    ($($(#[doc = $doc:literal])* fn $name:ident($house:ident: &House) $story:block)*) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[doc = $doc])*
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
