//! Keys: argon2id hashes of passwords (RFC 9106), random secrets, keyed hashes, comparison in constant time.
//!
//! Knows nothing of accounts. Nothing here is ever printed or logged except where a caller shows a new secret once.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

mod seal;

pub use seal::{Opened, Place, SealError, Sealed, Vault};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    #[error("argon2 cannot work with these parameters: {0}")]
    Cost(String),
    #[error("the stored password hash cannot be read: {0}")]
    Stored(&'static str),
}

pub type Result<T> = std::result::Result<T, Error>;

/// What a password hash costs. The default is what OWASP recommends for argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            lanes: 1,
        }
    }
}

impl Cost {
    /// No stored hash may cost more than this, whoever wrote it.
    pub const MOST: Self = Self {
        memory_kib: 262_144,
        passes: 16,
        lanes: 8,
    };

    fn params(self) -> Result<Params> {
        let most = Self::MOST;
        if self.memory_kib > most.memory_kib || self.passes > most.passes || self.lanes > most.lanes
        {
            return Err(Error::Cost(format!(
                "at most m={},t={},p={}",
                most.memory_kib, most.passes, most.lanes
            )));
        }
        Params::new(self.memory_kib, self.passes, self.lanes, Some(OUTPUT))
            .map_err(|error| Error::Cost(error.to_string()))
    }

    /// Can passwords be hashed at this cost?
    pub fn check(self) -> Result<()> {
        self.params().map(|_| ())
    }
}

const OUTPUT: usize = 32;
const SALT: usize = 16;

/// Blocks of 1 KiB. The C library keeps freed memory of up to 32 MiB for itself, 19 MiB a hashing thread for good; above that
/// it gives the pages back. Those that are never touched cost nothing.
const GIVEN_BACK: usize = 33 << 10;

/// Hashes passwords one after the other in memory that is allocated once: fresh pages cost more than argon2 itself.
pub struct Hasher {
    cost: Cost,
    memory: Vec<Block>,
}

impl Hasher {
    pub fn new(cost: Cost) -> Self {
        Self {
            cost,
            memory: Vec::new(),
        }
    }

    /// Gives the memory back until the next hash.
    pub fn rest(&mut self) {
        self.memory = Vec::new();
    }

    /// A PHC string with a fresh salt.
    pub fn hash(&mut self, password: &[u8]) -> Result<String> {
        let phc = Phc {
            cost: self.cost,
            salt: random::<SALT>()?.to_vec(),
            output: Vec::new(),
        };
        let output = self.output(password, &phc.salt, phc.cost)?;
        Ok(Phc {
            output: output.to_vec(),
            ..phc
        }
        .to_string())
    }

    /// Is this the password of a stored PHC string?
    pub fn verify(&mut self, password: &[u8], stored: &str) -> Result<bool> {
        let phc = Phc::parse(stored)?;
        let output = self.output(password, &phc.salt, phc.cost)?;
        Ok(equal(&output, &phc.output))
    }

    /// Was the stored hash made with less memory or fewer passes than are asked for now?
    pub fn is_weaker(&self, stored: &str) -> bool {
        Phc::parse(stored).is_ok_and(|phc| {
            phc.cost.memory_kib < self.cost.memory_kib || phc.cost.passes < self.cost.passes
        })
    }

    /// The work of [`Hasher::verify`] for an account that does not exist: the same time, and never true.
    pub fn verify_nobody(&mut self, password: &[u8]) -> Result<bool> {
        let output = self.output(password, &[0; SALT], self.cost)?;
        Ok(equal(&output, &[0; OUTPUT]) && equal(password, &output))
    }

    fn output(&mut self, password: &[u8], salt: &[u8], cost: Cost) -> Result<[u8; OUTPUT]> {
        let params = cost.params()?;
        let blocks = params.block_count();
        if self.memory.len() < blocks {
            self.memory = Vec::with_capacity(blocks.max(GIVEN_BACK));
            self.memory.resize(blocks, Block::default());
        }
        let memory = self.memory.get_mut(..blocks).unwrap_or_default();
        let mut output = [0; OUTPUT];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password, salt, &mut output, memory)
            .map_err(|error| Error::Cost(error.to_string()))?;
        Ok(output)
    }
}

