//! What is kept of one request until it is over, for the log and the counters.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::exchange::Shared;
use super::log;
use crate::http::{HeaderMap, Method, StatusCode};

/// What the log and the counters learn of a request, once: when its reply has left or its client has.
pub struct Record {
    shared: Arc<Shared>,
    pub id: String,
    method: Method,
    path: String,
    user: Option<String>,
    client: IpAddr,
    begun: Instant,
    status: StatusCode,
    bytes: u64,
}

impl Record {
    pub fn new(shared: &Arc<Shared>, method: Method, peer: IpAddr) -> Self {
        shared.metrics.request_begins();
        let number = shared.requests.fetch_add(1, Relaxed);
        Self {
            id: format!("{:08x}{number:08x}", shared.start),
            shared: Arc::clone(shared),
            method,
            path: String::new(),
            user: None,
            client: peer,
            begun: Instant::now(),
            // What stays when the client leaves before there is a reply.
            status: StatusCode::REQUEST_TIMEOUT,
            bytes: 0,
        }
    }

    pub fn concerns(&mut self, path: &str, client: IpAddr) {
        self.client = client;
        if tracing::enabled!(tracing::Level::INFO) {
            self.path = log::path(path);
        }
    }

    pub fn asked_by(&mut self, headers: &HeaderMap) {
        if tracing::enabled!(tracing::Level::INFO) {
            self.user = log::user(headers);
        }
    }

    pub fn reply_begins(&mut self, status: StatusCode, bytes: u64) {
        self.status = status;
        self.bytes = bytes;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        self.shared
            .metrics
            .request_ends(&self.method, self.status, took, self.bytes);
        tracing::info!(
            id = self.id,
            user = self.user,
            client = %self.client,
            method = self.method.as_str(),
            path = self.path,
            status = self.status.as_u16(),
            ms = took.as_micros() as f64 / 1000.0,
            bytes = self.bytes,
            "request"
        );
    }
}
