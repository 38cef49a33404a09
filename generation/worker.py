"""The resident worker: an RQ worker that keeps its models warm from job to job and tells that it lives."""

import gc
import logging
import os
import socket
import threading
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.db.models.functions import Now
from django.utils import timezone
from redis.client import Pipeline
from rq import SimpleWorker
from rq.timeouts import TimerDeathPenalty

from . import ledger, scratch, tasks
from .engine import devices
from .engine.engine import Engine
from .log_context import logging_about
from .models import NUMBERED, Generation, Worker

logger = logging.getLogger(__name__)


class ResidentWorker(SimpleWorker):
    """RQ's worker without a fork: CUDA does not survive one, and each fork would load the model anew.

    What RQ's own SimpleWorker lacks is added here: a heart that beats while a job runs, and a stop that reaches
    the job at its next step.
    """

    death_penalty_class = TimerDeathPenalty
    max_connection_wait_time = 5.0  # between two looks for a Redis that is away

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = open_desk(self.name)
        tasks.sit_down(self.desk)

    def work(self, *args: Any, **kwargs: Any) -> bool:
        gc.freeze()  # or each full collection looks through all that was imported, for a third of a second
        with Heart(self.desk):
            return super().work(*args, **kwargs)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's, in one round trip instead of three: each ring waits for one before it is answered."""
        if pipeline is not None:
            super().heartbeat(timeout, pipeline)
            return
        with self.connection.pipeline(transaction=False) as own:
            super().heartbeat(timeout, own)
            own.execute()

    def handle_warm_shutdown_request(self) -> None:
        self.desk.leaving.set()
        super().handle_warm_shutdown_request()


class Heart(threading.Thread):
    """Renews the worker's row and the lease of what it works on, also through long calls without steps."""

    def __init__(self, desk: tasks.Desk) -> None:
        super().__init__(name="heart", daemon=True)
        self.desk = desk
        self.stopped = threading.Event()
        self.beats_of_leaving = 0

    def __enter__(self) -> "Heart":
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stopped.set()
        self.join()
        try:
            Worker.objects.filter(pk=self.desk.worker.pk).delete()
        except Error as error:
            logger.warning("This worker could not sign off: %s", error)

    def run(self) -> None:
        interval = settings.LEASE_SECONDS / 5
        while True:
            current = self.desk.current
            with logging_about(**({"generation": current.pk} if current else {})):
                self.try_to_beat()
            if self.stopped.wait(interval):
                return

    def try_to_beat(self) -> None:
        try:
            self.beat()
        except Error as error:
            logger.warning("The heart could not beat: %s", error)
        finally:
            connections.close_all()

    def beat(self) -> None:
        worker, engine = self.desk.worker, self.desk.engine
        worker.warm_models, worker.readings, worker.seen_at = engine.loaded, engine.readings(), Now()
        news = {name: getattr(worker, name) for name in ("warm_models", "readings", "seen_at")}
        # Only its own columns: whether it drains is for operators to say.
        if not Worker.objects.filter(pk=worker.pk).update(**news):
            worker.save(force_insert=True)  # the reconciler thought it dead
        if (current := self.desk.current) is not None:
            self.beat_for(current)

    def beat_for(self, current: Generation) -> None:
        """Renew the lease; or hand back what a leaving worker cannot stop, for its step takes long: it will be killed
        for that, and to be killed counts as a crash."""
        if self.desk.leaving.is_set():
            self.beats_of_leaving += 1
        if self.beats_of_leaving > 1:
            ledger.hand_back(current)
            self.desk.lost = current
        elif not ledger.beat(current):
            self.desk.lost = current


def open_desk(name: str) -> tasks.Desk:
    """The worker's row, and an engine with every model at hand and none loaded yet.

    Raises EngineError if this machine cannot do what the settings ask of the engine.
    """
    scratch.sweep()  # no reconciler may run on this machine
    asked = settings.MEDIAGEN_ENGINE
    options = replace(asked, device=devices.choose(asked.device, settings.MEDIAGEN_WORKER_NUMBER))
    engine = Engine(settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS, options)
    now = timezone.now()
    worker = Worker(
        name=name,
        hostname=socket.gethostname(),
        pid=os.getpid(),
        device=f"{devices.hardware(engine.device)}{NUMBERED}{engine.device}",
        capabilities=engine.prepare(only=settings.WORKER_MODELS),
        started_at=now,
        seen_at=Now(),
    )
    worker.save()
    return tasks.Desk(worker, engine)
