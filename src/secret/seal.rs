//! Secrets of others at rest: sealed with a key that stands in a file beside the database, never in it (AES-256-GCM,
//! NIST SP 800-38D). What is sealed for one place cannot be opened in another.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use super::random;

/// The first octet of everything that is sealed: how it is sealed.
const FORMAT: u8 = 1;
const ID: usize = 4;
const KEY: usize = 32;
const HEAD: usize = 1 + ID + NONCE_LEN;
/// Keys in one file: the one in use and those of before.
const MOST_KEYS: usize = 16;
/// No key file is longer.
const LARGEST_FILE: u64 = 64 << 10;

#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error("{}: {why}", file.display())]
    File { file: PathBuf, why: String },
    #[error("{}: there is no key file, and what it sealed cannot be read without it", .0.display())]
    Missing(PathBuf),
    #[error("it was sealed with a key that does not stand in the key file")]
    UnknownKey,
    #[error("it was not sealed for this place, or it is damaged")]
    Damaged,
    #[error(transparent)]
    Random(#[from] super::Error),
}

/// Where a sealed secret stands: it opens there and nowhere else.
#[derive(Clone, Copy)]
pub struct Place<'p> {
    pub table: &'p str,
    pub column: &'p str,
    /// What tells the row from all others.
    pub row: &'p [u8],
}

impl Place<'_> {
    /// Each part with its length, so that no two places meet.
    fn associated(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for part in [self.table.as_bytes(), self.column.as_bytes(), self.row] {
            all.extend_from_slice(&(part.len() as u64).to_le_bytes());
            all.extend_from_slice(part);
        }
        all
    }
}

/// A secret as a database may hold it. Its bytes say the key and the nonce, and nothing of the secret but its length.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What a database gave back. Whether it can be opened is seen when it is opened.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

/// A secret in the open: there is no way to print it.
pub struct Opened(Vec<u8>);

impl Opened {
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// `None`: it is no text.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.fill(0);
        std::hint::black_box(&self.0);
    }
}

/// Seals and opens. The key file is read when it is first needed, and made when something is first sealed.
#[derive(Clone)]
pub struct Vault {
    file: PathBuf,
    keys: Arc<Mutex<Option<Arc<Keys>>>>,
}

/// The first seals; all open.
struct Keys(Vec<Key>);

struct Key {
    id: [u8; ID],
    cipher: LessSafeKey,
    /// For hashes by which equal secrets are found without being opened.
    index: [u8; KEY],
}

impl Vault {
    pub fn at(file: PathBuf) -> Self {
        Self {
            file,
            keys: Arc::default(),
        }
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    /// # Errors
    /// [`SealError::File`] when the key file cannot be read or made.
    pub fn seal(&self, secret: &[u8], place: Place) -> Result<Sealed, SealError> {
        let keys = self.keys(true)?;
        let key = keys.0.first().ok_or(SealError::UnknownKey)?;
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut body = secret.to_vec();
        key.cipher
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place.associated()),
                &mut body,
            )
            .map_err(|_| SealError::Damaged)?;
        Ok(Sealed([&[FORMAT][..], &key.id, &nonce, &body].concat()))
    }

    /// # Errors
    /// [`SealError::UnknownKey`], [`SealError::Missing`], [`SealError::Damaged`] also for another place than it was
    /// sealed for.
    pub fn open(&self, sealed: &Sealed, place: Place) -> Result<Opened, SealError> {
        let (head, body) = sealed.0.split_at_checked(HEAD).ok_or(SealError::Damaged)?;
        let [format, rest @ ..] = head else {
            return Err(SealError::Damaged);
        };
        let (id, nonce) = rest.split_at(ID);
        if *format != FORMAT {
            return Err(SealError::Damaged);
        }
        let keys = self.keys(false)?;
        let key = keys.0.iter().find(|key| key.id == *id);
        let key = key.ok_or(SealError::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Damaged)?;
        let mut opened = Opened(body.to_vec());
        let length = key
            .cipher
            .open_in_place(nonce, Aad::from(place.associated()), &mut opened.0)
            .map_err(|_| SealError::Damaged)?
            .len();
        opened.0.truncate(length);
        Ok(opened)
    }

    /// By what equal secrets are found: without the key file it tells nothing of them. It comes from the oldest key, so
    /// that a new one in front of it changes nothing.
    ///
    /// # Errors
    /// As [`Vault::seal`].
    pub fn digest(&self, purpose: &str, secret: &[u8]) -> Result<[u8; 32], SealError> {
        let keys = self.keys(true)?;
        let key = keys.0.last().ok_or(SealError::UnknownKey)?;
        let mut hasher = blake3::Hasher::new_keyed(&key.index);
        hasher.update(&(purpose.len() as u64).to_le_bytes());
        hasher.update(purpose.as_bytes());
        hasher.update(secret);
        Ok(*hasher.finalize().as_bytes())
    }

    /// Can what stands in the file be used? `false`: there is no file yet.
    ///
    /// # Errors
    /// [`SealError::File`].
    pub fn check(&self) -> Result<bool, SealError> {
        match self.keys(false) {
            Ok(_) => Ok(true),
            Err(SealError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn keys(&self, make: bool) -> Result<Arc<Keys>, SealError> {
        let mut held = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = &*held {
            return Ok(Arc::clone(keys));
        }
        let keys = Arc::new(self.read(make)?);
        *held = Some(Arc::clone(&keys));
        Ok(keys)
    }

    fn read(&self, make: bool) -> Result<Keys, SealError> {
        let told = |error: io::Error| SealError::File {
            file: self.file.clone(),
            why: error.to_string(),
        };
        let text = match read_bounded(&self.file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && make => {
                self.make().map_err(told)?;
                read_bounded(&self.file).map_err(told)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SealError::Missing(self.file.clone()));
            }
            read => read.map_err(told)?,
        };
        Keys::parse(&text).ok_or_else(|| SealError::File {
            file: self.file.clone(),
            why: "it holds no keys: one a line, each 32 octets in base64".to_owned(),
        })
    }

    /// A file with one new key, for this account of the machine alone. Another process may be faster: then its key counts.
    fn make(&self) -> io::Result<()> {
        let folder = self.file.parent().filter(|it| !it.as_os_str().is_empty());
        let key: [u8; KEY] = random().map_err(io::Error::other)?;
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        writeln!(file, "{}", STANDARD.encode(key))?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&self.file) {
            Ok(_) => File::open(folder.unwrap_or(Path::new(".")))?.sync_all(),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error.error),
        }
    }
}

