"""What a run tells its caller while it goes on."""

import time
from collections import defaultdict
from collections.abc import Callable

from generation.engine.api import Progress, Stage, Stopped
from generation.engine.pipelines.family import Preview


class Reporter:
    """Tells where a run stands, measures its stages, and raises Stopped when the caller wants no more."""

    def __init__(
        self,
        variants: int,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        on_step: Callable[[float], None],
    ) -> None:
        self.variant = 0
        self._variants = variants
        self._on_progress = on_progress
        self._should_stop = should_stop
        self._on_step = on_step
        self._stepped_at: float | None = None
        self._current: Stage | None = None
        self._since = 0.0
        self._seconds: defaultdict[Stage, float] = defaultdict(float)

    def stage(self, stage: Stage) -> None:
        self._clock(stage)
        self._stepped_at = None
        self._tell(Progress(stage, variant=self.variant, variants=self._variants))

    def stepped(self, step: int, steps: int, preview: Preview | None) -> None:
        now = time.perf_counter()
        if self._stepped_at is not None:  # what comes before the first step is not denoising alone
            self._on_step(now - self._stepped_at)
        self._stepped_at = now
        self._tell(Progress(Stage.DENOISING, step, steps, self.variant, self._variants, preview))

    def check(self) -> None:
        if self._should_stop():
            raise Stopped

    def lap(self) -> dict[Stage, float]:
        """Seconds by stage since the last lap."""
        self._clock(None)
        seconds = dict(self._seconds)
        self._seconds.clear()
        return seconds

    def _tell(self, progress: Progress) -> None:
        self._on_progress(progress)
        self.check()

    def _clock(self, stage: Stage | None) -> None:
        now = time.perf_counter()
        if self._current is not None:
            self._seconds[self._current] += now - self._since
        self._current, self._since = stage, now
