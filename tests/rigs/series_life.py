"""Rig: a series over JSON and in a folder that vdirsyncer keeps, edited on either side in all three scopes.

An app edits over the JSON API, a client in its files as clients do. After every step both must see the same occurrences: the app
by what the API tells, the client by what recurring-ical-events makes of its files, which knows nothing of this server.

Same environment as the other rigs; the results are written the same way.
"""
import base64
import copy
import datetime
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import icalendar
import recurring_ical_events
from rigcommon import Tally, Target

BIN = Path(sys.executable).parent
START, END = datetime.date(2030, 1, 1), datetime.date(2030, 3, 1)
UTC = datetime.timezone.utc


class App:
    """Speaks JSON."""

    def __init__(self, target):
        self.root = urljoin(target.base, "/api/v1/calendar/")
        secret = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def items(self):
        found, cursor = [], ""
        while cursor is not None:
            page = self.call("GET", f"my?start={START}&end={END}&limit=5{cursor}")
            found += page["items"]
            cursor = f"&cursor={page['nextCursor']}" if "nextCursor" in page else None
        return found

    def on(self, day):
        return next(item for item in self.items() if item["date"] == day)

    def edit(self, day, scope, **changes):
        self.call("POST", f"items/{self.on(day)['id']}/series", {"scope": scope, "changes": changes})

    def remove(self, day, scope):
        self.call("DELETE", f"items/{self.on(day)['id']}/series?scope={scope}")

    def sees(self):
        moment = datetime.datetime.fromisoformat
        return sorted((moment(item["start"]).astimezone(UTC), item["title"]) for item in self.items())


class Client:
    """A folder of files, and vdirsyncer."""

    def __init__(self, target, folder, log):
        self.folder, self.log = folder, log
        self.files = folder / "calendars" / "personal"
        folder.mkdir(parents=True)
        (folder / "config").write_text(
            f'[general]\nstatus_path = "{folder}/status/"\n'
            f'[pair strata]\na = "local"\nb = "remote"\ncollections = ["personal"]\n'
            f'[storage local]\ntype = "filesystem"\npath = "{folder}/calendars/"\nfileext = ".ics"\n'
            f'[storage remote]\ntype = "caldav"\nurl = "{target.base}"\n'
            f'username = "{target.user}"\npassword = "{target.password}"\n')

    def run(self, *words):
        environment = dict(os.environ, HOME=str(self.folder), LC_ALL="C.UTF-8")
        command = [str(BIN / "vdirsyncer"), "-c", str(self.folder / "config"), "-v", "WARNING", *words]
        done = subprocess.run(command, input="y\n" * 8, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=120)
        self.log.write(f"$ vdirsyncer {' '.join(words)} -> {done.returncode}\n{done.stdout}\n")
        if done.returncode != 0:
            raise RuntimeError(f"vdirsyncer {' '.join(words)}: exit {done.returncode}")

    def sync(self):
        self.run("sync", "--force-delete")

    def calendars(self):
        return {path: icalendar.Calendar.from_ical(path.read_bytes()) for path in sorted(self.files.glob("*.ics"))}

    def sees(self):
        found = []
        for calendar in self.calendars().values():
            for event in recurring_ical_events.of(calendar).between(START, END):
                found.append((event["DTSTART"].dt.astimezone(UTC), str(event["SUMMARY"])))
        return sorted(found)

    def series(self, summary):
        """The file whose master has this title, what is in it, and the master."""
        for path, calendar in self.calendars().items():
            for event in calendar.walk("VEVENT"):
                if "RECURRENCE-ID" not in event and str(event["SUMMARY"]) == summary:
                    return path, calendar, event
        raise AssertionError(f"no series is called {summary}")

    @staticmethod
    def write(path, calendar):
        path.write_bytes(calendar.to_ical())

    @staticmethod
    def changed(event):
        """A client's own mark of a change."""
        event["DTSTAMP"] = icalendar.vDDDTypes(datetime.datetime.now(UTC))
        event["SEQUENCE"] = int(event.get("SEQUENCE", 0)) + 1


