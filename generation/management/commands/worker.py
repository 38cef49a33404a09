import os
import sys
import time
from typing import Any

import django_rq
from django.core.management.base import BaseCommand, CommandError
from redis.exceptions import RedisError

from generation.doorbell import QUEUE
from generation.engine.api import EngineError

UNUSABLE = 2
RETRY_SECONDS = 2


class Command(BaseCommand):
    help = "Runs one worker: it keeps its models warm and works off the queue until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            worker = django_rq.get_worker(QUEUE, serializer="rq.serializers.JSONSerializer", name=_name())
            worker.work(with_scheduler=False, logging_level="WARNING")
        except EngineError as error:
            raise CommandError(str(error), returncode=UNUSABLE) from error
        except RedisError as error:
            # RQ gives up when Redis goes away in the middle of a job. The row stays safe in the ledger.
            self.stderr.write(f"Redis is gone: {error}. This worker ends and wants to be started again.")
            time.sleep(RETRY_SECONDS)
            sys.exit(1)


def _name() -> str:
    return f"{os.uname().nodename}-{os.getpid()}-{time.time_ns()}"
