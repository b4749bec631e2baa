"""Rig: schemathesis against the JSON API, by the document that the server itself serves.

Every operation of the document is asked with what the document allows and with what it does not, by itself and in
sequences; each is a case. It asks the same every time, so that what it finds can be found again.
Environment as the other rigs, and STRATA, STRATA_CONFIG, STRATA_DATA for the command line.
"""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit

from rigcommon import Tally, Target

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "40")
SECONDS = 900


def strata(*arguments):
    command = [os.environ["STRATA"], "--config", os.environ["STRATA_CONFIG"], "--data", os.environ["STRATA_DATA"]]
    return subprocess.run([*command, *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


def token_of(user, *scopes):
    asked = [word for scope in scopes for word in ("--scope", scope)]
    return re.search(r"^token: (\S+)$", strata("token", "add", user, *asked), re.M).group(1)


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
    results = target.out / "schemathesis-junit.xml"
    results.unlink(missing_ok=True)
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        "--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run",
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
