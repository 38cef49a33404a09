"""Where ledger, engine and gallery meet: one generation, from the claim to the kept files."""

import io
import logging
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, close_old_connections
from django.utils.translation import gettext_noop as _
from PIL import Image

from gallery import services

from . import ledger
from .engine.api import EngineError, OutOfMemory, Progress, Result, Stage, Stopped
from .engine.engine import Engine
from .log_context import logging_about
from .models import Generation, ReferenceImage, Worker
from .request import Request

logger = logging.getLogger(__name__)

PREVIEW_SECONDS = 0.5
PREVIEW_QUALITY = 80
UNUSABLE = _("This model cannot be used on this machine as it is. The operator can find out why in the log.")
UNEXPECTED = _("Something went wrong while making this. The operator can find out what in the log.")


@dataclass
class Desk:
    """One worker process: its engine, what it works on, and whether it is asked to go."""

    worker: Worker
    engine: Engine
    leaving: threading.Event = field(default_factory=threading.Event)
    current: Generation | None = None
    lost: threading.Event = field(default_factory=threading.Event)

    def should_stop(self) -> bool:
        return self.leaving.is_set() or self.lost.is_set()


_desk: Desk | None = None


def sit_down(desk: Desk | None) -> None:
    """Make this process a worker: what the doorbell calls from now on works at this desk."""
    global _desk
    _desk = desk


def answer() -> None:
    """What a ring of the doorbell calls: work off one generation, if one is queued."""
    if _desk is None:
        raise RuntimeError("The doorbell was answered outside a worker; start one with `manage.py worker`.")
    if _desk.leaving.is_set():
        return
    close_old_connections()
    if generation := ledger.claim(_desk.worker):
        with logging_about(generation=generation.pk):
            work(_desk, generation)


def work(desk: Desk, generation: Generation) -> None:
    """Run one claimed generation to an end: succeeded, failed, handed back, or lost to another attempt."""
    desk.lost.clear()
    desk.current = generation
    try:
        _make(desk, generation)
    except (Stopped, ledger.LeaseLost):
        if desk.leaving.is_set() and ledger.hand_back(generation):
            logger.info("Generation %s handed back: this worker is leaving.", generation.pk)
        else:
            logger.info("Generation %s stopped: it was cancelled, or belongs to another attempt.", generation.pk)
    except OutOfMemory as error:
        ledger.fail(generation, str(error))
        logger.warning("Generation %s does not fit: %s", generation.pk, error)
    except EngineError as error:
        ledger.fail(generation, UNUSABLE)
        logger.error("Generation %s failed: %s", generation.pk, error)
    except Exception:
        ledger.fail(generation, UNEXPECTED)
        logger.exception("Generation %s failed unexpectedly.", generation.pk)
    finally:
        desk.current = None


def _make(desk: Desk, generation: Generation) -> None:
    request = generation.request
    reporter = _Reporter(desk, generation)
    with tempfile.TemporaryDirectory(prefix="mediagen-", dir=_scratch()) as folder:
        results = desk.engine.run(
            request,
            picture=lambda sha256: _picture(generation, sha256),
            out_dir=Path(folder),
            on_progress=reporter,
            should_stop=desk.should_stop,
        )
        for result in results:
            _keep(generation, request, result)


def _keep(generation: Generation, request: Request, result: Result) -> None:
    """Store one variant and, with the last, the end of the generation: all of it, or nothing."""
    services.store(
        result,
        owner_id=generation.owner_id,
        generation_id=generation.pk,
        parameters=request.for_variant(result.variant).to_json(),
        demo=result.receipt["demo"],
        within=lambda: _accepting(generation, last=result.variant == request["batch_size"] - 1),
    )


@contextmanager
def _accepting(generation: Generation, last: bool) -> Iterator[None]:
    """The transaction that a result enters in: only while the attempt holds the generation."""
    with ledger.holding(generation):
        yield
        if last:
            ledger.finish(generation)


def _picture(generation: Generation, sha256: str) -> Image.Image:
    reference = ReferenceImage.objects.get(owner_id=generation.owner_id, sha256=sha256)
    with reference.file.open("rb") as file:
        picture = Image.open(io.BytesIO(file.read()))
        picture.load()
    return picture.convert("RGB")


def _scratch() -> Path:
    """Unfinished files lie beside the database, not on a small /tmp; what a killed worker left is swept."""
    folder = settings.MEDIAGEN_HOME / "scratch"
    folder.mkdir(exist_ok=True)
    return folder


class _Reporter:
    """Writes every step to the ledger, which also tells whether the generation is still ours to make."""

    def __init__(self, desk: Desk, generation: Generation) -> None:
        self.desk = desk
        self.generation = generation
        self.previewed_at = 0.0
        self.loading_since: float | None = None

    def __call__(self, progress: Progress) -> None:
        self._time_loading(progress.stage)
        try:
            if not ledger.beat(self.generation, progress):
                self.desk.lost.set()
                return
            if progress.preview is not None and time.monotonic() - self.previewed_at >= PREVIEW_SECONDS:
                self.previewed_at = time.monotonic()
                ledger.show(self.generation, _jpeg(progress.preview()))
        except OperationalError as error:
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


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=PREVIEW_QUALITY)
    return buffer.getvalue()