/// `$argon2id$v=19$m=…,t=…,p=…$salt$output`, the only form that this server writes and reads.
struct Phc {
    cost: Cost,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl Phc {
    fn parse(text: &str) -> Result<Self> {
        let fields: Vec<&str> = text.splitn(7, '$').collect();
        let ["", "argon2id", "v=19", cost, salt, output] = fields[..] else {
            return Err(Error::Stored("not an argon2id PHC string"));
        };
        let phc = Self {
            cost: Self::cost(cost).ok_or(Error::Stored("unreadable parameters"))?,
            salt: decode(salt)?,
            output: decode(output)?,
        };
        if !(8..=64).contains(&phc.salt.len()) || phc.output.len() != OUTPUT {
            return Err(Error::Stored("salt or output of an unusual length"));
        }
        phc.cost.check()?;
        Ok(phc)
    }

    fn cost(text: &str) -> Option<Cost> {
        let (memory, rest) = text.strip_prefix("m=")?.split_once(",t=")?;
        let (passes, lanes) = rest.split_once(",p=")?;
        Some(Cost {
            memory_kib: memory.parse().ok()?,
            passes: passes.parse().ok()?,
            lanes: lanes.parse().ok()?,
        })
    }
}

fn decode(text: &str) -> Result<Vec<u8>> {
    STANDARD_NO_PAD
        .decode(text)
        .map_err(|_| Error::Stored("not base64"))
}

impl std::fmt::Display for Phc {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cost {
            memory_kib,
            passes,
            lanes,
        } = self.cost;
        write!(
            out,
            "$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${}${}",
            STANDARD_NO_PAD.encode(&self.salt),
            STANDARD_NO_PAD.encode(&self.output)
        )
    }
}

/// Bytes from the system's generator.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}

/// Thirty-two letters and digits that are not mistaken for each other: five bits each.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// A first password that a person can copy by hand: 100 random bits.
pub fn new_password() -> Result<String> {
    readable::<20>(5)
}

/// The secret of one device: 140 random bits, `abcd-efgh-…`.
pub fn new_app_password() -> Result<String> {
    readable::<28>(4)
}

fn readable<const LETTERS: usize>(group: usize) -> Result<String> {
    let mut text = String::with_capacity(LETTERS + LETTERS / group);
    for (at, byte) in random::<LETTERS>()?.into_iter().enumerate() {
        if at > 0 && at % group == 0 {
            text.push('-');
        }
        text.push(char::from(READABLE[usize::from(byte % 32)]));
    }
    Ok(text)
}

/// A secret for programs to keep: 256 random bits.
pub fn new_token() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// What the store keeps of the token in a feed's address.
pub fn feed_token_hash(token: &str) -> [u8; 32] {
    blake3::derive_key("strata 2026-11 feed token", token.as_bytes())
}

/// What the store keeps of an app password. It holds more than 128 random bits, so a fast hash is enough; the spaces,
/// dashes and capitals that a person or a keyboard adds do not count.
pub fn app_password_hash(secret: &[u8]) -> [u8; 32] {
    let letters: Vec<u8> = secret
        .iter()
        .filter(|byte| !matches!(byte, b'-' | b' '))
        .map(u8::to_ascii_lowercase)
        .collect();
    blake3::derive_key("strata 2026-11 app password", &letters)
}

/// How every API token begins, so that a scanner of leaked secrets knows one.
const API_TOKEN: &str = "strata_";

/// A token for a program: 256 random bits.
pub fn new_api_token() -> Result<String> {
    Ok(format!("{API_TOKEN}{}", new_token()?))
}

/// What the store keeps of an API token; `None` for what none can be.
pub fn api_token_hash(token: &[u8]) -> Option<[u8; 32]> {
    let bits = token.strip_prefix(API_TOKEN.as_bytes())?;
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let formed = bits.len() == 43 && bits.iter().all(letter);
    formed.then(|| blake3::derive_key("strata 2026-11 api token", token))
}

/// A random key for keyed hashes that never leave the process.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    pub fn new() -> Result<Self> {
        random().map(Self)
    }

    /// A hash over parts, each with its length, so that no two lists of parts meet.
    pub fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }
}

