//! What accounts are told, told to the operator's own program as well: signed, tried again, and noted once it has it. It
//! carries no words; who acts for the account reads them with the account's own rights.

use ring::hmac;
use serde::Serialize;

use super::{Kind, Outcome};
use crate::calendar::{Calendars, ToCall};
use crate::connect::{Address, Failure, Net, Outgoing};
use crate::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use crate::model::{Instant, NoteId};
use crate::store::jobs::Job;
use crate::store::outbox::CALL;

/// Octets of an answer, which nobody reads.
const MOST_ANSWER: u64 = 64 << 10;
/// What nobody has taken for so long is not news any more.
const STALE: Instant = 86_400;
/// While the server stops nothing more is sent; whoever starts next goes on.
const STOPPED: Instant = 5;

const SIGNATURE: &str = "strata-signature";

/// Calls the webhook.
pub struct Hook {
    pub calendars: Calendars,
    /// `None`: there is no webhook, and what waits for one is forgotten.
    pub to: Option<Target>,
    pub net: Box<dyn Net>,
}

/// Whom to call, and the secret that signs.
pub struct Target {
    pub address: Address,
    pub key: hmac::Key,
}

impl Target {
    pub fn new(address: Address, secret: &str) -> Self {
        Self {
            address,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
        }
    }
}

impl Kind for Hook {
    fn name(&self) -> &'static str {
        CALL
    }

    fn run(&self, job: &Job, now: Instant) -> Outcome {
        let id = NoteId(job.subject);
        let note = match self.calendars.to_call(id) {
            Ok(note) => note,
            Err(error) => {
                tracing::error!(%error, "a notification could not be read");
                return Outcome::Failed { not_before: None };
            }
        };
        let (Some(target), Some(note)) = (&self.to, note) else {
            return Outcome::Done;
        };
        if note.at < now.saturating_sub(STALE) {
            tracing::warn!(
                failures = job.failures,
                "the webhook did not take a notification for a day: given up"
            );
            return Outcome::Done;
        }
        match self.call(target, &note, now) {
            Ok(()) => match self.calendars.called(id, now) {
                Ok(()) => Outcome::Done,
                Err(error) => {
                    tracing::error!(%error, "it could not be noted that the webhook was called");
                    Outcome::Failed { not_before: None }
                }
            },
            Err(None) => Outcome::Later(now + STOPPED),
            Err(Some(why)) => {
                tracing::info!(failures = job.failures + 1, "webhook: {why}");
                Outcome::Failed { not_before: None }
            }
        }
    }

    fn patience(&self) -> (Instant, Instant) {
        (10, 3_600)
    }
}

/// What the webhook reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Call<'a> {
    id: &'a str,
    kind: &'static str,
    user_id: &'a str,
    created_at: String,
}

impl Hook {
    /// `Err(None)`: the server is stopping.
    fn call(&self, target: &Target, note: &ToCall, now: Instant) -> Result<(), Option<String>> {
        let call = Call {
            id: &note.name,
            kind: note.kind.word(),
            user_id: &note.user,
            created_at: jiff::Timestamp::from_second(note.at)
                .map_or_else(|_| String::new(), |at| at.to_string()),
        };
        let body = serde_json::to_vec(&call).map_err(|error| Some(error.to_string()))?;
        let signature = signature(&target.key, now, &body);
        let mut headers = HeaderMap::new();
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, json);
        let value = HeaderValue::from_str(&signature).map_err(|error| Some(error.to_string()))?;
        headers.insert(HeaderName::from_static(SIGNATURE), value);
        let request = Outgoing {
            method: Method::POST,
            to: target.address.clone(),
            headers,
            body: body.into(),
            follows: false,
            at_most: MOST_ANSWER,
        };
        match self.net.send(&request) {
            Ok(answer) if answer.status.is_success() => Ok(()),
            Ok(answer) => Err(Some(format!("it answers {}", answer.status.as_u16()))),
            Err(Failure::Stopping) => Err(None),
            Err(failure) => Err(Some(failure.to_string())),
        }
    }
}

/// The time, and over it, a point and the body the HMAC-SHA256 in hexadecimal: nobody else can have sent it, nor send it again
/// much later.
fn signature(key: &hmac::Key, now: Instant, body: &[u8]) -> String {
    let mut signed = format!("{now}.").into_bytes();
    signed.extend_from_slice(body);
    let tag = hmac::sign(key, &signed);
    let hex: String = tag
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={now},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf '1795428000.{}' | openssl dgst -sha256 -hmac secret` prints.
    #[test]
    fn a_signature_is_an_hmac_of_the_time_and_the_body() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        assert_eq!(
            signature(&key, 1_795_428_000, b"{}"),
            "t=1795428000,v1=cb9369cb180cf16174070fc614e512e6df53f9e9483f2640c30901d2cbf585cc"
        );
    }
}
