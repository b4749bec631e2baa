"""Rig: a friendship from its beginning to its end, with two real clients.

The owner writes with python-caldav. The friend keeps two copies on disk with vdirsyncer: the friend view in their own home, and
the calendar at its owner's address. After every step the friend's whole folder is searched for what they may not know.

Same environment as the other rigs, and STRATA, STRATA_CONFIG and STRATA_DATA for the command line; the results are written the
same way.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import caldav
from rigcommon import Tally, Target

BIN = Path(sys.executable).parent

EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//rig//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:{stamp}T000000Z\r
DTSTART:20300601T{hour:02}0000Z\r
DURATION:PT1H\r
SUMMARY:{summary}\r
{lines}END:VEVENT\r
{more}END:VCALENDAR\r
"""

OVERRIDE = """BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:19890101T000000Z\r
RECURRENCE-ID:20300602T{hour:02}0000Z\r
DTSTART:20300602T{hour:02}3000Z\r
DURATION:PT1H\r
SUMMARY:{summary}\r
END:VEVENT\r
"""


class Owner:
    """python-caldav, and the command line where no protocol says it."""

    def __init__(self, target):
        self.name, password = target.users[0]
        self.client = caldav.DAVClient(target.base, username=self.name, password=password)
        self.home = target.url(target.home(self.name))
        self.calendar = None

    def strata(self, *words):
        settings = ["--config", os.environ["STRATA_CONFIG"], "--data", os.environ["STRATA_DATA"]]
        subprocess.run([os.environ["STRATA"], *settings, *words], check=True, stdout=subprocess.DEVNULL)

    def make(self, name):
        self.calendar = self.client.principal().make_calendar(name="Planted name", cal_id=name)

    def show_to(self, whom):
        body = ('<D:propertyupdate xmlns:D="DAV:" xmlns:S="urn:strata:dav"><D:set><D:prop>'
                f'<S:visibility>{whom}</S:visibility></D:prop></D:set></D:propertyupdate>')
        answer = self.client.proppatch(str(self.calendar.url), body)
        if "200 OK" not in answer.raw:
            raise RuntimeError(answer.raw)

    def write(self, name, summary, lines="", more="", hour=10):
        stamp = "19890101" if "Planted" in summary else "20290101"
        text = EVENT.format(stamp=stamp, uid=f"{name}-uid", summary=summary, lines=lines, more=more, hour=hour)
        url = f"{self.calendar.url}{name}.ics"
        answer = self.client.put(url, text, {"Content-Type": "text/calendar; charset=utf-8"})
        if answer.status not in (201, 204):
            raise RuntimeError(f"PUT {url}: {answer.status}")

    def remove(self, name):
        self.client.delete(f"{self.calendar.url}{name}.ics")


class Friend:
    """A folder of their own, and vdirsyncer."""

    def __init__(self, target, folder, log):
        self.folder, self.log = folder, log
        self.name, password = target.users[1]
        folder.mkdir(parents=True)
        owner = target.users[0][0]
        self.copies = {"view": folder / "view" / f"friend-{owner}", "calendar": folder / "calendar"}
        self.copies["calendar"].mkdir()
        account = f'username = "{self.name}"\npassword = "{password}"\nread_only = true\n'
        (folder / "config").write_text(
            f'[general]\nstatus_path = "{folder}/status/"\n'
            f'[pair view]\na = "view_here"\nb = "view_there"\ncollections = ["friend-{owner}"]\n'
            f'[storage view_here]\ntype = "filesystem"\npath = "{folder}/view/"\nfileext = ".ics"\n'
            f'[storage view_there]\ntype = "caldav"\nurl = "{target.base}"\n{account}'
            '[pair calendar]\na = "calendar_here"\nb = "calendar_there"\ncollections = null\n'
            f'[storage calendar_here]\ntype = "filesystem"\npath = "{folder}/calendar/"\nfileext = ".ics"\n'
            f'[storage calendar_there]\ntype = "caldav"\nurl = "{target.url(target.home(owner))}party/"\n{account}')

    def run(self, *words):
        environment = dict(os.environ, HOME=str(self.folder), LC_ALL="C.UTF-8")
        command = [str(BIN / "vdirsyncer"), "-c", str(self.folder / "config"), "-v", "WARNING", *words]
        done = subprocess.run(command, input="y\n" * 8, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120)
        self.log.write(f"$ vdirsyncer {' '.join(words)} -> {done.returncode}\n{done.stdout}\n")
        return done.returncode

    def sync(self):
        if self.run("sync", "--force-delete", "view", "calendar") != 0:
            raise RuntimeError("vdirsyncer could not sync")

    def files(self, copy):
        return sorted(self.copies[copy].glob("*.ics"))

    def texts(self, copy):
        return "".join(path.read_text(encoding="utf-8") for path in self.files(copy))

    def knows(self, *words):
        """The words that stand anywhere in the folder, in names or contents, status files and all."""
        found = set()
        for path in self.folder.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            inside = str(path.relative_to(self.folder)).encode() + b"\n" + content
            found |= {word for word in words if word.encode() in inside}
        return found


