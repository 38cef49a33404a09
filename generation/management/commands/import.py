# ruff: noqa: N999  (Django calls a command as its module is called)
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.bringing.archives import Bounds
from generation.bringing.bringing import Bringing

CLAIMED = (
    "By what the record beside the file claims, because this site did not sign it for %(user)s: %(count)d. Such a file "
    "is marked as brought in, what made it is kept as a claim, and the pixel hash of a video is computed anew."
)
TRUST = (
    "If these are from a site of yours that had another secret key, delete for good what came in, and import once more "
    "with --trust: then they come back as they were."
)


class Command(BaseCommand):
    help = "Brings zips, images and videos into somebody's gallery. What is there already is passed over."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="NAME", help="into whose")
        parser.add_argument(
            "--trust",
            action="store_true",
            help="you know that these zips come from a site of yours: take their records as they are, though another "
            "secret key signed them",
        )
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="zips of ours or of others, or files")

    def handle(self, *args: Any, user: str, files: list[Path], trust: bool, **options: Any) -> None:
        person = User.objects.filter(username=user, is_active=True).first()
        if person is None:
            raise CommandError(f"There is no user {user}.")
        bringing = Bringing(person, Bounds(), trusting=trust)
        for path in files:
            try:
                with path.open("rb") as file:
                    bringing.take(path.name, file)
            except OSError as error:
                raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        report = bringing.report
        for line in report.refused:
            self.stderr.write(f"{line.name}: {line.why}")
        restored = f"{len(report.restored)} restored from the trash, " if report.restored else ""
        told = (
            f"{len(report.came)} brought in, {restored}{len(report.there)} here already, {len(report.refused)} refused"
        )
        if report.in_vain:
            raise CommandError(told)
        self.stdout.write(told)
        if report.claimed:
            self.stdout.write(CLAIMED % {"count": report.claimed, "user": user})
        if report.claimed and not trust:
            self.stdout.write(TRUST)
