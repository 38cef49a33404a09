"""Where ledger, engine and gallery meet: one generation, from the claim to the kept files."""

import errno
import io
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections
from django.utils.translation import gettext_noop as _
from PIL import Image

from containers import mark
from gallery import services
from gallery.models import How

from . import ledger, signing
from .engine.api import EngineError, OutOfMemory, Progress, Refused, Result, Stage, Stopped
from .engine.engine import Engine
from .log_context import logging_about
from .models import Generation, ReferenceImage, Worker
from .patience import AWAY, patiently
from .request import Request
from .scratch import working_folder
from .watchdog import Watchdog

logger = logging.getLogger(__name__)

PREVIEW_SECONDS = 0.5
PREVIEW_QUALITY = 80
LEAVING_SECONDS = 5
"""A worker that leaves waits no longer than this for a database that is away."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
UNUSABLE = _("This model cannot be used on this machine as it is. The operator can find out why in the log.")
UNEXPECTED = _("Something went wrong while making this. The operator can find out what in the log.")
DISK_FULL = _("The disk is full, so what was made could not be kept. Try again once the operator has made room.")

T = TypeVar("T")


@dataclass
class Desk:
    """One worker process: its engine, what it works on, and whether it is asked to go."""

    worker: Worker
    engine: Engine
    leaving: threading.Event = field(default_factory=threading.Event)
    current: Generation | None = None
    lost: Generation | None = None
    watchdog: Watchdog = field(default_factory=Watchdog)

    def should_stop(self) -> bool:
        return self.leaving.is_set() or (self.lost is not None and self.lost is self.current)

    def patiently(self, act: Callable[[], T]) -> T:
        """Do this also if the database is away for a moment. Raises its error when it stays away."""
        return patiently(act, lambda: LEAVING_SECONDS if self.leaving.is_set() else settings.STALL_SECONDS)


_desk: Desk | None = None


def sit_down(desk: Desk | None) -> None:
    """Make this process a worker: what the doorbell calls from now on works at this desk."""
    global _desk
    _desk = desk


def answer() -> None:
    """What a ring of the doorbell calls: work for as long as there is something to claim."""
    if _desk is None:
        raise RuntimeError("The doorbell was answered outside a worker; start one with `manage.py worker`.")
    while not _desk.leaving.is_set():
        close_old_connections()
        _desk.worker.warm_models = _desk.engine.loaded
        generation = ledger.claim(_desk.worker)
        if generation is None:
            return
        with logging_about(generation=generation.pk):
            logger.info("Attempt %d begins: %s, %s.", generation.attempt, generation.model, generation.mode)
            work(_desk, generation)


def work(desk: Desk, generation: Generation) -> None:
    """Run one claimed generation to an end: succeeded, failed, handed back, or lost to another attempt."""
    desk.current = generation
    longest = settings.STALL_SECONDS + max(generation.estimated_seconds, generation.estimated_seconds_high)
    try:
        with desk.watchdog.watching(longest):
            _make(desk, generation)
    except (Stopped, ledger.LeaseLost):
        if desk.leaving.is_set() and desk.patiently(lambda: ledger.hand_back(generation)):
            logger.info("Generation %s handed back: this worker is leaving.", generation.pk)
        else:
            logger.info("Generation %s stopped: it was cancelled, or belongs to another attempt.", generation.pk)
    except AWAY as error:
        logger.error("Generation %s is handed back, for the database was away: %s", generation.pk, error)
        desk.patiently(lambda: ledger.hand_back(generation))
    except Refused as error:
        _fail(desk, generation, str(error), error.suggestion if isinstance(error, OutOfMemory) else None)
        logger.warning("Generation %s cannot be made here: %s (%s)", generation.pk, error, error.__cause__)
    except EngineError as error:
        _fail(desk, generation, UNUSABLE)
        logger.error("Generation %s failed: %s", generation.pk, error)
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in NO_ROOM
        _fail(desk, generation, DISK_FULL if full else UNEXPECTED)
        logger.exception("Generation %s failed unexpectedly.", generation.pk)
    finally:
        desk.current = None


def _fail(desk: Desk, generation: Generation, error: str, suggestion: dict[str, Any] | None = None) -> None:
    desk.patiently(lambda: ledger.fail(generation, error, suggestion))


def _make(desk: Desk, generation: Generation) -> None:
    request = generation.request
    # An earlier attempt may have kept some: only the others are made.
    kept = set(generation.outputs.values_list("variant", flat=True)) if generation.attempt > 1 else set()
    missing = [variant for variant in range(request["batch_size"]) if variant not in kept]
    if not missing:
        ledger.finish(generation)
        return
    reporter = _Reporter(desk, generation)
    with working_folder() as folder:
        results = desk.engine.run(
            request,
            picture=lambda sha256: _picture(generation, sha256),
            out_dir=folder,
            on_progress=reporter,
            should_stop=desk.should_stop,
            skip=kept,
        )
        for result in results:
            last = result.variant == missing[-1]
            desk.patiently(partial(_keep, generation, request, signing.signed(result), last))
            logger.info("Variant %d is kept: it took %.1f s.", result.variant, result.seconds)


def _keep(generation: Generation, request: Request, result: Result, last: bool) -> None:
    """Store one variant and, with the last, the end of the generation: all of it, or nothing."""
    services.store(
        result,
        owner_id=generation.owner_id,
        generation_id=generation.pk,
        parameters=request.for_variant(result.variant).to_json(),
        demo=result.receipt["demo"],
        from_photograph=_from_photograph(generation),
        parents=_parents(generation),
        within=lambda: _accepting(generation, last),
    )


@contextmanager
def _accepting(generation: Generation, last: bool) -> Iterator[None]:
    """The transaction that a result enters in: only while the attempt holds the generation."""
    with ledger.holding(generation):
        yield
        if last:
            ledger.finish(generation)


def _from_photograph(generation: Generation) -> bool:
    """Whether a picture that was not made here goes into it."""
    used = ReferenceImage.objects.filter(owner_id=generation.owner_id, sha256__in=generation.request.images)
    return used.filter(made_here=False).exists()


def _parents(generation: Generation) -> list[tuple[UUID, How]]:
    """The outputs that it starts from: by its request, or by the pictures that were taken from them."""
    used = ReferenceImage.objects.filter(owner_id=generation.owner_id, sha256__in=generation.request.images)
    found = [
        (generation.remixed_from_id, How.REMIX),
        (generation.rerun_of_id, How.RERUN),
        *((pk, How.REFERENCE) for pk in used.values_list("taken_from", flat=True)),
    ]
    return [(parent, how) for parent, how in found if parent is not None]


def _picture(generation: Generation, sha256: str) -> Image.Image:
    reference = ReferenceImage.objects.get(owner_id=generation.owner_id, sha256=sha256)
    with reference.file.open("rb") as file:
        picture = Image.open(io.BytesIO(file.read()))
        picture.load()
    return picture.convert("RGB")


class _Reporter:
    """Writes every step to the ledger, which also tells whether the generation is still ours to make."""

    def __init__(self, desk: Desk, generation: Generation) -> None:
        self.desk = desk
        self.generation = generation
        self.previewed_at = 0.0
        self.loading_since: float | None = None

    def __call__(self, progress: Progress) -> None:
        self._time_loading(progress.stage)
        self.desk.watchdog.moved()
        try:
            if not ledger.beat(self.generation, progress):
                self.desk.lost = self.generation
                return
            if progress.preview is not None and time.monotonic() - self.previewed_at >= PREVIEW_SECONDS:
                self.previewed_at = time.monotonic()
                ledger.show(self.generation, jpeg(progress.preview()))
        except AWAY as error:
            # A database that is away for a moment costs a step's news, not the work: the lease decides in the end.
            logger.warning("Progress of %s not written: %s", self.generation.pk, error)
            close_old_connections()

    def _time_loading(self, stage: Stage) -> None:
        """What loading takes is told apart from the work, also to those who wait."""
        if stage == Stage.LOADING:
            self.loading_since = time.monotonic()
        elif self.loading_since is not None:
            self.generation.loading_seconds = time.monotonic() - self.loading_since
            self.loading_since = None


def jpeg(picture: Image.Image) -> bytes:
    """A preview as a file, marked as made by AI."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=PREVIEW_QUALITY, xmp=mark())
    return buffer.getvalue()
