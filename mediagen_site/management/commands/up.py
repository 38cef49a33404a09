import os
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from mediagen_site import stack
from mediagen_site.supervisor import Supervisor


class Command(BaseCommand):
    help = "Runs the whole of MediaGen: Valkey, workers, reconciler, chores and web server, until Ctrl-C or SIGTERM."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.MEDIAGEN_HOST, settings.MEDIAGEN_PORT
        with_demo = stack.check_demo(host)
        held = stack.lock(settings.MEDIAGEN_HOME)
        stack.check_port(host, port)
        supervisor = Supervisor(settings.MEDIAGEN_HOME / "logs", self.stderr.write)
        for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signal_number, supervisor.request_stop)
        try:
            stack.prepare()
            if with_demo:
                stack.make_demo_accounts()
            if not os.environ.get("REDIS_URL"):
                stack.start_valkey(supervisor)
            stack.wait_for_redis(supervisor)
            stack.start_services(supervisor)
            stack.wait_until_ready(supervisor)
            if not supervisor.stopping:
                shown = f"[{host}]" if ":" in host else host
                self.stdout.write(f"MediaGen is ready at http://{shown}:{port}/")
                self.stdout.flush()
            supervisor.watch()
        finally:
            supervisor.stop()
            held.close()
