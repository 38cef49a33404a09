"""`make bench`, or `python -m tests.bench NAME…`: every benchmark prints a table with ratios measured in this run."""

import pkgutil
import sys
from importlib import import_module
from itertools import takewhile


def names() -> list[str]:
    return [found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")]


__path__ = import_module("tests.bench").__path__

if __name__ == "__main__":
    asked = list(takewhile(lambda word: not word.startswith("-"), sys.argv[1:]))  # benchmarks read their own options
    for name in asked or names():
        print(f"\n== {name}")
        import_module(f"tests.bench.{name}").main()
