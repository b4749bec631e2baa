"""Rig: schemathesis against the JSON API, by the document that the server itself serves.

Every operation of the document is asked with what the document allows and with what it does not, by itself and in
sequences; each is a case. It asks the same every time, so that what it finds can be found again.
Environment as the other rigs, and STRATA, STRATA_CONFIG, STRATA_DATA for the command line.
"""
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from rigcommon import Tally, Target

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "40")
SECONDS = 900


def strata(*arguments):
    command = [os.environ["STRATA"], "--config", os.environ["STRATA_CONFIG"], "--data", os.environ["STRATA_DATA"]]
    return subprocess.run([*command, *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def token_of(user, *scopes):
    asked = [word for scope in scopes for word in ("--scope", scope)]
    return re.search(r"^token: (\S+)$", strata("token", "add", user, *asked), re.M).group(1)


def ask(origin, token, line, body=None):
    """What the API answers; `line` is the method and a path below its own."""
    method, path = line.split(" ")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{origin}/api/v1/calendar{path}", data, headers, method=method), timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def seed(origin, token, other):
    """Items, a view with words about one of them: the ids of what there is, by the parameter that names it."""
    day = {"layerId": "personal", "start": "2026-11-23T10:00:00Z", "end": "2026-11-23T11:00:00Z"}
    items = [ask(origin, token, "POST /items", {**day, "title": title, **more})["id"] for title, more in (
        ("Picnic", {}),
        ("Choir", {"recurrenceRule": {"frequency": "WEEKLY"}}),
        ("Focus", {"itemType": "TIME_BLOCK"}),
        ("Call the dentist", {"itemType": "REMINDER"}),
    )]
    view = ask(origin, token, "POST /shared", {"name": "Team"})["id"]
    ask(origin, token, f"POST /shared/{view}/invite", {"userIds": [other]})
    shown = ask(origin, token, f"GET /shared/{view}/items?start=2026-11-01&end=2026-12-01")["items"]
    about = {"itemId": shown[0]["id"]} if shown else {}
    comment = ask(origin, token, f"POST /shared/{view}/comments", {"itemDate": "2026-11-23", "content": "Salad", **about})
    return {"items": [*items, *(item["id"] for item in shown)], "views": [view], "comments": [str(comment["id"])]}


def with_what_there_is(settings, ids):
    """The settings with the ids in place of their words."""
    for word, values in ids.items():
        settings = settings.replace(json.dumps([f"({word})"]), json.dumps(values))
    return settings


def main():
    target = Target()
    tally = Tally("schemathesis", target)
    (user, _), (other, _), (third, _) = target.users
    strata("friend", "add", user, other)
    # Ids that a generator thinks of first are not those of the token in use.
    for _ in range(20):
        token_of(third, "read")
    token = token_of(user, "write", "platform")
    parts = urlsplit(target.base)
    origin = f"{parts.scheme}://{parts.netloc}"
    settings = target.out / "schemathesis.toml"
    plain = Path(__file__).with_name("schemathesis.toml").read_text(encoding="utf-8")
    settings.write_text(with_what_there_is(plain, seed(origin, token, other)), encoding="utf-8")
    results = target.out / "schemathesis-junit.xml"
    results.unlink(missing_ok=True)
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(settings), "run",
        f"{origin}/api/openapi.json", "--url", origin,
        "--header", f"Authorization: Bearer {token}", "--exclude-deprecated", "--continue-on-failure",
        "--generation-deterministic", "--max-examples", EXAMPLES,
        "--suppress-health-check", "all", "--request-timeout", "20", "--warnings", "off",
        "--report", "junit", "--report-junit-path", str(results),
    ]
    with open(target.out / "schemathesis.log", "w", encoding="utf-8") as log:
        try:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, timeout=SECONDS, cwd=target.out,
                           env=dict(os.environ, NO_COLOR="1"))
        except subprocess.TimeoutExpired:
            tally.add("(time)", "failed", f"not done after {SECONDS} s")
    if not results.exists():
        tally.add("(run)", "failed", (target.out / "schemathesis.log").read_text(encoding="utf-8")[-1500:])
        return tally.finish()
    for case in ElementTree.parse(results).iter("testcase"):
        wrong = [it for it in case if it.tag in ("failure", "error")]
        if wrong:
            tally.add(case.get("name"), "failed", " ".join((it.get("message") or "") + (it.text or "") for it in wrong))
        elif case.find("skipped") is not None:
            tally.add(case.get("name"), "skipped", case.find("skipped").get("message") or "")
        else:
            tally.add(case.get("name"), "passed")
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
