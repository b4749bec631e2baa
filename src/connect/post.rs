//! Letters to accounts, as values: who carries them stands in the socket room.

use lettre::Message;

/// Why a letter was not delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// The mail server cannot be reached, or does not take anything just now.
    #[error("{0}")]
    ForNow(String),
    /// The mail server does not take this one (RFC 5321 section 4.2.1).
    #[error("{0}")]
    ForGood(String),
    /// It has the text, but did not say what became of it.
    #[error("the mail server has not said whether it took it: {0}")]
    Unknown(String),
    /// Somebody else is giving it to the mail server.
    #[error("somebody else does it")]
    CalledOff,
    /// This server is stopping.
    #[error("this server is stopping")]
    Stopping,
}

/// Delivers letters.
pub trait Post: Send + Sync {
    /// Asks the mail server whether it takes the letter, and once it does, gives it the text, if `last` has nothing against
    /// it. After `last` it may have arrived, whatever goes wrong.
    fn deliver(&self, letter: &Message, last: &mut dyn FnMut() -> bool) -> Result<(), Undelivered>;
}
