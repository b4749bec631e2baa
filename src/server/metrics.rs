//! Counters, and their text for Prometheus (exposition format 0.0.4).

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::http::{Method, StatusCode};

/// Methods counted by name; a stranger's inventions are counted together.
const METHODS: [&str; 17] = [
    "GET",
    "HEAD",
    "PUT",
    "DELETE",
    "OPTIONS",
    "POST",
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "MKCOL",
    "MKCALENDAR",
    "COPY",
    "MOVE",
    "ACL",
    "LOCK",
    "UNLOCK",
    "other",
];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Upper bounds of the latency histogram in microseconds; the last bucket has none.
const BOUNDS: [u64; 14] = [
    50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    5_000_000,
];

#[derive(Debug)]
pub struct Metrics {
    requests: [[AtomicU64; CLASSES.len()]; METHODS.len()],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    in_flight: AtomicU64,
    connections: AtomicU64,
    connections_total: AtomicU64,
    bytes_sent: AtomicU64,
    started: f64,
}

impl Metrics {
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            requests: Default::default(),
            buckets: Default::default(),
            micros: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            connections_total: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            started: now.map_or(0.0, |since| since.as_secs_f64()),
        }
    }

    /// Counts a connection until the guard is dropped.
    pub fn connection(self: &Arc<Self>) -> impl Drop + Send + use<> {
        self.connections.fetch_add(1, Relaxed);
        self.connections_total.fetch_add(1, Relaxed);
        Connection(Arc::clone(self))
    }

    pub fn request_begins(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    /// The reply has left, or the client has.
    pub fn request_ends(&self, method: &Method, status: StatusCode, took: Duration, bytes: u64) {
        self.in_flight.fetch_sub(1, Relaxed);
        let method = METHODS.iter().position(|name| *name == method.as_str());
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        let row = self.requests.get(method.unwrap_or(METHODS.len() - 1));
        if let Some(count) = row.and_then(|row| row.get(class)) {
            count.fetch_add(1, Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self
            .buckets
            .get(BOUNDS.partition_point(|bound| *bound < micros))
        {
            bucket.fetch_add(1, Relaxed);
        }
        self.micros.fetch_add(micros, Relaxed);
        self.bytes_sent.fetch_add(bytes, Relaxed);
    }

    /// `store` holds writes acknowledged and commits made.
    pub fn text(&self, store: (u64, u64)) -> String {
        let mut out = String::with_capacity(4096);
        self.write(&mut out, store);
        out
    }

    fn write(&self, out: &mut String, (writes, commits): (u64, u64)) {
        let version = env!("CARGO_PKG_VERSION");
        kind(out, "strata_build_info", "gauge", "The version that runs.");
        let _ = writeln!(out, "strata_build_info{{version=\"{version}\"}} 1");
        self.write_requests(out);
        self.write_latency(out);
        let single = [
            (
                "strata_requests_in_flight",
                "gauge",
                "Requests being answered.",
                &self.in_flight,
            ),
            (
                "strata_connections",
                "gauge",
                "Connections open.",
                &self.connections,
            ),
            (
                "strata_connections_total",
                "counter",
                "Connections accepted.",
                &self.connections_total,
            ),
            (
                "strata_reply_bytes_total",
                "counter",
                "Bytes of reply bodies.",
                &self.bytes_sent,
            ),
            (
                "strata_store_writes_total",
                "counter",
                "Write transactions acknowledged.",
                &writes.into(),
            ),
            (
                "strata_store_commits_total",
                "counter",
                "Commits made for them.",
                &commits.into(),
            ),
        ];
        for (name, of_kind, help, value) in single {
            kind(out, name, of_kind, help);
            let _ = writeln!(out, "{name} {}", value.load(Relaxed));
        }
        if let Some(bytes) = resident_bytes() {
            kind(
                out,
                "process_resident_memory_bytes",
                "gauge",
                "Resident memory.",
            );
            let _ = writeln!(out, "process_resident_memory_bytes {bytes}");
        }
        kind(
            out,
            "process_start_time_seconds",
            "gauge",
            "Start, in seconds since 1970.",
        );
        let _ = writeln!(out, "process_start_time_seconds {:.3}", self.started);
    }

    fn write_requests(&self, out: &mut String) {
        kind(
            out,
            "strata_requests_total",
            "counter",
            "Requests answered.",
        );
        for (method, row) in METHODS.iter().zip(&self.requests) {
            for (class, count) in CLASSES.iter().zip(row) {
                let count = count.load(Relaxed);
                if count > 0 {
                    let labels = format!("method=\"{method}\",status=\"{class}\"");
                    let _ = writeln!(out, "strata_requests_total{{{labels}}} {count}");
                }
            }
        }
    }

    fn write_latency(&self, out: &mut String) {
        let name = "strata_request_duration_seconds";
        kind(
            out,
            name,
            "histogram",
            "From the head of a request to the last byte of its reply.",
        );
        let mut so_far = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            so_far += bucket.load(Relaxed);
            let bound = BOUNDS
                .get(index)
                .map(|micros| Duration::from_micros(*micros).as_secs_f64());
            let bound = bound.map_or_else(|| "+Inf".to_owned(), |bound| bound.to_string());
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {so_far}");
        }
        let seconds = Duration::from_micros(self.micros.load(Relaxed)).as_secs_f64();
        let _ = writeln!(out, "{name}_sum {seconds}\n{name}_count {so_far}");
    }
}

struct Connection(Arc<Metrics>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

fn kind(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_counted_under_its_name() {
        let metrics = Arc::new(Metrics::new());
        let connection = metrics.connection();
        let propfind = Method::from_bytes(b"PROPFIND").unwrap();
        for (method, status, micros) in [
            (&propfind, 207, 80),
            (&propfind, 404, 3000),
            (&Method::TRACE, 405, 9_000_000),
        ] {
            metrics.request_begins();
            let status = StatusCode::from_u16(status).unwrap();
            metrics.request_ends(method, status, Duration::from_micros(micros), 10);
        }
        let text = metrics.text((7, 3));
        for line in [
            "strata_requests_total{method=\"PROPFIND\",status=\"2xx\"} 1",
            "strata_requests_total{method=\"PROPFIND\",status=\"4xx\"} 1",
            "strata_requests_total{method=\"other\",status=\"4xx\"} 1",
            "strata_request_duration_seconds_bucket{le=\"0.0001\"} 1",
            "strata_request_duration_seconds_bucket{le=\"0.005\"} 2",
            "strata_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "strata_request_duration_seconds_count 3",
            "strata_requests_in_flight 0",
            "strata_connections 1",
            "strata_reply_bytes_total 30",
            "strata_store_writes_total 7",
            "strata_store_commits_total 3",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in\n{text}");
        }
        drop(connection);
        assert!(metrics.text((0, 0)).contains("strata_connections 0\n"));
    }
}
