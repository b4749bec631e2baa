//! The configuration profile that sets up Calendar and Reminders on iOS and macOS, without the password.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::address::Address;
use super::html::Markup;

pub const MEDIA_TYPE: &str = "application/x-apple-aspen-config; charset=utf-8";

/// What a path segment cannot hold as it is (RFC 3986 section 3.3).
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// A property list with one CalDAV account. The identifiers depend on the address and the user alone, so that installing
/// it again replaces the account instead of adding a second one.
pub fn profile(address: &Address, user: Option<&str>) -> String {
    let authority = address.authority();
    let name = format!("{authority}{}", address.base_path);
    let identifier = format!("strata.{}", identifier(&name, user));
    let account = Markup::default()
        .part(string("PayloadType", "com.apple.caldav.account"))
        .part(string("PayloadIdentifier", &format!("{identifier}.caldav")))
        .part(string("PayloadUUID", &uuid("account", &name, user)))
        .raw("<key>PayloadVersion</key><integer>1</integer>\n")
        .part(string("PayloadDisplayName", "Calendars"))
        .part(string("CalDAVAccountDescription", &address.host))
        .part(string(
            "CalDAVHostName",
            address.host.trim_matches(['[', ']']),
        ))
        .raw("<key>CalDAVPort</key><integer>")
        .text(&address.port_number().to_string())
        .raw("</integer>\n<key>CalDAVUseSSL</key>")
        .raw(if address.secure {
            "<true/>\n"
        } else {
            "<false/>\n"
        })
        .part(user.map_or_else(Markup::default, |user| of_user(address, user)));
    Markup::default()
        .raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
        .raw("<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" ")
        .raw("\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n")
        .raw("<plist version=\"1.0\">\n<dict>\n<key>PayloadContent</key>\n<array>\n<dict>\n")
        .part(account)
        .raw("</dict>\n</array>\n")
        .part(string("PayloadType", "Configuration"))
        .part(string("PayloadIdentifier", &identifier))
        .part(string("PayloadUUID", &uuid("profile", &name, user)))
        .raw("<key>PayloadVersion</key><integer>1</integer>\n<key>PayloadRemovalDisallowed</key><false/>\n")
        .part(string("PayloadDisplayName", &format!("Calendars of {authority}")))
        .part(string(
            "PayloadDescription",
            "Adds a CalDAV account for Calendar and Reminders. The password is asked for.",
        ))
        .raw("</dict>\n</plist>\n")
        .into_string()
}

fn of_user(address: &Address, user: &str) -> Markup {
    let segment = utf8_percent_encode(user, SEGMENT);
    let principal = format!("{}/dav/principals/users/{segment}/", address.base_path);
    string("CalDAVUsername", user).part(string("CalDAVPrincipalURL", &principal))
}

fn string(key: &'static str, value: &str) -> Markup {
    Markup::default()
        .raw("<key>")
        .raw(key)
        .raw("</key><string>")
        .text(value)
        .raw("</string>\n")
}

fn identifier(name: &str, user: Option<&str>) -> String {
    uuid("identifier", name, user).to_ascii_lowercase()
}

/// A UUID of version 8 (RFC 9562 section 5.8), a hash of what it names.
fn uuid(what: &str, name: &str, user: Option<&str>) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("strata 2026-11 configuration profile");
    for part in [what, name, user.unwrap_or_default()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut bits = 0;
    for byte in &hasher.finalize().as_bytes()[..16] {
        bits = bits << 8 | u128::from(*byte);
    }
    let bits = bits & !(0xf << 76) & !(0b11 << 62) | 8 << 76 | 0b10 << 62;
    let hex = format!("{bits:032X}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address {
            secure: true,
            host: "cal.example.org".into(),
            port: None,
            base_path: "/cal".into(),
        }
    }

    #[test]
    fn a_profile_without_a_user_asks_for_one() {
        let profile = profile(&address(), None);
        assert!(profile.contains("<key>CalDAVHostName</key><string>cal.example.org</string>"));
        assert!(profile.contains("<key>CalDAVPort</key><integer>443</integer>"));
        assert!(profile.contains("<key>CalDAVUseSSL</key><true/>"));
        assert!(!profile.contains("CalDAVUsername") && !profile.contains("CalDAVPrincipalURL"));
        assert!(!profile.contains("Password</key>"));
    }

    #[test]
    fn a_user_is_named_and_escaped() {
        let profile = profile(&address(), Some("a/b&c@example.org"));
        assert!(
            profile.contains("<key>CalDAVUsername</key><string>a/b&amp;c@example.org</string>")
        );
        assert!(
            profile.contains("<string>/cal/dav/principals/users/a%2Fb&amp;c@example.org/</string>")
        );
    }

    #[test]
    fn the_same_account_has_the_same_identifiers() {
        let first = profile(&address(), Some("alice"));
        assert_eq!(first, profile(&address(), Some("alice")));
        assert_ne!(
            uuid("account", "host", Some("alice")),
            uuid("account", "host", Some("bob"))
        );
        let one = uuid("account", "host", None);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'8'));
        assert!(b"89AB".contains(&one.as_bytes()[19]), "{one}");
    }
}
