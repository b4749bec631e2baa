//! The log: one line an event on standard error, as text or JSON, written by a thread of its own so that no request waits
//! for a terminal or a disk.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{self, LogFormat};
use crate::http::{HeaderMap, header};

/// Lines may wait this long, and this many bytes of them; past that a request waits for the writer.
const WAIT: Duration = Duration::from_millis(50);
const WAITING: usize = 1 << 20;

/// Sends events to standard error from here on. Writes what is left when it is dropped.
pub struct Log {
    queue: Arc<Queue>,
    writer: Option<std::thread::JoinHandle<()>>,
}

/// Installs the log for the whole process.
pub fn start(settings: &config::Log) -> Result<Log, config::Error> {
    let filter: EnvFilter = settings.level.parse().map_err(|_| config::Error::Invalid {
        key: "log.level",
        why: format!("\"{}\" is neither a level nor a filter", settings.level),
    })?;
    let queue = Arc::new(Queue::default());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(false)
        .with_writer(Lines(Arc::clone(&queue)));
    let installed = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    installed.map_err(|error| invalid(&error.to_string()))?;
    let lines = Arc::clone(&queue);
    let writer = std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || lines.write_out(&mut io::stderr()))
        .map_err(|error| invalid(&error.to_string()))?;
    log_panics();
    Ok(Log {
        queue,
        writer: Some(writer),
    })
}

fn invalid(why: &str) -> config::Error {
    config::Error::Invalid {
        key: "log",
        why: why.to_owned(),
    }
}

/// A panic is logged by its place alone: its message may quote what a client sent.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        tracing::error!(thread, place, "panic");
    }));
}

impl Drop for Log {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.filled.notify_all();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    /// Something waits, or the log is closed.
    filled: Condvar,
    emptied: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<u8>,
    closed: bool,
    /// The writer sleeps until it is woken.
    asleep: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        while state.lines.len() > WAITING && !state.closed {
            state = self
                .emptied
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            let _ = io::stderr().write_all(line);
            return;
        }
        state.lines.extend_from_slice(line);
        if state.asleep {
            state.asleep = false;
            self.filled.notify_one();
        }
    }

    fn write_out(&self, to: &mut impl Write) {
        let mut lines = Vec::new();
        loop {
            let mut state = self.lock();
            while state.lines.is_empty() && !state.closed {
                state.asleep = true;
                state = self
                    .filled
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::swap(&mut state.lines, &mut lines);
            let closed = state.closed;
            drop(state);
            self.emptied.notify_all();
            let _ = to.write_all(&lines);
            lines.clear();
            if closed {
                return;
            }
            // Lines that come in a crowd leave in one write.
            std::thread::sleep(WAIT);
        }
    }
}

#[derive(Clone)]
struct Lines(Arc<Queue>);

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Line<'w>;

    fn make_writer(&'w self) -> Line<'w> {
        Line(&self.0)
    }
}

/// One event; the formatter writes it whole.
struct Line<'w>(&'w Queue);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A path as it may stand in the log: without what opens a door, and not endless. Nothing behind a feed's user is shown,
/// however the path is written and wherever a proxy has put it, and no segment that is as long as a secret.
pub fn path(path: &str) -> String {
    const LONGEST: usize = 512;
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let is_dav = segments.clone().next() == Some("dav");
    let of_feed = segments.position(is_feed).filter(|_| !is_dav);
    // The user comes first, unless the token stands in its place.
    let named = of_feed.map(|at| at + 1 + usize::from(segments.count() > 1));
    let (mut shown, mut count) = (String::new(), 0);
    for segment in path.split_inclusive('/') {
        let word = segment.trim_end_matches('/');
        if shown.len() > LONGEST || named.is_some_and(|named| count >= named && !word.is_empty()) {
            shown.push('…');
            break;
        }
        count += usize::from(!word.is_empty());
        match !is_dav && is_secret(word) {
            true => shown += &segment.replace(word, "…"),
            false => shown += segment,
        }
    }
    match shown.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", shown.get(..at).unwrap_or_default()),
        None => shown,
    }
}

fn is_feed(segment: &str) -> bool {
    let decoded = percent_decode_str(segment).decode_utf8_lossy();
    decoded.eq_ignore_ascii_case("feed")
}

/// As the tokens of feeds and of programs are written: 256 bits in base64.
fn is_secret(segment: &str) -> bool {
    let word = segment.strip_suffix(".ics").unwrap_or(segment);
    let word = word.strip_prefix("strata_").unwrap_or(word);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    word.len() == 43 && word.bytes().all(plain)
}

/// The name in Basic credentials that have been accepted.
pub fn user(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let pair = STANDARD_NO_PAD
        .decode(encoded.trim().trim_end_matches('='))
        .ok()?;
    let name = pair.split(|byte| *byte == b':').next()?;
    Some(String::from_utf8_lossy(name).chars().take(128).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_token_is_not_shown() {
        assert_eq!(path("/feed/alice/s3cret.ics"), "/feed/alice/…");
        assert_eq!(path("//feed/alice/s3cret.ics"), "//feed/alice/…");
        let token = "2k9wXb3JqTn0yR5vGm8sLd1fHc6eAz4pUo7iKx-Wj_Q";
        for hidden in [
            format!("/feed/alice/{token}.ics/"),
            format!("/feed/alice/{token}.ics//"),
            format!("/feed/alice/{token}.ics/more"),
            format!("/feed/{token}.ics"),
            format!("/feed/{token}"),
            format!("/%66eed/alice/{token}.ics"),
            format!("/FEED/alice/{token}.ics"),
            format!("/behind/a/proxy/feed/alice/{token}.ics"),
            format!("/api/calendar/feed/alice/{token}.ics"),
            format!("/{token}.ics"),
            format!("/api/v1/calendar/tokens/strata_{token}"),
        ] {
            let shown = path(&hidden);
            assert!(!shown.contains(&token[..6]), "{hidden}: {shown}");
        }
        for whole in [
            "/dav/calendars/alice/",
            "/dav/calendars/feed/work/x.ics",
            "/api/v1/calendar/feeds/7",
            "/",
            "",
        ] {
            assert_eq!(path(whole), whole);
        }
        assert!(path(&"/a".repeat(1000)).len() < 520);
    }

    #[test]
    fn the_user_is_named_without_the_password() {
        let value = "Basic YWxpY2U6c2VjcmV0".parse().unwrap();
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
        assert_eq!(user(&headers).as_deref(), Some("alice"));
    }

    #[test]
    fn what_waits_is_written_when_the_log_closes() {
        let queue = Queue::default();
        queue.push(b"one\n");
        queue.push(b"two\n");
        queue.lock().closed = true;
        let mut out = Vec::new();
        queue.write_out(&mut out);
        assert_eq!(out, b"one\ntwo\n");
    }
}