fn read_bounded(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    io::Read::read_to_string(
        &mut io::Read::take(File::open(file)?, LARGEST_FILE),
        &mut text,
    )?;
    Ok(text)
}

impl Keys {
    /// One key a line; blank lines and those that begin with `#` say nothing.
    fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim);
        let keys = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let bytes: [u8; KEY] = STANDARD.decode(line).ok()?.try_into().ok()?;
                Key::new(&bytes)
            })
            .collect::<Option<Vec<_>>>()?;
        (1..=MOST_KEYS).contains(&keys.len()).then_some(Self(keys))
    }
}

impl Key {
    fn new(bytes: &[u8; KEY]) -> Option<Self> {
        let [a, b, c, d, ..] = blake3::derive_key("strata 2026-11 key id", bytes);
        Some(Self {
            id: [a, b, c, d],
            cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes).ok()?),
            index: blake3::derive_key("strata 2026-11 index of secrets", bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn vault(folder: &tempfile::TempDir) -> Vault {
        Vault::at(folder.path().join("secret.key"))
    }

    fn place(row: &[u8]) -> Place<'_> {
        Place {
            table: "sources",
            column: "url",
            row,
        }
    }

    // D-29
    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = vault(&folder).seal(b"hunter2", place(b"1")).unwrap();
        assert!(!sealed.bytes().windows(7).any(|part| part == b"hunter2"));
        let again = vault(&folder);
        assert_eq!(
            again.open(&sealed, place(b"1")).unwrap().expose(),
            b"hunter2"
        );
        let elsewhere = [
            place(b"2"),
            Place {
                table: "sourcesu",
                column: "rl",
                row: b"1",
            },
        ];
        for other in elsewhere {
            assert!(matches!(
                again.open(&sealed, other),
                Err(SealError::Damaged)
            ));
        }
    }

    #[test]
    fn every_changed_octet_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(&folder);
        let sealed = vault.seal(b"secret", place(b"1")).unwrap();
        for at in 0..sealed.bytes().len() {
            let mut bytes = sealed.bytes().to_vec();
            bytes[at] ^= 1;
            assert!(
                vault
                    .open(&Sealed::from_bytes(&bytes), place(b"1"))
                    .is_err()
            );
        }
        for length in 0..sealed.bytes().len() {
            let cut = Sealed::from_bytes(&sealed.bytes()[..length]);
            assert!(vault.open(&cut, place(b"1")).is_err(), "{length}");
        }
    }

    #[test]
    fn equal_secrets_look_different_and_have_one_digest() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(&folder);
        let (one, other) = (vault.seal(b"x", place(b"1")), vault.seal(b"x", place(b"1")));
        assert!(one.unwrap() != other.unwrap());
        let digest = |purpose: &str, secret: &[u8]| vault.digest(purpose, secret).unwrap();
        assert_eq!(digest("a", b"x"), digest("a", b"x"));
        assert_ne!(digest("a", b"x"), digest("b", b"x"));
        assert_ne!(digest("a", b"x"), digest("a", b"y"));
    }

    #[test]
    fn the_key_file_is_for_its_owner_alone_and_is_never_made_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        assert!(!vault(&folder).check().unwrap());
        let sealed = Sealed::from_bytes(&[1; 60]);
        let opened = vault(&folder).open(&sealed, place(b"1"));
        assert!(matches!(opened, Err(SealError::Missing(_))) && !file.exists());
        vault(&folder).seal(b"x", place(b"1")).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(vault(&folder).check().unwrap());
    }

    #[test]
    fn a_new_key_in_front_seals_and_the_old_one_still_opens() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        let old = vault(&folder);
        let sealed = old.seal(b"x", place(b"1")).unwrap();
        let digest = old.digest("a", b"x").unwrap();
        let before = std::fs::read_to_string(&file).unwrap();
        let new = format!("# two keys\n{}\n\n{before}", STANDARD.encode([7; 32]));
        std::fs::write(&file, new).unwrap();
        let both = vault(&folder);
        assert_eq!(both.open(&sealed, place(b"1")).unwrap().text(), Some("x"));
        assert_eq!(both.digest("a", b"x").unwrap(), digest);
        let fresh = both.seal(b"y", place(b"1")).unwrap();
        assert!(matches!(
            old.open(&fresh, place(b"1")),
            Err(SealError::UnknownKey)
        ));
    }

    #[test]
    fn a_file_that_is_no_key_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        for text in ["", "# nothing\n", "abc\n", "QUJD\n"] {
            std::fs::write(&file, text).unwrap();
            let Err(error) = vault(&folder).seal(b"x", place(b"1")) else {
                panic!("{text:?}")
            };
            assert!(error.to_string().contains("secret.key: it holds no keys"));
        }
    }
}
