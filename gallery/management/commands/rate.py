from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gallery import rating


class Command(BaseCommand):
    help = "Rates what is not rated yet, by the classifier and the words of the prompt. `chores` does so by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="first forget what the classifier said before")

    def handle(self, *args: Any, again: bool, **options: Any) -> None:
        if again:
            rating.rate_again()
        rating.follow_setting()
        try:
            while output := rating.rate_next():
                self.stdout.write(f"{output.pk} {output.rating or '?'} {output.withheld}".rstrip())
        except ImportError as error:
            raise CommandError(f"MEDIAGEN_CLASSIFIER cannot be used: {error}") from error
