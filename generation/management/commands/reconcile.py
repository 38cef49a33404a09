import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections

from generation.reconcile import Reconciler, reconcile

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Repairs what a crash left: expired leases, lost doorbells, dead workers, files without a row."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until SIGTERM, with this pause")

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        if every is None:
            self.stdout.write(str(reconcile()))
            return
        leaving = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: leaving.set())
        reconciler = Reconciler()
        while not leaving.is_set():
            try:
                reconciler.round()
            except Error as error:
                logger.warning("The database does not answer: %s", error)
                reconciler.forget()
            except Exception:  # a storage that is away now may be back for the next round
                logger.exception("This round of repairs was cut short.")
            close_old_connections()
            leaving.wait(every)
