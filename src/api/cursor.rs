//! Paging: where the next page begins, sealed so that it fits its own list alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::problem::{CURSOR, Problem};

/// Members of a page when nothing else is asked.
pub const USUAL: u32 = 100;
/// And at most.
pub const MOST: u32 = 1_000;

/// Bytes of a seal: it keeps out what belongs elsewhere and carries no right.
const SEAL: usize = 16;

/// The page that is asked for: what every list takes that comes in pages, beside its filters.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Members of the page
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// Where the page begins: `nextCursor` of the one before
    #[param(min_length = 1)]
    pub cursor: Option<String>,
}

impl PageQuery {
    pub const NAMES: [&str; 2] = ["limit", "cursor"];
}

/// Of a list that is always told whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

/// What a page was asked with: how long it is, and after which key it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging<K> {
    pub limit: usize,
    pub after: Option<K>,
}

/// Seals the key of a page's last member. `list` names the list: its path, its viewer and its filters.
pub fn seal<K: Serialize>(secret: &[u8; 32], list: &[u8; 32], key: &K) -> Option<String> {
    let key = serde_json::to_vec(key).ok()?;
    let mut sealed = tag(secret, list, &key).to_vec();
    sealed.extend_from_slice(&key);
    Some(URL_SAFE_NO_PAD.encode(sealed))
}

/// The reverse of [`seal`].
///
/// # Errors
/// The cursor is damaged, or of another list.
pub fn open<K: DeserializeOwned>(
    secret: &[u8; 32],
    list: &[u8; 32],
    cursor: &str,
) -> Result<K, Problem> {
    let wrong = || Problem::new(&CURSOR);
    let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let (seal, key) = sealed.split_at_checked(SEAL).ok_or_else(wrong)?;
    if seal != tag(secret, list, key) {
        return Err(wrong());
    }
    serde_json::from_slice(key).map_err(|_| wrong())
}

fn tag(secret: &[u8; 32], list: &[u8; 32], key: &[u8]) -> [u8; SEAL] {
    let mut hasher = blake3::Hasher::new_keyed(secret);
    hasher.update(list).update(key);
    let mut tag = [0; SEAL];
    hasher.finalize_xof().fill(&mut tag);
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_opens_its_own_list_alone() {
        let (secret, list) = ([1; 32], [2; 32]);
        let cursor = seal(&secret, &list, &(5, "name")).unwrap();
        let opened: (i64, String) = open(&secret, &list, &cursor).unwrap();
        assert_eq!(opened, (5, "name".to_owned()));
        assert!(open::<(i64, String)>(&secret, &[3; 32], &cursor).is_err());
        assert!(open::<(i64, String)>(&[3; 32], &list, &cursor).is_err());
        assert!(open::<i64>(&secret, &list, &cursor).is_err());
        for broken in ["", "x", "====", &cursor[1..], &format!("{cursor}A")] {
            assert!(
                open::<(i64, String)>(&secret, &list, broken).is_err(),
                "{broken}"
            );
        }
    }
}
