//! Asks the C library's allocator to give memory back, before there is anything to give.
//!
//! glibc keeps an arena for nearly every thread that ever allocated, and in each what its largest reply once took: a
//! server of 100 MiB where 35 do. The allocator reads its settings when a program is loaded and at no other time, so
//! the program loads itself anew, once. Process id, sockets and output stay what they were.

use std::os::unix::process::CommandExt;
use std::process::Command;

const VARIABLE: &str = "GLIBC_TUNABLES";

/// Two arenas; what is large is given back as soon as it is free.
const SETTINGS: &str = "glibc.malloc.arena_max=2:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072";

/// Returns when there is nothing to do or it cannot be done: an operator's own settings stand.
pub fn load_anew() {
    if !cfg!(target_env = "gnu") || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let error = Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(VARIABLE, SETTINGS)
        .exec();
    // Comes back only where it failed; the server is as good, and larger.
    let _ = error;
}
