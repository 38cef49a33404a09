"""Waiting for a database that is away for a while, where minutes of work would otherwise be lost."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
PAUSE_SECONDS = 0.5

T = TypeVar("T")


def patiently(act: Callable[[], T], patience: Callable[[], float]) -> T:
    """What `act` answers once the database does. Raises its error when it stays away longer than `patience()` seconds.

    A commit may have taken place although its answer was lost, so `act` must be safe to do twice.
    """
    started = time.monotonic()
    while True:
        try:
            return act()
        except AWAY as error:
            if time.monotonic() - started > patience():
                raise
            logger.warning("The database does not answer (%s); trying again.", error)
            close_old_connections()
            time.sleep(PAUSE_SECONDS)
