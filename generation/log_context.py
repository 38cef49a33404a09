"""What log records carry beside their message: the generation that is being made, the request that is answered."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_context: ContextVar[Mapping[str, str]] = ContextVar("log_context")


@contextmanager
def logging_about(**facts: object) -> Iterator[None]:
    """Every record of this thread carries these facts, in addition to those that it carries already."""
    token = _context.set({**_context.get({}), **_texts(facts)})
    try:
        yield
    finally:
        _context.reset(token)


def log_about(**facts: object) -> None:
    """The same from here to the end of the enclosing `logging_about`."""
    _context.set({**_context.get({}), **_texts(facts)})


class ContextFilter(logging.Filter):
    """Puts the facts on each record, and as `context` all of them in one text for lines that people read."""

    def filter(self, record: logging.LogRecord) -> bool:
        facts = _context.get({})
        vars(record).update(facts)
        record.context = "".join(f" {name}={value}" for name, value in facts.items())
        return True


def _texts(facts: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in facts.items()}
