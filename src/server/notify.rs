//! The service manager: `READY=1`, `WATCHDOG=1`, `STOPPING=1` over `$NOTIFY_SOCKET` (sd_notify(3)). Silent without one.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

pub fn ready() {
    send("READY=1");
}

pub fn stopping() {
    send("STOPPING=1");
}

/// Tells the service manager, twice in each of its intervals, that the runtime still turns.
pub async fn watchdog() {
    let Some(interval) = interval() else { return };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        send("WATCHDOG=1");
    }
}

fn interval() -> Option<Duration> {
    let other =
        std::env::var("WATCHDOG_PID").is_ok_and(|pid| pid.parse() != Ok(std::process::id()));
    let micros: u64 = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    (!other && micros > 0).then(|| Duration::from_micros(micros))
}

fn send(message: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let sent = address(&path)
        .and_then(|address| UnixDatagram::unbound()?.send_to_addr(message.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::warn!("the service manager cannot be told {message}: {error}");
    }
}

/// A path, or a name in the abstract namespace after `@`.
fn address(path: &std::ffi::OsStr) -> std::io::Result<SocketAddr> {
    match path.as_encoded_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(path),
    }
}
