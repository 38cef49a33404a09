"""What was asked for, and how far it is."""

import time
import uuid
from functools import cached_property

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..request import Request, parse
from .worker import Worker


class State(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


ACTIVE_STATES = (State.QUEUED, State.RUNNING)
FINAL_STATES = (State.SUCCEEDED, State.FAILED, State.CANCELLED)


class Grid(models.Model):
    """One request made with every combination of the values of one or two parameters, one generation a cell.

    `axes` are `[{"parameter": "steps", "values": [10, 20]}, …]`, across first, then down; `parameters` what all cells
    have in common.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grids", verbose_name=_("owner"))
    parameters = models.JSONField(_("parameters"))
    axes = models.JSONField(_("axes"))
    created_at = models.DateTimeField(_("submitted"), default=timezone.now)

    class Meta:
        verbose_name = _("grid")
        verbose_name_plural = _("grids")
        # The list of one's own, by keyset.
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="grid_of_owner")]

    def __str__(self) -> str:
        return str(self.pk)


class Generation(models.Model):
    """One submit: what was asked, and how far it is. The row is the truth; Redis only says that there is work.

    One that succeeded and has not finished at any time never ran here: it is the cell of a grid that was brought in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="generations", verbose_name=_("owner")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    parameters = models.JSONField(_("parameters"))
    request_version = models.PositiveSmallIntegerField(default=1)
    model = models.CharField(_("model"), max_length=40)
    mode = models.CharField(_("mode"), max_length=40)
    loras = models.TextField(
        _("LoRAs"), default="", blank=True, help_text=_("Their names, sorted, one a line: a worker must have them.")
    )
    remixed_from = models.ForeignKey(
        "gallery.Output", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("remixed from")
    )
    rerun_of = models.ForeignKey(
        "gallery.Output",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reruns",
        verbose_name=_("made again from"),
    )
    grid = models.ForeignKey(
        Grid, models.SET_NULL, null=True, blank=True, related_name="generations", verbose_name=_("grid")
    )
    cell = models.PositiveSmallIntegerField(
        _("cell"), null=True, blank=True, help_text=_("Of its grid, row by row, counted from 0.")
    )

    estimated_seconds = models.FloatField(_("estimated seconds"), default=0.0)
    estimated_seconds_high = models.FloatField(
        _("estimated seconds at most"), default=0.0, help_text=_("What nine of ten such generations stay below.")
    )
    forecast_seconds = models.FloatField(
        _("forecast seconds"),
        default=0.0,
        help_text=_("From the submit to the end, as the forecast had it before experience corrected it."),
    )
    promised_low = models.DateTimeField(_("promised for"), null=True, blank=True)
    promised_high = models.DateTimeField(_("promised at the latest"), null=True, blank=True)
    place = models.FloatField(
        _("place"), default=time.time, help_text=_("Orders the owner's own waiting generations: the lowest is next.")
    )
    urgent = models.BooleanField(_("urgent"), default=False, help_text=_("Moved to the front by an operator."))
    created_at = models.DateTimeField(_("submitted"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)
    suggestion = models.JSONField(
        _("suggestion"), null=True, blank=True, help_text=_("Parameters with which it would have worked.")
    )
    quarantined = models.BooleanField(
        _("quarantined"), default=False, help_text=_("Lost its worker too often: an operator alone can queue it again.")
    )
    device = models.CharField(_("device"), max_length=80, blank=True)
    loading_seconds = models.FloatField(_("seconds of loading"), default=0.0)
    worked_seconds = models.FloatField(
        _("seconds of work"), default=0.0, help_text=_("Of this attempt without loading, as its worker last told.")
    )
    gpu_seconds = models.FloatField(_("GPU seconds"), default=0.0, help_text=_("Of all attempts together."))
    charged_seconds = models.FloatField(
        _("charged seconds"), default=0.0, help_text=_("What the owner's share was charged ahead for this attempt.")
    )

    attempt = models.PositiveSmallIntegerField(
        _("attempt"), default=0, help_text=_("Counts claims; a result is taken from the current attempt alone.")
    )
    crashes = models.PositiveSmallIntegerField(
        _("crashes"), default=0, help_text=_("How often a worker was lost while it made this.")
    )
    worker = models.ForeignKey(
        Worker, models.SET_NULL, null=True, blank=True, related_name="generations", verbose_name=_("worker")
    )
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    stage = models.CharField(_("stage"), max_length=20, blank=True)
    step = models.PositiveIntegerField(_("step"), default=0)
    steps = models.PositiveIntegerField(_("steps"), default=0)
    fraction = models.FloatField(_("progress"), default=0.0)

    class Meta:
        verbose_name = _("generation")
        verbose_name_plural = _("generations")
        ordering = ["-created_at", "-id"]
        indexes = [
            # The claim: the next row of each turn. The queue page and the reconciler: queued rows by age.
            models.Index(
                fields=["owner", "model", "loras", "place", "id"],
                name="generation_next",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["created_at"], name="generation_queued", condition=models.Q(state="queued")),
            # The claim: what operators moved to the front, which is little.
            models.Index(fields=["place"], name="generation_urgent", condition=models.Q(state="queued", urgent=True)),
            # The reconciler: running rows whose lease ran out.
            models.Index(fields=["lease_until"], name="generation_leased", condition=models.Q(state="running")),
            # "My queue" and "my latest" in the studio.
            models.Index(fields=["owner", "-created_at"], name="generation_of_owner"),
            # Timings of one model and mode, newest first, for the estimate.
            models.Index(
                fields=["model", "mode", "-finished_at"],
                name="generation_timings",
                condition=models.Q(state="succeeded"),
            ),
            # What loading a model took, newest first.
            models.Index(
                fields=["model", "-finished_at"],
                name="generation_loadings",
                condition=models.Q(state="succeeded", loading_seconds__gt=0),
            ),
            # What ended lately: how promises held, and the operator's page.
            models.Index(fields=["-finished_at"], name="generation_finished"),
        ]

    claimed_at: float | None = None
    """Of the process that claimed it, and there alone: by time.monotonic(), which nobody sets."""

    def __str__(self) -> str:
        return f"{self.model} {self.mode} {self.id}"

    @cached_property
    def request(self) -> Request:
        return parse(self.parameters)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES


class Preview(models.Model):
    """What a running generation looks like now: a small JPEG, replaced as it changes and gone when it ends.

    It stands in the database because workers and web servers need share nothing else.
    """

    generation = models.OneToOneField(Generation, models.CASCADE, primary_key=True, related_name="preview")
    jpeg = models.BinaryField()
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.pk)
