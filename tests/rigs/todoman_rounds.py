"""Rig: todoman and khal on two devices, kept together by vdirsyncer, on the tasks and personal calendars.

Same environment as the other rigs; the results are written the same way.
"""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from rigcommon import Tally, Target

BIN = Path(sys.executable).parent


class Device:
    """A home folder of its own with vdirsyncer, todoman and khal in it."""

    def __init__(self, name, target, work, log):
        self.home = work / name
        self.log = log
        self.home.mkdir(parents=True)
        (self.home / "vdirsyncer").write_text(
            f'[general]\nstatus_path = "{self.home}/status/"\n'
            f'[pair strata]\na = "local"\nb = "remote"\ncollections = ["personal", "tasks"]\n'
            f'[storage local]\ntype = "filesystem"\npath = "{self.home}/calendars/"\nfileext = ".ics"\n'
            f'[storage remote]\ntype = "caldav"\nurl = "{target.base}"\n'
            f'username = "{target.user}"\npassword = "{target.password}"\n')
        (self.home / "todoman.py").write_text(
            f'path = "{self.home}/calendars/*"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\n'
            f'default_list = "tasks"\ncache_path = "{self.home}/todoman.sqlite3"\n')
        (self.home / "khal.conf").write_text(
            f'[calendars]\n[[personal]]\npath = {self.home}/calendars/personal\n[locale]\ntimeformat = %H:%M\n'
            'dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n'
            'longdatetimeformat = %Y-%m-%d %H:%M\n[default]\ndefault_calendar = personal\n')

    def run(self, *command, answers=""):
        environment = dict(os.environ, HOME=str(self.home), XDG_DATA_HOME=str(self.home), XDG_CACHE_HOME=str(self.home),
                           XDG_CONFIG_HOME=str(self.home), LC_ALL="C.UTF-8", TZ="UTC")
        done = subprocess.run([str(BIN / command[0]), *command[1:]], input=answers, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.log.write(f"$ {' '.join(command)} -> {done.returncode}\n{done.stdout}\n")
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stdout[-500:]}")
        return done.stdout

    def sync(self, *what, answers=""):
        return self.run("vdirsyncer", "-c", str(self.home / "vdirsyncer"), "-v", "WARNING", *(what or ("sync",)), answers=answers)

    def todo(self, *command):
        return self.run("todo", "--config", str(self.home / "todoman.py"), *command)

    def khal(self, *command):
        return self.run("khal", "-c", str(self.home / "khal.conf"), *command)

    def task(self, summary):
        """The number by which todoman knows a task."""
        for task in json.loads(self.todo("--porcelain", "list", "--status", "ANY")):
            if task["summary"] == summary:
                return str(task["id"])
        raise LookupError(f"no task {summary!r}")


def main():
    target = Target()
    tally = Tally("todoman", target)
    work = target.out / "todoman-work"
    shutil.rmtree(work, ignore_errors=True)
    log = open(target.out / "todoman.log", "w", encoding="utf-8")
    phone, laptop = Device("phone", target, work, log), Device("laptop", target, work, log)

    def both():
        phone.sync()
        laptop.sync()
        phone.sync()

    def discover():
        for device in (phone, laptop):
            device.sync("discover", "--no-list", answers="y\n" * 8)
            device.sync()
        return sorted(p.name for p in (phone.home / "calendars").iterdir()) == ["personal", "tasks"]

    def new_task():
        phone.todo("new", "-l", "tasks", "--due", "2030-05-01 12:00", "Buy café crème")
        both()
        return "Buy café crème" in laptop.todo("list")

    def done():
        laptop.todo("done", laptop.task("Buy café crème"))
        both()
        return "Buy café crème" not in phone.todo("list") and "Buy café crème" in phone.todo("list", "--status", "COMPLETED")

    def edited():
        phone.todo("new", "-l", "tasks", "--priority", "high", "--location", "Häuschen", "Paint")
        both()
        laptop.todo("edit", laptop.task("Paint"), "--due", "2031-01-02 08:00")
        both()
        return "2031-01-02" in phone.todo("list") and "Häuschen" in phone.todo("show", phone.task("Paint"))

    def deleted():
        # Another one stays: vdirsyncer takes an emptied folder for an accident.
        phone.todo("new", "-l", "tasks", "Stay")
        phone.todo("delete", "--yes", phone.task("Paint"))
        both()
        return "Paint" not in laptop.todo("list", "--status", "ANY")

    def flushed():
        laptop.run("todo", "--config", str(laptop.home / "todoman.py"), "flush", answers="y\n")
        both()
        return len(list((phone.home / "calendars" / "tasks").glob("*.ics"))) == 1

    def khal_event():
        laptop.khal("new", "-a", "personal", "2030-06-01", "10:00", "11:00", "Rowing", "::", "on the lake")
        both()
        return "Rowing" in phone.khal("list", "2030-06-01", "1d")

    def khal_series():
        # Until the first moment of 6 July.
        phone.khal("new", "-a", "personal", "2030-07-01", "09:00", "09:30", "Stand-up", "-r", "daily", "-u", "2030-07-06")
        both()
        return laptop.khal("list", "2030-07-01", "10d").count("Stand-up") == 5

    def quiet():
        before = {p: p.stat().st_mtime_ns for p in work.rglob("*.ics")}
        both()
        return before == {p: p.stat().st_mtime_ns for p in work.rglob("*.ics")}

    for name, check in (("discover both calendars", discover), ("a new task arrives", new_task), ("a task is done", done),
                        ("a task is edited on the other device", edited), ("a task is deleted", deleted),
                        ("done tasks are flushed", flushed), ("khal: an event arrives", khal_event),
                        ("khal: a series arrives", khal_series), ("nothing changes without a reason", quiet)):
        try:
            tally.add(name, "passed" if check() else "failed", "not as expected; see todoman.log")
        except Exception as error:  # noqa: BLE001: the next step is still worth running
            tally.add(name, "failed", repr(error))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
