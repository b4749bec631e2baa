"""Compares instances with recurring-ical-events, which expands by itself on python-dateutil, file by file.

Every difference must stand in recurrence-differences.txt with its reason by the specification. One case is one UID of one
file: the instances of several windows, by component, start and end.
"""
import argparse
import collections
import datetime
import json
import multiprocessing
import os
import pathlib
import re
import signal
import subprocess
import sys
import warnings

import icalendar
import recurring_ical_events

UTC = datetime.timezone.utc
DAY = 86400
KINDS = ["VEVENT", "VTODO", "VJOURNAL"]
AT_MOST = 5000
SECONDS_A_FILE = 30


class TooLong(Exception):
    """The other side would not end."""


def as_objects(fixture, folder):
    """The rules of a list in fixtures/recurrence, an object each."""
    lines, number = [], 0
    zone = ";TZID=America/New_York" if fixture.stem == "rfc5545" else ""
    for line in fixture.read_text().splitlines() + ["##"]:
        name, _, value = line.partition(" ")
        if name in ("DTSTART", "RDATE", "EXDATE", "RRULE"):
            parameters = "" if name == "RRULE" else ";VALUE=DATE" if len(value) == 8 else zone
            lines.append((name, f"{name}{parameters}:{value}"))
        elif name == "##" and lines:
            common = [line for name, line in lines if name != "RRULE"]
            for rule in [line for name, line in lines if name == "RRULE"]:
                number += 1
                write_object(folder / f"{fixture.stem}-{number:03}.ics", common + [rule])
            lines = []


def cases_as_objects(cases, folder):
    """The shelf's recurrence cases, an object each."""
    for number, line in enumerate(cases.read_text().splitlines(), 1):
        case = json.loads(line)
        # Of some the shelf says that python-dateutil, which the other side expands with, is wrong; of a start that is
        # not in its rule the set "is undefined" (RFC 5545 section 3.8.5.3).
        if not case["dtstart"] or not case.get("dateutil_agrees", True) or not case.get("dtstart_in_set", True):
            continue
        zone = f";TZID={case['tzid']}" if case["tzid"] else ""

        def dated(name, value):
            return f"{name}{';VALUE=DATE' if len(value) == 8 else '' if value.endswith('Z') else zone}:{value}"

        lines = [dated("DTSTART", case["dtstart"])]
        lines += [dated(name.upper(), value) for name in ("exdate", "rdate") for value in case[name] or []]
        lines += [f"RRULE:{case['rrule']}"] if case["rrule"] else []
        write_object(folder / f"case-{number:03}.ics", lines)


def write_object(path, lines):
    event = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//Test//EN", "BEGIN:VEVENT", "UID:1",
             "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    path.write_text("\r\n".join(event), newline="")


