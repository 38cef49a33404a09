import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, close_old_connections

from gallery import rating

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Rates what is not rated yet, by the classifier and the words of the prompt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="first forget what the classifier said before")
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until SIGTERM, with this pause")

    def handle(self, *args: Any, again: bool, every: float | None, **options: Any) -> None:
        leaving = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: leaving.set())
        try:
            if again:
                rating.rate_again()
            if every is None:
                self._by_hand(leaving)
            else:
                _go_on(leaving, every)
        except ImportError as error:
            raise CommandError(f"MEDIAGEN_CLASSIFIER cannot be used: {error}") from error

    def _by_hand(self, leaving: threading.Event) -> None:
        rating.follow_setting()
        while not leaving.is_set() and (output := rating.rate_next()):
            self.stdout.write(f"{output.pk} {output.rating or '?'} {output.withheld}".rstrip())


def _go_on(leaving: threading.Event, every: float) -> None:
    followed = False
    while not leaving.is_set():
        try:
            if not followed:
                rating.follow_setting()
                followed = True
            found = rating.rate_next()
        except Error as error:
            logger.warning("The database does not answer: %s", error)
            found = None
        close_old_connections()
        if found is None:
            leaving.wait(every)
