import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from generation.reconcile import reconcile

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Repairs what a crash left: expired leases, lost doorbells, dead workers, unfinished files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until SIGTERM, with this pause")

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self.stdout.write(str(reconcile()))
            return
        leaving = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: leaving.set())
        while not leaving.is_set():
            try:
                reconcile()
            except DatabaseError as error:
                logger.warning("Could not reconcile: %s", error)
            close_old_connections()
            leaving.wait(every)
