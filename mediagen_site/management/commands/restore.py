from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from mediagen_site import backup, stack


class Command(BaseCommand):
    help = "Makes this site what an archive of `backup` holds. Stop MediaGen on all machines first."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the archive")
        parser.add_argument("--force", action="store_true", help="also where there is a site already")

    def handle(self, *args: Any, path: Path, force: bool, **options: Any) -> None:
        with stack.lock(settings.MEDIAGEN_HOME):
            restored = backup.restore(path, force=force)
        self.stdout.write(f"The site of {restored.made_at} is back, with {restored.files} files, all as they were.")
        if restored.dropped:
            self.stdout.write(f"{restored.dropped} of its rows had lost their files before and are gone.")
        if restored.aside:
            self.stdout.write(f"What was here before is in {restored.aside}.")
