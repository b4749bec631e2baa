"""Rig: schemathesis against the JSON API, by the document that the server itself serves.

Every operation of the document is asked with what the document allows and with what it does not, by itself and in
sequences; each is a case. The token is an administrator's and good for everything; the other names of paths are asked too, in
fewer ways, as the same handlers answer them. It asks the same every time, so that what it finds can be found again.
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

# Each operation by its own path is asked in this many ways, and by the other names of the path in this many.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "30")
OF_ALIASES = os.environ.get("SCHEMATHESIS_EXAMPLES_OF_ALIASES", "4")
SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "900"))
ADMINISTRATOR = "keeper"


def strata(*arguments, said=None):
    command = [os.environ["STRATA"], "--config", os.environ["STRATA_CONFIG"], "--data", os.environ["STRATA_DATA"]]
    return subprocess.run([*command, *arguments], check=True, text=True, input=said, stdout=subprocess.PIPE).stdout


def token_of(user, *scopes):
    asked = [word for scope in scopes for word in ("--scope", scope)]
    return re.search(r"^token: (\S+)$", strata("token", "add", user, *asked), re.M).group(1)


def ask(origin, token, line, body=None):
    """What the API answers; `line` is the method and a path below its own, or a whole one."""
    method, path = line.split(" ")
    path = path if path.startswith("/api/") else f"/api/v1/calendar{path}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{origin}{path}", data, headers, method=method), timeout=20) as answer:
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
    of_group = ask(origin, token, "POST /admin/shared", {"name": "Shifts of all", "autoIncludeRoles": ["mentors"]})["id"]
    shift = {"userId": ADMINISTRATOR, "start": "2026-11-24T09:00:00Z", "end": "2026-11-24T12:00:00Z", "title": "Bar"}
    ask(origin, token, "PUT /api/platform/records/shifts/bar-1", shift)
    return {"items": [*items, *(item["id"] for item in shown)], "views": [view, of_group],
            "comments": [str(comment["id"])], "records": ["bar-1"]}


def with_what_there_is(settings, ids):
    """The settings with the ids in place of their words."""
    for word, values in ids.items():
        settings = settings.replace(json.dumps([f"({word})"]), json.dumps(values))
    return settings


def run(target, settings, origin, token, name, *which):
    """Asks what `which` chooses of the document; the report, and why there is none."""
    results = target.out / f"schemathesis-{name}.xml"
    results.unlink(missing_ok=True)
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(settings), "run",
        f"{origin}/api/openapi.json", "--url", origin,
        "--header", f"Authorization: Bearer {token}", "--continue-on-failure",
        "--generation-deterministic", *which,
        "--suppress-health-check", "all", "--request-timeout", "20", "--warnings", "off",
        "--report", "junit", "--report-junit-path", str(results),
    ]
    log = target.out / f"schemathesis-{name}.log"
    with open(log, "w", encoding="utf-8") as out:
        try:
            subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, timeout=SECONDS, cwd=target.out,
                           env=dict(os.environ, NO_COLOR="1", SCHEMATHESIS_HOOKS="schemathesis_hooks",
                                    PYTHONPATH=str(Path(__file__).resolve().parent)))
        except subprocess.TimeoutExpired:
            return None, f"not done after {SECONDS} s"
    if not results.exists():
        return None, log.read_text(encoding="utf-8")[-1500:]
    return results, None


def count(tally, name, results, why):
    if results is None:
        tally.add(f"({name})", "failed", why)
        return
    cases = list(ElementTree.parse(results).iter("testcase"))
    if not cases:
        tally.add(f"({name})", "failed", "nothing was asked")
    for case in cases:
        wrong = [it for it in case if it.tag in ("failure", "error")]
        if wrong:
            tally.add(case.get("name"), "failed", " ".join((it.get("message") or "") + (it.text or "") for it in wrong))
        elif case.find("skipped") is not None:
            tally.add(case.get("name"), "skipped", case.find("skipped").get("message") or "")
        else:
            tally.add(case.get("name"), "passed")


def main():
    target = Target()
    tally = Tally("schemathesis", target)
    (first, _), (other, _), (third, _) = target.users
    # One who may do all there is: nothing is left out because the token was not made for it.
    strata("user", "add", ADMINISTRATOR, "--admin", "--password-stdin", said=f"{ADMINISTRATOR}\n")
    strata("group", "add", "mentors")
    for user in (ADMINISTRATOR, first):
        strata("group", "member", "add", "mentors", user)
    strata("friend", "add", ADMINISTRATOR, other)
    # Ids that a generator thinks of first are not those of the token in use.
    for _ in range(20):
        token_of(third, "read")
    token = token_of(ADMINISTRATOR, "write", "platform", "admin")
    parts = urlsplit(target.base)
    origin = f"{parts.scheme}://{parts.netloc}"
    settings = target.out / "schemathesis.toml"
    plain = Path(__file__).with_name("schemathesis.toml").read_text(encoding="utf-8")
    settings.write_text(with_what_there_is(plain, seed(origin, token, other)), encoding="utf-8")
    # What ends tokens comes last: asked for what it has seen, it ends the one in use.
    last = r"/tokens/\{token\}$"
    other_names = "^/(api/(calendar|admin)|v1)/"
    few = ("--phases", "examples,coverage,fuzzing", "--max-examples", OF_ALIASES)
    for name, which in (
        ("aliases", ("--include-path-regex", other_names, "--exclude-path-regex", last, *few)),
        ("own", ("--exclude-deprecated", "--exclude-path-regex", last, "--max-examples", EXAMPLES)),
        ("tokens", ("--include-path-regex", last, *few)),
    ):
        try:
            ask(origin, token, "GET /me")
        except OSError as error:
            tally.add(f"({name})", "failed", f"the token is good for nothing any more: {error}")
        count(tally, name, *run(target, settings, origin, token, name, *which))
    return tally.finish()


if __name__ == "__main__":
    sys.exit(main())
