"""Every URL and method, asked by everybody: what each finds, and what was not declared so."""

import os
import sys

import pytest


def main() -> None:
    os.environ["MEDIAGEN_ACCESS_TABLE"] = "1"
    sys.exit(pytest.main(["-q", "-s", "-p", "no:cacheprovider", "tests/security/test_access.py"]))