def windows_of(text):
    """Two months around the first, the middle and the last start that the file names, and a month years later."""
    text = re.sub(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE", "", text, flags=re.S)
    days = set()
    for year, month, day in re.findall(r"DTSTART[^:\r\n]*:(\d{4})(\d\d)(\d\d)", text):
        try:
            days.add(int(datetime.datetime(int(year), int(month), int(day), tzinfo=UTC).timestamp()))
        except ValueError:
            continue
    days = sorted(day for day in days if -2_000_000_000 < day < 4_000_000_000)
    if not days:
        return []
    around = [[day - 2 * DAY, day + 60 * DAY] for day in dict.fromkeys([days[0], days[len(days) // 2], days[-1]])]
    later = [[days[0] + years * 365 * DAY, days[0] + years * 365 * DAY + 31 * DAY] for years in (1, 4)]
    return around + later


def instant(value):
    """UTC seconds; floating times and dates as UTC."""
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())


def others(path, windows):
    """What recurring-ical-events says; a sentence where it says nothing."""

    def ring(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, ring)
    signal.alarm(SECONDS_A_FILE)
    try:
        # The library remembers the zones of every file that it has read; which those are depends on the worker.
        icalendar.timezone.tzp.use_default()
        calendar = icalendar.Calendar.from_ical(pathlib.Path(path).read_bytes())
        # Not of any specification; the other side reads floating times by it.
        calendar.pop("X-WR-TIMEZONE", None)
        query = recurring_ical_events.of(calendar, components=KINDS)
        return [instances(query, *window) for window in windows]
    except TooLong:
        return "it needs too long"
    except Exception as error:  # of whatever kind: it is the other side's
        return f"it does not read this: {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)


def instances(query, start, end):
    moment = [datetime.datetime.fromtimestamp(at, UTC) for at in (start - 2 * DAY, end + 2 * DAY)]
    found = []
    for component in query.between(*moment):
        begins = instant(component.start)
        if start <= begins < end:
            found.append([component.name, str(component.get("UID", "")), begins, instant(component.end)])
    return found


def counted(instances):
    """A journal entry has no end (RFC 5545 section 3.6.3)."""
    return collections.Counter((kind, uid or "", start, start if kind == "VJOURNAL" else end) for kind, uid, start, end in instances)


def compare(job):
    path, windows, ours = job
    warnings.simplefilter("ignore")
    if "error" in ours:
        return path, "Strata refuses the file: " + ours["error"], {}
    if not windows:
        return path, None, {}
    theirs = others(path, windows)
    if isinstance(theirs, str):
        return path, theirs, {}
    differences = collections.defaultdict(list)
    uids = set()
    for window, own, other in zip(windows, ours["windows"], theirs):
        if own is None or len(other) >= AT_MOST:
            if own is not None:
                differences["*"].append(f"{window}: {len(own)} here, {len(other)} there")
            continue
        own, other = counted(own), counted(other)
        uids |= {uid for _, uid, _, _ in own | other}
        for side, more in (("only here", own - other), ("only there", other - own)):
            for kind, uid, start, end in sorted(more):
                differences[uid].append(f"{side}: {kind} {written(start)} to {written(end)}")
    return path, None, {uid: differences.get(uid, []) for uid in uids | set(differences)}


def written(at):
    return (datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=at)).strftime("%Y%m%dT%H%M%SZ")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("helper", help="the example `instances`, built")
    options.add_argument("--shared", required=True)
    options.add_argument("--folder", required=True, help="for what is made on the way")
    options.add_argument("--results", required=True)
    given = options.parse_args()

    made, shared = pathlib.Path(given.folder), pathlib.Path(given.shared)
    made.mkdir(parents=True, exist_ok=True)
    for fixture in pathlib.Path("fixtures/recurrence").glob("*.txt"):
        as_objects(fixture, made)
    cases_as_objects(shared / "corpus/recurrence-cases.jsonl", made)
    roots = [pathlib.Path("fixtures"), shared / "corpus", made]
    names = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            if path.suffix in (".ics", ".ical", ".ifb") and path.stat().st_size < 1 << 20 and "malformed" not in path.parts:
                names[str(path)] = f"{'made' if root is made else root.name}/{path.relative_to(root)}"
    windows = {path: windows_of(pathlib.Path(path).read_bytes().decode("utf-8", "replace")) for path in names}
    asked = "".join(json.dumps({"file": path, "windows": windows[path]}) + "\n" for path in names)
    answers = subprocess.run([given.helper], input=asked, capture_output=True, text=True, check=True).stdout.splitlines()
    if len(answers) != len(names):
        sys.exit("the helper did not answer for every file")
    jobs = [(path, windows[path], json.loads(answer)) for path, answer in zip(names, answers)]
    cases = []
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for path, silent, uids in pool.imap(compare, jobs, chunksize=8):
            if silent:
                cases.append({"name": names[path], "outcome": "skipped", "detail": silent})
            for uid, differences in sorted(uids.items()):
                cases.append({"name": f"{names[path]} {uid}".strip(), "outcome": "failed" if differences else "passed",
                              "detail": "; ".join(differences[:6]) + (f"; {len(differences)} in all" if len(differences) > 6 else "")})
    pathlib.Path(given.results).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(given.results).write_text(json.dumps({"cases": cases}, indent=1))


if __name__ == "__main__":
    main()