def main():
    target = Target()
    tally = Tally("privacy", target)
    folder = target.out / "privacy-friend"
    shutil.rmtree(folder, ignore_errors=True)
    log = open(target.out / "privacy.log", "w", encoding="utf-8")
    owner, friend = Owner(target), Friend(target, folder, log)
    # What the friend may never know, and, from some step on, what they may know no longer.
    secrets = ["PlantedName", "Planted name", "PlantedBusy", "PlantedPrivate", "PlantedSeries", "PlantedOverride", "PlantedPlace",
               "private-uid", "busy-uid", "series-uid", "19890101"]

    def clean():
        known = friend.knows(*secrets)
        if known:
            raise AssertionError(f"the friend's folder holds {sorted(known)}")
        return True

    def summaries(copy):
        lines = friend.texts(copy).splitlines()
        return sorted(line.removeprefix("SUMMARY:") for line in lines if line.startswith("SUMMARY:"))

    def befriended():
        owner.make("party")
        owner.write("private", "PlantedPrivate", "CLASS:PRIVATE\r\nLOCATION:PlantedPlace\r\n")
        owner.strata("friend", "add", owner.name, friend.name)
        found = friend.run("discover", "--no-list", "view")
        if found != 0 or friend.run("sync", "view") != 0:
            raise RuntimeError("vdirsyncer could not discover")
        return clean() and not friend.files("view")

    def shared():
        owner.write("busy", "PlantedBusy", "CLASS:CONFIDENTIAL\r\nLOCATION:PlantedPlace\r\n", hour=11)
        series = OVERRIDE.format(uid="series-uid", summary="PlantedOverride", hour=12)
        owner.write("series", "PlantedSeries", "RRULE:FREQ=DAILY;COUNT=3\r\nCLASS:CONFIDENTIAL\r\n", series, hour=12)
        owner.write("football", "Football", hour=13)
        owner.write("concert", "Concert", hour=14)
        owner.show_to("friends")
        if friend.run("discover", "--no-list", "calendar") != 0:
            raise RuntimeError("vdirsyncer could not discover")
        friend.sync()
        expected = ["Busy", "Busy", "Busy", "Concert", "Football"]
        return clean() and summaries("view") == expected and summaries("calendar") == expected

    def edited():
        before = {path: path.stat().st_mtime_ns for copy in friend.copies for path in friend.files(copy)}
        owner.write("busy", "PlantedBusy again", "CLASS:CONFIDENTIAL\r\nDESCRIPTION:PlantedPlace\r\n", hour=11)
        friend.sync()
        unmoved = before == {path: path.stat().st_mtime_ns for copy in friend.copies for path in friend.files(copy)}
        owner.write("football", "Football in the rain", hour=13)
        friend.sync()
        return clean() and unmoved and "Football in the rain" in summaries("view") and "Football in the rain" in summaries("calendar")

    def hidden():
        owner.write("concert", "Concert", "CLASS:CONFIDENTIAL\r\n", hour=14)
        friend.sync()
        secrets.extend(["Concert", "concert-uid"])
        return clean() and summaries("view").count("Busy") == 4 and summaries("calendar").count("Busy") == 4

    def made_private():
        owner.write("football", "Football in the rain", "X-STRATA-VISIBILITY:PRIVATE\r\n", hour=13)
        friend.sync()
        secrets.extend(["Football", "football-uid", "football"])
        return clean() and summaries("view") == ["Busy"] * 4 and summaries("calendar") == ["Busy"] * 4

    def deleted():
        for name in ("busy", "series", "concert"):
            owner.remove(name)
        friend.sync()
        return clean() and not friend.files("view") and not friend.files("calendar")

    def unshared():
        owner.show_to("private")
        owner.write("later", "PlantedBusy later", hour=15)
        refused = friend.run("sync", "calendar") != 0
        return clean() and refused and friend.run("sync", "view") == 0 and not friend.files("view")

    def parted():
        owner.show_to("friends")
        owner.strata("friend", "remove", owner.name, friend.name)
        owner.write("after", "PlantedBusy after", hour=16)
        refused = friend.run("sync", "view") != 0 and friend.run("sync", "calendar") != 0
        return clean() and refused and not friend.files("view") and not friend.files("calendar")

    for name, check in (("a friendship begins with nothing", befriended), ("a calendar is shared", shared),
                        ("an edit that is not seen is no change, and one that is arrives", edited),
                        ("details are hidden", hidden), ("an event is made private", made_private),
                        ("what is deleted goes", deleted), ("the calendar is private again", unshared),
                        ("they part, and the friend has nothing", parted)):
        try:
            tally.add(name, "passed" if check() else "failed", "not as expected; see privacy.log")
        except Exception as error:  # noqa: BLE001: the next step is still worth running
            tally.add(name, "failed", repr(error))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
