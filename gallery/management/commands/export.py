import os
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from gallery.takeout.entries import everything
from people.zipping import streamed


class Command(BaseCommand):
    help = "Writes somebody's gallery to one zip: files, facts, tags, collections, families, pictures started from."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="NAME", help="whose")
        parser.add_argument("--out", type=Path, metavar="FILE", help="the zip to make; else mediagen-NAME.zip here")

    def handle(self, *args: Any, user: str, out: Path | None, **options: Any) -> None:
        person = User.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no user {user}.")
        path = (out or Path(f"mediagen-{user}.zip")).absolute()
        draft = path.with_name(f".{path.name}.part")
        try:
            # For its owner's eyes alone; it has its name once it is whole, and takes nobody's place.
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.writelines(streamed(everything(person)))
            os.link(draft, path)
        except FileExistsError:
            raise CommandError(f"{path} is there already.") from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
        finally:
            draft.unlink(missing_ok=True)
        self.stdout.write(f"{path}: {filesizeformat(path.stat().st_size)}")
