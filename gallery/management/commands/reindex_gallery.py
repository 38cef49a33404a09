from typing import Any

from django.core.management import BaseCommand

from gallery.search import index


class Command(BaseCommand):
    help = "Write the words by which outputs are found anew, all of them."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Wrote the words of {index.write_all()} outputs.")
