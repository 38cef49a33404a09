import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mediagen_site import stack


class Command(BaseCommand):
    help = "Runs the web server alone, in place of this process, for machines where something else starts the workers."

    def handle(self, *args: Any, **options: Any) -> None:
        stack.check_port(settings.MEDIAGEN_HOST, settings.MEDIAGEN_PORT)
        command = stack.web_command()
        os.execv(command[0], command)  # noqa: S606  (a fixed command of our own)
