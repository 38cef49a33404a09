import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gallery import chores, rating


class Command(BaseCommand):
    help = "Rates, draws smaller pictures, and does whatever else is due for the gallery."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until SIGTERM, with this pause")

    def handle(self, *args: Any, every: float | None, **options: Any) -> None:
        leaving = threading.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signal_number, lambda *_: leaving.set())
        if every is None:
            rating.follow_setting()
            chores.do_all(chores.all_chores(), leaving)
        else:
            chores.go_on(chores.all_chores(), leaving, every)