/// Compares in a time that does not depend on where the difference lies.
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
        lanes: 1,
    };

    #[test]
    fn a_hash_verifies_its_password_and_no_other() {
        let mut hasher = Hasher::new(CHEAP);
        let stored = hasher.hash("Grüße: 🗓".as_bytes()).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert!(hasher.verify("Grüße: 🗓".as_bytes(), &stored).unwrap());
        assert!(!hasher.verify(b"Gruesse", &stored).unwrap());
        assert_ne!(stored, hasher.hash("Grüße: 🗓".as_bytes()).unwrap());
    }

    #[test]
    fn a_hash_of_other_parameters_verifies_with_its_own() {
        let stored = Hasher::new(Cost {
            memory_kib: 128,
            passes: 2,
            lanes: 1,
        })
        .hash(b"secret")
        .unwrap();
        let mut hasher = Hasher::new(CHEAP);
        hasher.hash(b"something else first").unwrap();
        assert!(hasher.verify(b"secret", &stored).unwrap());
        hasher.rest();
        assert!(hasher.verify(b"secret", &stored).unwrap());
        assert!(!hasher.is_weaker(&stored) && !hasher.is_weaker("plain"));
        let cheap = hasher.hash(b"secret").unwrap();
        let today = Hasher::new(Cost { passes: 2, ..CHEAP });
        assert!(today.is_weaker(&cheap) && !today.is_weaker(&stored));
    }

    #[test]
    fn the_vector_of_the_reference_implementation() {
        let stored =
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        assert!(Hasher::new(CHEAP).verify(b"password", stored).unwrap());
    }

    #[test]
    fn absurd_or_foreign_hashes_are_refused_before_any_work() {
        let salt = "c29tZXNhbHRzb21lc2FsdA";
        let output = "A".repeat(43);
        for stored in [
            format!("$argon2id$v=19$m=4294967295,t=1,p=1${salt}${output}"),
            format!("$argon2id$v=19$m=64,t=4294967295,p=1${salt}${output}"),
            format!("$argon2id$v=19$m=1,t=1,p=1${salt}${output}"),
            format!("$argon2i$v=19$m=64,t=1,p=1${salt}${output}"),
            format!("$argon2id$v=16$m=64,t=1,p=1${salt}${output}"),
            format!("$argon2id$v=19$m=64,t=1,p=1$AAAA${output}"),
            format!("$argon2id$v=19$m=64,t=1,p=1${salt}$AAAA"),
            format!("$argon2id$v=19$m=64,t=1,p=1${salt}${output}$more"),
            "plain".into(),
            String::new(),
        ] {
            assert!(
                Hasher::new(CHEAP).verify(b"secret", &stored).is_err(),
                "{stored}"
            );
        }
    }

    #[test]
    fn nobody_has_a_password() {
        let mut hasher = Hasher::new(CHEAP);
        assert!(!hasher.verify_nobody(b"").unwrap());
        assert!(!hasher.verify_nobody(&[0; OUTPUT]).unwrap());
    }

    #[test]
    fn app_passwords_survive_hand_copying() {
        let secret = new_app_password().unwrap();
        assert_eq!(secret.len(), 34);
        let typed = secret.replace('-', " ").to_uppercase();
        assert_eq!(
            app_password_hash(secret.as_bytes()),
            app_password_hash(typed.as_bytes())
        );
        assert_ne!(secret, new_app_password().unwrap());
        assert_eq!(new_password().unwrap().len(), 23);
    }

    #[test]
    fn an_api_token_is_written_as_it_is() {
        let token = new_api_token().unwrap();
        assert_eq!(token.len(), 50);
        assert!(api_token_hash(token.as_bytes()).is_some());
        assert_eq!(api_token_hash(token.to_uppercase().as_bytes()), None);
        assert_eq!(api_token_hash(b"strata_"), None);
        assert_eq!(api_token_hash(format!("{token}=").as_bytes()), None);
        assert_ne!(token, new_api_token().unwrap());
    }

    #[test]
    fn parts_of_a_digest_do_not_run_into_each_other() {
        let key = Key::new().unwrap();
        assert_ne!(key.digest(&[b"ab", b"c"]), key.digest(&[b"a", b"bc"]));
        assert_eq!(key.digest(&[b"ab", b"c"]), key.digest(&[b"ab", b"c"]));
        assert_ne!(key.digest(&[b"ab"]), Key::new().unwrap().digest(&[b"ab"]));
    }
}
