//! Sources, fetched: one request for all who subscribe.

use super::{Kind, Outcome, jitter};
use crate::calendar::{self, Calendars, Fetch, FetchPlan, Source};
use crate::connect::{Failure, Incoming, Net, Outgoing, Sources, ics};
use crate::http::{HeaderMap, HeaderValue, StatusCode, header};
use crate::model::{Instant, SourceId};
use crate::store::feeds::WORK;
use crate::store::jobs::Job;

/// Seconds until it is looked again whether a source whose subscribers all rest is wanted again.
const REST: Instant = 3_600;
/// While the server stops nothing more is asked for; whoever starts next goes on.
const STOPPED: Instant = 5;

/// Fetches sources.
pub struct Feeds {
    pub calendars: Calendars,
    pub sources: Sources,
    pub net: Box<dyn Net>,
}

/// How a fetch failed: what its subscribers read, and when it may be tried again.
struct Trouble {
    why: String,
    not_before: Option<Instant>,
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self {
            why,
            not_before: None,
        }
    }
}

/// What came of it.
enum Fetched {
    Unchanged,
    Answer(Incoming),
    Stopped,
}

impl Kind for Feeds {
    fn name(&self) -> &'static str {
        WORK
    }

    fn run(&self, job: &Job, now: Instant) -> Outcome {
        let source = SourceId(job.subject);
        let plan = match self.calendars.plan_fetch(source) {
            Ok(FetchPlan::Forget) => return Outcome::Done,
            Ok(FetchPlan::Rest) => return Outcome::Later(now + REST),
            Ok(FetchPlan::Fetch(plan)) => plan,
            Err(error) => return broken(&error),
        };
        let shown = plan.source.shown.clone();
        let outcome = self.fetch(&plan, now).and_then(|fetched| match fetched {
            Fetched::Stopped => Ok(None),
            Fetched::Unchanged => {
                let done = self.calendars.fetch_unchanged(source, now);
                done.map(Some).map_err(|error| ours(&error))
            }
            Fetched::Answer(answer) => self.take_in(&plan.source, &answer, now).map(Some),
        });
        match outcome {
            Ok(None) => Outcome::Later(now + STOPPED),
            Ok(Some(pause)) => Outcome::Again(now + pause + jitter(pause / 10)),
            Err(trouble) => {
                tracing::info!(feed = shown, failures = job.failures + 1, "{}", trouble.why);
                if let Err(error) = self.calendars.fetch_failed(source, &trouble.why, now) {
                    return broken(&error);
                }
                let not_before = trouble.not_before.map(|seconds| now + seconds);
                Outcome::Failed { not_before }
            }
        }
    }

    fn spread(&self) -> Instant {
        300
    }

    fn patience(&self) -> (Instant, Instant) {
        (900, 86_400)
    }
}

impl Feeds {
    fn fetch(&self, plan: &Fetch, now: Instant) -> Result<Fetched, Trouble> {
        let to = self.sources.opened(&plan.source).map_err(|error| {
            tracing::error!(feed = plan.source.shown, "{error}");
            Trouble::from(
                "this server cannot read the address; its operator must see to it".to_owned(),
            )
        })?;
        let at_most = self.calendars.limits().feeds.max_bytes;
        let mut request = Outgoing::get(to, at_most);
        request.headers = headers(plan);
        let answer = match self.net.send(&request) {
            Ok(answer) => answer,
            Err(Failure::Stopping) => return Ok(Fetched::Stopped),
            Err(failure) => return Err(failure.to_string().into()),
        };
        match answer.status {
            StatusCode::OK => Ok(Fetched::Answer(answer)),
            StatusCode::NOT_MODIFIED if plan.is_conditional => Ok(Fetched::Unchanged),
            status => {
                let reason = status.canonical_reason().unwrap_or("no meaning of its own");
                Err(Trouble {
                    why: format!("the other server answers {} ({reason})", status.as_u16()),
                    not_before: ics::retry_after(&answer.headers, now),
                })
            }
        }
    }

    fn take_in(
        &self,
        source: &Source,
        answer: &Incoming,
        now: Instant,
    ) -> Result<Instant, Trouble> {
        let most = self.calendars.limits().feeds.max_events;
        let reading = ics::read(&answer.body, most).map_err(|why| why.to_string())?;
        let text = |name| {
            let value = answer.headers.get(name)?.to_str().ok()?;
            (value.len() <= MOST_VALIDATOR).then(|| value.to_owned())
        };
        let source = Source {
            etag: text(header::ETAG),
            modified: text(header::LAST_MODIFIED),
            hash: Some(blake3::hash(&answer.body).as_bytes().to_vec()),
            pause: reading.pause,
            ..source.clone()
        };
        let taken = self.calendars.take_in(&source, &reading, now);
        taken.map_err(|error| ours(&error))
    }
}

/// Octets of a validator that are worth keeping.
const MOST_VALIDATOR: usize = 500;

fn headers(plan: &Fetch) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let accept =
        HeaderValue::from_static("text/calendar, application/octet-stream;q=0.5, */*;q=0.1");
    headers.insert(header::ACCEPT, accept);
    let known = [
        (header::IF_NONE_MATCH, &plan.source.etag),
        (header::IF_MODIFIED_SINCE, &plan.source.modified),
    ];
    for (name, value) in known.into_iter().filter(|_| plan.is_conditional) {
        let value = value
            .as_deref()
            .and_then(|it| HeaderValue::from_str(it).ok());
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    headers
}

/// Our own trouble is not told in our own words.
fn ours(error: &calendar::Error) -> Trouble {
    tracing::error!(%error, "a feed was fetched and not taken in");
    Trouble::from("this server could not take it in just now".to_owned())
}

fn broken(error: &calendar::Error) -> Outcome {
    tracing::error!(%error, "a feed could not be seen to");
    Outcome::Failed { not_before: None }
}
