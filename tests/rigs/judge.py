"""Judges a rig's results by the list of known gaps.

A listed case that fails counts as skipped, and its reason is printed. A listed case that passes fails the run (the
list may only shrink), and so does one that is listed but was never run. Anything else that fails, fails.
"""
import argparse
import fnmatch
import json
import sys


def known_gaps(path, rig):
    """Lines of `rig | case (may hold *) | reason and RFC section`."""
    gaps = {}
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split(" | ", 2)]
        if len(fields) != 3 or not fields[2]:
            sys.exit(f"{path}:{number}: wants `rig | case | reason`")
        if fields[0] == rig:
            gaps[fields[1]] = fields[2]
    return gaps


def main():
    options = argparse.ArgumentParser()
    options.add_argument("rig")
    options.add_argument("results")
    options.add_argument("gaps")
    options.add_argument("--counts", required=True)
    options.add_argument("--seconds", default="?")
    options.add_argument("--crashed", action="store_true")
    given = options.parse_args()

    cases = json.load(open(given.results, encoding="utf-8"))["cases"]
    gaps = known_gaps(given.gaps, given.rig)
    met = set()
    passed, failed, skipped = 0, [], []
    for case in cases:
        name, outcome, detail = case["name"], case["outcome"], " ".join(case.get("detail", "").split())
        gap = next((pattern for pattern in gaps if fnmatch.fnmatchcase(name, pattern)), None)
        if gap is not None:
            met.add(gap)
        if outcome == "skipped":
            skipped.append((name, detail or "left out by the rig"))
        elif outcome == "failed" and gap is not None:
            skipped.append((name, "known gap: " + gaps[gap]))
        elif outcome == "failed":
            failed.append((name, detail))
        elif gap is not None:
            failed.append((name, "passes now: take it off tests/rigs/expected-failures.txt"))
        else:
            passed += 1
    failed += [(gap, "is listed as a known gap but was not run") for gap in gaps if gap not in met]
    if given.crashed:
        failed.append(("(server)", "the server had ended before the rig did"))
    if passed == 0 and not failed:
        failed.append(("(nothing)", "no case was run"))

    print(f"-- {given.rig}: {passed} passed, {len(failed)} failed, {len(skipped)} skipped ({given.seconds} s)")
    for name, why in skipped:
        print(f"   skipped {name}: {why[:300]}")
    for name, why in failed:
        print(f"   FAILED  {name}: {why[:500]}")
    with open(given.counts, "w", encoding="utf-8") as counts:
        print(passed, len(failed), len(skipped), file=counts)


if __name__ == "__main__":
    main()
