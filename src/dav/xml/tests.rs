//! What the reader takes, what it refuses, and what it gives back of a property's value.

use super::*;
use crate::dav::name::{CALDAV, DAV};

fn read(text: &str) -> Element {
    parse(text.as_bytes(), MAX_ELEMENTS).unwrap().unwrap()
}

#[test]
fn prefixes_are_resolved_where_they_are_declared() {
    let root = read(
        r#"<propfind xmlns="DAV:"><prop><C:x xmlns:C="urn:ietf:params:xml:ns:caldav" a="1" C:b="2"/><y xmlns=""/></prop></propfind>"#,
    );
    assert!(root.name.is(DAV, "propfind"));
    let prop = root.child(&Name::new(DAV, "prop")).unwrap();
    let names: Vec<_> = prop.elements().map(|e| e.name.clone()).collect();
    assert_eq!(names, [Name::read(CALDAV, "x"), Name::read("", "y")]);
    let x = prop.elements().next().unwrap();
    assert_eq!(x.attribute("a"), Some("1"));
    assert_eq!(x.attribute("b"), None, "it has a namespace");
}

#[test]
fn text_is_whole_and_references_are_resolved() {
    let root = read("<a>x&amp;y<![CDATA[<z>]]>&#13;\r\n&#x41;<b>no</b>&lt;</a>");
    assert_eq!(root.text(), "x&y<z>\r\nA<");
}

#[test]
fn nothing_is_none() {
    for body in [&b""[..], b"  \r\n", b"\xef\xbb\xbf"] {
        assert!(parse(body, 10).unwrap().is_none());
    }
}

#[test]
fn utf_16_is_read() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><a>ö</a>";
    for big_endian in [true, false] {
        let body: Vec<u8> = std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(|unit: u16| {
                if big_endian {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect();
        assert_eq!(parse(&body, 10).unwrap().unwrap().text(), "ö");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let deep = "<a>".repeat(65) + &"</a>".repeat(65);
    let wide = format!("<a>{}</a>", "<b/>".repeat(10_000));
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"\"")).collect();
    let cases = [
        "<a>",
        "<a><b></a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>text",
        "text",
        "<a><b:c/></a>",
        "<a b:c=\"\"/>",
        "<a xmlns:b=\"\"/>",
        "<a xmlns:xml=\"urn:x\"/>",
        "<a xmlns:x=\"http://www.w3.org/2000/xmlns/\"/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a xmlns:x=\"urn:x\" xmlns:y=\"urn:x\" x:b=\"1\" y:b=\"2\"/>",
        "<a b=\"<\"/>",
        "<a>&unknown;</a>",
        "<a>&#0;</a>",
        "<a b=\"&#1;\"/>",
        "<a>\u{1}</a>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a><?xml version=\"1.0\"?></a>",
        "<a><!-- -- --></a>",
        "<a:b:c xmlns:a=\"urn:x\"/>",
        "<1/>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        &deep,
        &wide,
        &format!("<a{attributes}/>"),
    ];
    for case in cases {
        let start: String = case.chars().take(60).collect();
        assert!(parse(case.as_bytes(), MAX_ELEMENTS).is_err(), "{start}");
    }
    assert!(parse(b"<a>\xff</a>", 10).is_err());
    assert!(parse(b"\xfe\xff\xd8\x00", 10).is_err());
}

#[test]
fn a_property_stands_alone() {
    let body = r#"<D:propertyupdate xmlns:D="DAV:" xmlns:q="urn:q" xmlns:unused="urn:u" xml:lang="de"><D:set><D:prop xmlns="urn:z"><R:author xmlns:R="urn:r"><R:name a="q:value &lt;">J &amp; K</R:name><plain/> &#13;</R:author></D:prop></D:set></D:propertyupdate>"#;
    let root = read(body);
    let author = root
        .elements()
        .next()
        .and_then(|set| set.elements().next())
        .and_then(|prop| prop.elements().next())
        .unwrap();
    let alone = author.to_xml();
    assert_eq!(
        alone,
        r#"<R:author xmlns:R="urn:r" xmlns="urn:z" xmlns:q="urn:q" xml:lang="de"><R:name a="q:value &lt;">J &amp; K</R:name><plain/> &#13;</R:author>"#
    );
    let again = read(&alone);
    assert_eq!(again.to_xml(), alone, "what is stored can be stored again");
}

#[test]
fn a_property_without_namespace_stands_alone() {
    let root = read(r#"<D:prop xmlns:D="DAV:"><foo>x</foo></D:prop>"#);
    assert_eq!(root.elements().next().unwrap().to_xml(), "<foo>x</foo>");
}
