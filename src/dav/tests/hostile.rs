//! Whatever a stranger sends: nothing here may panic, and what has been read once reads the same again.

use proptest::prelude::*;

use super::{request, with};
use crate::dav::condition::{Conditions, Depth, Preferences, destination};
use crate::dav::path::{self, Hrefs, Place, Reference, Target};
use crate::dav::xml;

fn xmlish() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<a>",
        "</a>",
        "<b/>",
        "<x:c xmlns:x=\"urn:x\">",
        "</x:c>",
        "<c xmlns=\"urn:y\" q=\"&lt;&#10;\">",
        "</c>",
        "text",
        "&amp;",
        "&#13;",
        "<![CDATA[<z>]]>",
        "<!-- c -->",
        "<?p i?>",
        " xml:lang=\"de\"",
        "\"",
        "<",
        ">",
        "é",
        "&x;",
        "]]>",
        "<a xml:lang=\"fr\">",
        "<x:d/>",
    ]);
    prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn xml_is_read_or_refused(text in xmlish(), at_most in 0usize..40) {
        if let Ok(Some(root)) = xml::parse(text.as_bytes(), at_most) {
            let alone = root.to_xml();
            let again = xml::parse(alone.as_bytes(), at_most).unwrap().unwrap();
            prop_assert_eq!(again.to_xml(), alone);
            prop_assert_eq!(again.text(), root.text());
            prop_assert_eq!(again.language(), root.language());
        }
    }

    #[test]
    fn bytes_are_no_xml(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = xml::parse(&bytes, 100);
    }

    #[test]
    fn every_name_has_an_href(owner in "[^/\\p{Cc}]{1,20}", layer in "[^/\\p{Cc}]{1,20}", name in "[^/\\p{Cc}]{1,20}") {
        prop_assume!([&owner, &layer, &name].iter().all(|it| *it != "." && *it != ".."));
        let target = Target::Item { owner, layer, name };
        let href = Hrefs::new(&request("GET", "/").origin).of(&target);
        prop_assert_eq!(path::target(&href), Ok(target));
    }

    #[test]
    fn paths_and_headers_are_read_or_refused(path in "/[ -~é]{0,60}", value in "[ -~]{0,80}") {
        let _ = path::target(&path);
        let asked = with(
            request("COPY", &path),
            &[("if", &value), ("if-match", &value), ("if-none-match", &value), ("depth", &value), ("prefer", &value),
              ("destination", &value)],
        );
        let _ = Place::of(&asked);
        let _ = Conditions::read(&asked, &Target::Root);
        let _ = (Depth::read(&asked).is_ok(), Preferences::read(&asked), destination(&asked).is_ok());
        if let Reference::Here(path) = path::reference(&value, &asked) {
            let _ = path::target(&path);
        }
    }
}
