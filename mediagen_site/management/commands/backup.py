from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from mediagen_site import backup


class Command(BaseCommand):
    help = "Writes the database and all kept files to one archive, while MediaGen runs. Model weights are left out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the file to make, such as mediagen.tar")
        parser.add_argument("--secret-key", action="store_true", help="with the secret key, so that sign-ins last")

    def handle(self, *args: Any, path: Path, secret_key: bool, **options: Any) -> None:
        try:
            files, size = backup.make(path.absolute(), secret_key=secret_key)
        except FileExistsError:
            raise CommandError(f"{path} is there already.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error}.") from None
        kept = "its files stay in their bucket" if files is None else f"{files} files"
        self.stdout.write(f"{path}: the database, {kept}; {filesizeformat(size)}. Keep it where nobody else reads it.")