def at(event, day):
    """The occurrence of a day, on the clock of the series."""
    start = event["DTSTART"].dt
    return datetime.datetime.combine(datetime.date.fromisoformat(day), start.time(), start.tzinfo)


def main():
    target = Target()
    tally = Tally("series", target)
    folder = target.out / "series-client"
    shutil.rmtree(folder, ignore_errors=True)
    log = open(target.out / "series.log", "w", encoding="utf-8")
    app, client = App(target), Client(target, folder, log)

    def same(*expected):
        """Both see the same, and it is what was asked for: a day, an hour in UTC, a title."""
        client.sync()
        wanted = sorted((datetime.datetime.fromisoformat(f"2030-{day}T{hour:02}:00:00+00:00"), title)
                        for day, hour, title in expected)
        for who, seen in (("the client", client.sees()), ("the app", app.sees())):
            if seen != wanted:
                raise AssertionError(f"{who} sees {[(str(start), title) for start, title in seen]}")
        return True

    def made():
        app.call("POST", "items", {
            "layerId": "personal", "title": "Round", "date": "2030-01-07", "startTime": "09:00", "endTime": "10:00",
            "timeZone": "Europe/Oslo", "recurrenceRule": {"frequency": "WEEKLY", "daysOfWeek": [1]},
            "recurrenceEnd": "2030-02-11"})
        client.run("discover", "--no-list")
        return same(*((day, 8, "Round") for day in ("01-07", "01-14", "01-21", "01-28", "02-04", "02-11")))

    def app_this():
        app.edit("2030-01-14", "this", title="Elsewhere", startTime="13:00")
        return same(("01-07", 8, "Round"), ("01-14", 12, "Elsewhere"), *((day, 8, "Round") for day in (
            "01-21", "01-28", "02-04", "02-11")))

    def app_future():
        app.edit("2030-01-28", "this-and-future", title="Later", startTime="11:00")
        if len(client.calendars()) != 1:
            raise AssertionError("the client knows before it has synced")
        return same(("01-07", 8, "Round"), ("01-14", 12, "Elsewhere"), ("01-21", 8, "Round"), *((day, 10, "Later") for day in (
            "01-28", "02-04", "02-11"))) and len(client.calendars()) == 2

    def app_all():
        app.edit("2030-01-07", "all", startTime="08:00", title="Early")
        return same(("01-07", 7, "Early"), ("01-14", 12, "Elsewhere"), ("01-21", 7, "Early"), *((day, 10, "Later") for day in (
            "01-28", "02-04", "02-11")))

    def app_removes():
        app.remove("2030-01-14", "this")
        same(("01-07", 7, "Early"), ("01-21", 7, "Early"), *((day, 10, "Later") for day in ("01-28", "02-04", "02-11")))
        app.remove("2030-02-04", "this-and-future")
        same(("01-07", 7, "Early"), ("01-21", 7, "Early"), ("01-28", 10, "Later"))
        app.remove("2030-01-28", "all")
        return same(("01-07", 7, "Early"), ("01-21", 7, "Early")) and len(client.calendars()) == 1

    def client_makes():
        event = icalendar.Event.from_ical(
            "BEGIN:VEVENT\r\nUID:clients-own\r\nDTSTAMP:20290101T000000Z\r\nDTSTART:20300108T150000Z\r\nDTEND:20300108T160000Z\r\n"
            "RRULE:FREQ=WEEKLY;COUNT=5\r\nSUMMARY:Choir\r\nX-CLIENT-SAYS:nothing\r\nEND:VEVENT\r\n")
        calendar = icalendar.Calendar()
        calendar.add("prodid", "-//rig//EN")
        calendar.add("version", "2.0")
        calendar.add_component(event)
        client.write(client.files / "clients-own.ics", calendar)
        return same(("01-07", 7, "Early"), ("01-21", 7, "Early"), *((day, 15, "Choir") for day in (
            "01-08", "01-15", "01-22", "01-29", "02-05")))

    def client_this():
        path, calendar, master = client.series("Choir")
        override = copy.deepcopy(master)
        del override["RRULE"]
        moment = at(master, "2030-01-15")
        override.add("recurrence-id", moment)
        override["DTSTART"] = icalendar.vDDDTypes(moment + datetime.timedelta(hours=2))
        override["DTEND"] = icalendar.vDDDTypes(moment + datetime.timedelta(hours=3))
        override["SUMMARY"] = icalendar.vText("Concert")
        client.changed(override)
        calendar.add_component(override)
        client.write(path, calendar)
        same(("01-07", 7, "Early"), ("01-21", 7, "Early"), ("01-15", 17, "Concert"), *((day, 15, "Choir") for day in (
            "01-08", "01-22", "01-29", "02-05")))
        item = app.on("2030-01-15")
        return item["isException"] and item["recurrenceId"] == "20300115T150000Z"

    def client_future():
        path, calendar, master = client.series("Choir")
        rest = copy.deepcopy(calendar)
        master["RRULE"] = icalendar.vRecur.from_ical("FREQ=WEEKLY;UNTIL=20300122T150000Z")
        client.changed(master)
        client.write(path, calendar)
        rest.subcomponents = [event for event in rest.subcomponents if "RECURRENCE-ID" not in event]
        new = rest.subcomponents[0]
        new["UID"] = icalendar.vText("clients-rest")
        new["SUMMARY"] = icalendar.vText("New choir")
        moment = at(new, "2030-01-29")
        new["DTSTART"], new["DTEND"] = (icalendar.vDDDTypes(moment + datetime.timedelta(hours=hours)) for hours in (1, 2))
        new["RRULE"] = icalendar.vRecur.from_ical("FREQ=WEEKLY;COUNT=2")
        client.write(client.files / "clients-rest.ics", rest)
        return same(("01-07", 7, "Early"), ("01-21", 7, "Early"), ("01-15", 17, "Concert"), ("01-08", 15, "Choir"),
                    ("01-22", 15, "Choir"), ("01-29", 16, "New choir"), ("02-05", 16, "New choir"))

    def client_all():
        path, calendar, master = client.series("Choir")
        master["SUMMARY"] = icalendar.vText("Old choir")
        client.changed(master)
        client.write(path, calendar)
        return same(("01-07", 7, "Early"), ("01-21", 7, "Early"), ("01-15", 17, "Concert"), ("01-08", 15, "Old choir"),
                    ("01-22", 15, "Old choir"), ("01-29", 16, "New choir"), ("02-05", 16, "New choir"))

    def both():
        """What the client made the app edits, and what the client said stays."""
        app.edit("2030-01-22", "this", title="Rehearsal")
        same(("01-07", 7, "Early"), ("01-21", 7, "Early"), ("01-15", 17, "Concert"), ("01-08", 15, "Old choir"),
             ("01-22", 15, "Rehearsal"), ("01-29", 16, "New choir"), ("02-05", 16, "New choir"))
        _, calendar, _ = client.series("Old choir")
        events = calendar.walk("VEVENT")
        return len(events) == 3 and all(str(event["X-CLIENT-SAYS"]) == "nothing" for event in events)

    def client_removes():
        path, calendar, master = client.series("Old choir")
        moment = at(master, "2030-01-15")
        calendar.subcomponents = [event for event in calendar.subcomponents
                                  if "RECURRENCE-ID" not in event or event["RECURRENCE-ID"].dt != moment]
        master.add("exdate", moment)
        client.changed(master)
        client.write(path, calendar)
        (client.files / "clients-rest.ics").unlink()
        return same(("01-07", 7, "Early"), ("01-21", 7, "Early"), ("01-08", 15, "Old choir"), ("01-22", 15, "Rehearsal"))

    for name, check in (("an app makes a series", made), ("an app changes this one", app_this),
                        ("an app changes this one and all that follow", app_future), ("an app changes all", app_all),
                        ("an app takes out this one, all that follow, and all", app_removes),
                        ("a client makes a series", client_makes), ("a client changes this one", client_this),
                        ("a client changes this one and all that follow", client_future), ("a client changes all", client_all),
                        ("both edit one series", both), ("a client takes occurrences out", client_removes)):
        try:
            tally.add(name, "passed" if check() else "failed", "not as expected; see series.log")
        except Exception as error:  # noqa: BLE001: the next step is still worth running
            tally.add(name, "failed", repr(error))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
