"""The ledger's tables. The `ledger` package is the only writer of Generation, Share and QueueControl."""

import time
import uuid
from functools import cached_property

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .request import Request, parse


class State(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    SUCCEEDED = "succeeded", _("succeeded")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


ACTIVE_STATES = (State.QUEUED, State.RUNNING)
FINAL_STATES = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
SMALLEST_WEIGHT = 0.01
NUMBERED = " · "
"""Stands between the name of a worker's hardware and its number."""


class Worker(models.Model):
    """A process that runs generations, as it last described itself."""

    name = models.CharField(_("name"), max_length=120, primary_key=True)
    hostname = models.CharField(_("host"), max_length=120)
    pid = models.PositiveIntegerField("PID")
    device = models.CharField(_("device"), max_length=80)
    warm_models = models.JSONField(_("warm models"), default=list)
    capabilities = models.JSONField(
        _("capabilities"),
        default=dict,
        help_text=_("What it can run: models present and whether they are demo models, LoRAs, memory in bytes."),
    )
    readings = models.JSONField(
        _("readings"), default=dict, help_text=_("What it measured lately: step times, cache hits, memory in use.")
    )
    draining = models.BooleanField(
        _("draining"), default=False, help_text=_("Finishes what it works on and takes nothing more.")
    )
    loaded_at = models.DateTimeField(
        _("changed models"), null=True, blank=True, help_text=_("When it last took up a model that was not warm.")
    )
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def able(self) -> frozenset[str] | None:
        """The models that it announced, by id; None where it has announced nothing: it counts as able to run all."""
        models = self.capabilities.get("models")
        return None if models is None else frozenset(models)

    @property
    def loras(self) -> dict[str, frozenset[str]] | None:
        """The LoRAs that it announced, by the model they are for; None where it has announced nothing."""
        loras = self.capabilities.get("loras")
        return None if loras is None else {model: frozenset(names) for model, names in loras.items()}

    @property
    def hardware(self) -> str:
        """The device without its number: what timings learned on it hold for."""
        return self.device.partition(NUMBERED)[0]


class Share(models.Model):
    """What one person has had of the machines, and how much they may have. A person who never asked has no row."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="share", verbose_name=_("owner")
    )
    weight = models.FloatField(
        _("weight"),
        default=1.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(100)],
        help_text=_("2 is entitled to twice what 1 is."),
    )
    virtual_seconds = models.FloatField(
        _("virtual seconds"), default=0.0, help_text=_("GPU seconds divided by weight; the lowest is served next.")
    )
    max_running = models.PositiveIntegerField(_("running at once"), null=True, blank=True)
    max_queued = models.PositiveIntegerField(_("waiting at once"), null=True, blank=True)
    seconds_a_day = models.PositiveIntegerField(_("GPU seconds a day"), null=True, blank=True)

    class Meta:
        verbose_name = _("share")
        verbose_name_plural = _("shares")
        indexes = [models.Index(fields=["virtual_seconds"], name="share_next")]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def of(cls, owner_id: int | None) -> "Share":
        """The person's row, or what stands for one where there is none (never saved here)."""
        return cls.objects.filter(pk=owner_id).first() or cls(pk=owner_id)


class Turn(models.Model):
    """A person's waiting generations of one model with the same LoRAs, which a worker can run all or none of, in the
    order of service. The claim reads the first of each model.

    There is one wherever something waits, and there may be one where nothing does any more. `virtual_seconds` are the
    share's, here once more for the index.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="turns")
    model = models.CharField(max_length=40)
    loras = models.TextField(default="")
    virtual_seconds = models.FloatField()
    served_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "model", "loras"], name="one_turn_per_kind")]
        indexes = [
            # The claim: the least served of each model. A newcomer: the least served of all.
            models.Index(fields=["model", "virtual_seconds", "id"], name="turn_next"),
            models.Index(fields=["virtual_seconds"], name="turn_least"),
            # A worker that lacks LoRAs: which are asked for.
            models.Index(fields=["model", "loras"], name="turn_with_loras", condition=~models.Q(loras="")),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.model}"


class QueueControl(models.Model):
    """One row: what operators have set for the queue as a whole."""

    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)

    class Meta:
        verbose_name = _("queue control")
        verbose_name_plural = _("queue control")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


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
    """One submit: what was asked, and how far it is. The row is the truth; Redis only says that there is work."""

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


def reference_path(reference: "ReferenceImage", filename: str) -> str:
    return f"references/{reference.sha256[:2]}/{uuid.uuid4()}.png"


class ReferenceImage(models.Model):
    """A picture that somebody gave: upright, without metadata, named by its content, one row a person and picture."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reference_images", verbose_name=_("owner")
    )
    sha256 = models.CharField("SHA-256", max_length=64)
    file = models.FileField(_("file"), upload_to=reference_path)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    made_here = models.BooleanField(
        _("made here"), default=False, help_text=_("Taken from an output that no uploaded picture went into.")
    )
    rights_confirmed_at = models.DateTimeField(
        _("right to use confirmed"),
        null=True,
        blank=True,
        help_text=_("When somebody last uploaded it, under that word."),
    )
    taken_from = models.ForeignKey(
        "gallery.Output",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken from"),
        help_text=_("The output whose picture, or frame, this is."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("reference image")
        verbose_name_plural = _("reference images")
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_reference_per_owner_and_content")]

    def __str__(self) -> str:
        return self.sha256[:12]
