"""Adds to the policy's coded lexicon, takes away from it, and finds in it: `python -m tools.lexicon add KIND "PHRASE"`.

How entries are written, and which kinds there are, docs/policy.md tells.
"""

import argparse
import sys
from pathlib import Path

from safety.policy.lexicon import CODED, Entry, Kind, read, write


def main() -> int:
    parser = argparse.ArgumentParser(description="The policy's coded lexicon.")
    parser.add_argument("--file", type=Path, default=CODED)
    acts = parser.add_subparsers(dest="act", required=True)
    for name in ("add", "remove"):
        act = acts.add_parser(name)
        act.add_argument("kind", choices=[kind.value for kind in Kind])
        act.add_argument("phrase", nargs="+")
    acts.add_parser("find", help="entries with these letters in them").add_argument("letters")
    given = parser.parse_args()
    entries = read(given.file)
    if given.act == "find":
        for entry in entries:
            if given.letters in entry.phrase:
                sys.stdout.write(f"{entry.kind}\t{entry.phrase}\n")
        return 0
    changed = [Entry(Kind(given.kind), " ".join(phrase.split())) for phrase in given.phrase]
    if given.act == "add":
        write([*entries, *changed], given.file)
        return 0
    if missing := set(changed) - set(entries):
        sys.stderr.write(f"{len(missing)} of these are not in it.\n")
        return 1
    write(set(entries) - set(changed), given.file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
