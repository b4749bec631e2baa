//! Basic credentials as clients really send them (RFC 7617).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

/// Longer user names and passwords than this are nobody's.
const LONGEST: usize = 1024;

/// Padding left out is forgiven; what does not decode is not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A user name and a password; `Debug` never shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// As the client wrote it.
    pub user: String,
    pub password: Vec<u8>,
}

impl Credentials {
    /// Reads the value of an `Authorization` header. The first colon ends the user name (RFC 7617 section 2), the text is
    /// UTF-8 (section 2.1); a client that still sends ISO 8859-1 is read as such.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let header = std::str::from_utf8(header).ok()?.trim();
        let (scheme, token) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return None;
        }
        let pair = BASE64.decode(token.trim()).ok()?;
        let colon = memchr::memchr(b':', &pair)?;
        let (user, password) = (pair.get(..colon)?, pair.get(colon + 1..)?);
        if user.is_empty() || user.len() > LONGEST || password.len() > LONGEST {
            return None;
        }
        Some(match std::str::from_utf8(&pair) {
            Ok(_) => Self {
                user: String::from_utf8_lossy(user).into_owned(),
                password: password.to_vec(),
            },
            Err(_) => Self {
                user: latin1(user),
                password: latin1(password).into_bytes(),
            },
        })
    }

    /// The user name with percent-encoding removed, as iOS needs it (`user%40example.com`).
    pub fn decoded_user(&self) -> String {
        percent_decode_str(&self.user)
            .decode_utf8()
            .map_or_else(|_| self.user.clone(), |decoded| decoded.into_owned())
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Credentials(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    fn read(pair: &[u8]) -> Option<(String, Vec<u8>)> {
        let header = format!("Basic {}", STANDARD.encode(pair));
        Credentials::parse(header.as_bytes()).map(|read| (read.user, read.password))
    }

    #[test]
    fn the_examples_of_rfc_7617() {
        let aladdin = Credentials::parse(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
        assert_eq!(aladdin.user, "Aladdin");
        assert_eq!(aladdin.password, b"open sesame");
        let test = Credentials::parse(b"basic dGVzdDoxMjPCow==").unwrap();
        assert_eq!((test.user.as_str(), test.password), ("test", "123£".into()));
    }

    #[test]
    fn the_first_colon_ends_the_user_name() {
        assert_eq!(read(b"a:b:c:"), Some(("a".into(), b"b:c:".to_vec())));
        assert_eq!(read(b"a:"), Some(("a".into(), Vec::new())));
    }

    #[test]
    fn latin_1_is_read_where_utf_8_fails() {
        assert_eq!(
            read(b"m\xfcller:stra\xdfe"),
            Some(("müller".into(), "straße".into()))
        );
    }

    #[test]
    fn percent_encoding_is_offered_beside_the_name_as_written() {
        let read = Credentials {
            user: "alice%40example.org".into(),
            password: Vec::new(),
        };
        assert_eq!(read.decoded_user(), "alice@example.org");
        let odd = Credentials {
            user: "100%ff".into(),
            password: Vec::new(),
        };
        assert_eq!(odd.decoded_user(), "100%ff");
    }

    #[test]
    fn what_is_no_basic_credential_is_none() {
        for header in [
            &b""[..],
            b"Basic",
            b"Basic ",
            b"Basic !!!",
            b"Basic YWxpY2U=",
            b"Basic OnB3",
            b"Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            b"Digest username=\"a\"",
            b"\xff\xfe",
        ] {
            assert!(Credentials::parse(header).is_none(), "{header:?}");
        }
        assert!(read(&[b'a'; 5000]).is_none());
        assert!(read(&[&b"a:"[..], &[b'b'; 5000]].concat()).is_none());
    }
}
