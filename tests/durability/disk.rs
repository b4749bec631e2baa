//! A disk that is full: the write is refused with 507, and nothing else happens.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::crash::assert_sound;
use crate::house::CALENDAR;
use crate::mirror::Mirror;
use crate::support::process::{self, Server};
use crate::support::{Ask, event};

/// A small file system in memory; gone when it goes out of scope.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Self {
        fs::create_dir_all(at).expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=6m", "strata-small"])
            .arg(at)
            .status();
        assert!(mounted.is_ok_and(|it| it.success()), "mount -t tmpfs");
        Self(at.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Whoever may not mount does it in a namespace of their own: this test, run again in it.
fn runs_in_a_namespace(test: &str) -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    if id.stdout.trim_ascii() == b"0" {
        return false;
    }
    let done = Command::new("unshare")
        .args(["--map-root-user", "--mount"])
        .arg(std::env::current_exe().expect("this program"))
        .args([test, "--exact", "--nocapture"])
        .status();
    assert!(
        done.is_ok_and(|it| it.success()),
        "{test} in unshare --mount"
    );
    true
}

#[test]
fn a_full_disk_refuses_the_write_and_harms_nothing() {
    if runs_in_a_namespace("disk::a_full_disk_refuses_the_write_and_harms_nothing") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let disk = SmallDisk::mount(&data);
    process::write_config(folder.path(), "");
    process::add_account(folder.path(), "alice");
    let mut server = Server::start_in(folder.path(), "");
    let mut mirror = Mirror::of(&mut server.wire("alice"), CALENDAR);
    let spare = data.join("spare");
    fs::write(&spare, vec![0; 1 << 20]).expect("room for a spare file");

    let mut kept = fill(&server, 0);
    assert!(
        kept.len() > 20,
        "{} items before the disk was full",
        kept.len()
    );
    assert_as_acknowledged(&server, &kept, &mut mirror);

    // A smaller one may still fit; then it counts.
    let mut wire = server.wire("alice");
    let small = put("small", 0);
    let status = wire.ask(&small).expect("an answer").status;
    assert!(matches!(status, 201 | 507), "{status}");
    if status == 201 {
        kept.push(("small".to_owned(), small.body));
    }

    // Room again: no restart is needed.
    fs::remove_file(&spare).expect("the spare file goes");
    let after = put("after", 10);
    assert_eq!(wire.ask(&after).expect("an answer").status, 201);
    kept.push(("after".to_owned(), after.body));
    kept.extend(fill(&server, 1));
    assert_as_acknowledged(&server, &kept, &mut mirror);

    server.kill();
    assert_sound(&data);
    remount(&data);
    server.start_again("");
    assert_as_acknowledged(&server, &kept, &mut mirror);
    let last = put("last", 10);
    assert_eq!(
        server.wire("alice").ask(&last).expect("an answer").status,
        201
    );
    server.terminate();
    assert_sound(&data);
    drop(disk);
}

fn remount(data: &Path) {
    let bigger = Command::new("mount")
        .args(["-o", "remount,size=24m"])
        .arg(data)
        .status();
    assert!(bigger.is_ok_and(|it| it.success()), "mount -o remount");
}

fn put(uid: &str, kib: usize) -> Ask {
    let text = event(uid, &"0123456789abcdef\r\n ".repeat(kib * 57));
    Ask::new("PUT", &format!("{CALENDAR}{uid}.ics")).icalendar(text)
}

/// Writes until the disk is full; what was acknowledged.
fn fill(server: &Server, time: usize) -> Vec<(String, Vec<u8>)> {
    let mut wire = server.wire("alice");
    let mut kept = Vec::new();
    for number in 0..1000 {
        let uid = format!("fill-{time}-{number}");
        let ask = put(&uid, 40);
        let answer = wire.ask(&ask).expect("an answer");
        match answer.status {
            201 => kept.push((uid, ask.body)),
            507 => return kept,
            status => panic!("{status}: {}", answer.text()),
        }
    }
    panic!("the disk never was full");
}

fn assert_as_acknowledged(server: &Server, kept: &[(String, Vec<u8>)], mirror: &mut Mirror) {
    let mut wire = server.wire("alice");
    mirror.assert_true(&mut wire, CALENDAR);
    assert_eq!(mirror.items.len(), kept.len());
    for (uid, body) in kept {
        let answer = wire
            .ask(&Ask::new("GET", &format!("{CALENDAR}{uid}.ics")))
            .expect("an answer");
        assert_eq!(&answer.body, body, "{uid}");
    }
}
