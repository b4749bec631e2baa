use super::*;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

// E-053
#[test]
fn addresses_are_read_and_written_in_one_spelling() {
    for (text, whole) in [
        ("https://example.org", "https://example.org/"),
        (
            " webcal://Example.ORG./a.ics#top ",
            "https://example.org/a.ics",
        ),
        ("WEBCALS://example.org:443/", "https://example.org/"),
        ("http://example.org:80?x=1", "http://example.org/?x=1"),
        (
            "http://example.org:8080/a b/ü",
            "http://example.org:8080/a%20b/%C3%BC",
        ),
        ("https://[2001:DB8::1]:444/x", "https://[2001:db8::1]:444/x"),
        ("https://192.0.2.1/x", "https://192.0.2.1/x"),
        (
            "https://me:p%40ss@example.org/",
            "https://me:p%40ss@example.org/",
        ),
        (
            "https://me@home:pass@example.org/",
            "https://me%40home:pass@example.org/",
        ),
        ("https://@example.org/a@b", "https://example.org/a@b"),
    ] {
        assert_eq!(address(text).whole(), whole, "{text}");
        assert_eq!(address(whole).whole(), whole);
    }
    assert_eq!(
        address("https://me:p%40ss@example.org/").credentials(),
        Some("me:p@ss")
    );
}

#[test]
fn what_is_no_address_is_refused() {
    use BadAddress::*;
    for (text, why) in [
        ("", Scheme),
        ("example.org/a.ics", Scheme),
        ("ftp://example.org/", Scheme),
        ("file:///etc/passwd", Scheme),
        ("https://", Host),
        ("https:///path", Host),
        ("https://a..b/", Host),
        ("https://a b/", Host),
        ("https://[::1", Host),
        ("https://[::1%eth0]/", Host),
        ("https://[::1]x/", Host),
        ("https://127.1/", Host),
        ("https://0x7f.0.0.0x1/", Host),
        ("https://2130706433/", Host),
        ("https://0177.0.0.01/", Host),
        ("https://münchen.example/", Letters),
        ("https://example.org:0/", Port),
        ("https://example.org:65536/", Port),
        ("https://example.org:+80/", Port),
        ("https://example.org\\@127.0.0.1/", Character),
        ("https://example.org/\r\nHost: x", Character),
    ] {
        assert_eq!(Address::parse(text).err(), Some(why), "{text:?}");
    }
    let long = format!("https://example.org/{}", "a".repeat(LONGEST));
    assert_eq!(Address::parse(&long).err(), Some(Long));
}

#[test]
fn a_location_is_followed_and_takes_no_password_along() {
    let from = address("https://me:secret@example.org/a/b.ics?x=1");
    for (location, whole) in [
        ("/c", "https://me:secret@example.org/c"),
        ("c", "https://me:secret@example.org/a/c"),
        ("?y=2", "https://me:secret@example.org/a/b.ics?y=2"),
        (
            "https://EXAMPLE.org:443/c",
            "https://me:secret@example.org/c",
        ),
        (
            "https://you:other@example.org/c",
            "https://me:secret@example.org/c",
        ),
        ("//example.com/c", "https://example.com/c"),
        ("https://example.org:8443/c", "https://example.org:8443/c"),
        ("http://example.org/c", "http://example.org/c"),
        ("https://you:other@example.com/c", "https://example.com/c"),
        (
            "/login?next=http://x/",
            "https://me:secret@example.org/login?next=http://x/",
        ),
    ] {
        assert_eq!(from.join(location).unwrap().whole(), whole, "{location}");
    }
    assert_eq!(
        from.join("file:///etc/passwd").err(),
        Some(BadAddress::Scheme)
    );
    assert_eq!(from.join("/\r\nX: y").err(), Some(BadAddress::Character));
}

// E-058
#[test]
fn nothing_secret_is_shown() {
    for (text, shown) in [
        (
            "https://me:hunter2@example.org/basic.ics?key=hunter2",
            "https://example.org/basic.ics",
        ),
        (
            "https://calendar.google.com/calendar/ical/x%40gmail.com/private-0a1b2c3d/basic.ics",
            "https://calendar.google.com/…/basic.ics",
        ),
        ("https://example.org/0a1b2c3d4e5f", "https://example.org/…"),
        (
            "https://example.org/u/0a1b2c.ics",
            "https://example.org/…/…",
        ),
        ("http://example.org:8080", "http://example.org:8080/"),
        (
            "https://example.org/hunter2hunter/us-2026.ics",
            "https://example.org/…/us-2026.ics",
        ),
        ("https://example.org/123456.ics", "https://example.org/…"),
        // A public link of Nextcloud, as chance had it.
        (
            "https://example.org/remote.php/dav/public-calendars/wXbJqTnyRGmsLdfH?export",
            "https://example.org/…/…",
        ),
        (
            "https://example.org/kqzvtnwpxbjrmhsd.ics",
            "https://example.org/…",
        ),
        ("https://example.org/aB3dE.ics", "https://example.org/…"),
        (
            "https://example.org/Schulferien_Niedersachsen-2026.ics",
            "https://example.org/Schulferien_Niedersachsen-2026.ics",
        ),
        (
            "https://example.org/US_holidays.ics",
            "https://example.org/US_holidays.ics",
        ),
    ] {
        assert_eq!(address(text).shown(), shown);
        assert_eq!(format!("{:?}", address(text)), shown);
    }
}

// K-29
#[test]
fn what_this_server_gives_out_is_recognised() {
    let own = |base_path: &str| Own {
        origin: Some("https://cal.example.org".to_owned()),
        base_path: base_path.to_owned(),
    };
    let feed = address("webcal://CAL.example.org/feed/alice/abc.ics");
    assert!(own("").has(&feed));
    assert!(own("").has(&address("http://cal.example.org/feed/alice/abc.ics")));
    assert!(!own("/cal").has(&feed));
    assert!(own("/cal").has(&address("https://cal.example.org/%63al/feed/alice/abc.ics")));
    assert!(!own("").has(&address("https://example.org/feed/alice/abc.ics")));
    assert!(!own("").has(&address("https://cal.example.org:8443/feed/alice/abc.ics")));
    assert!(!Own::default().has(&feed));
}
