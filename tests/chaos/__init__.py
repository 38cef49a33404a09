"""Whole MediaGens under random faults. `python -m tests.chaos --help` says what can be asked for."""
