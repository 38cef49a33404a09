"""The ledger's tables. `ledger.py` is the only writer of Generation."""

import uuid
from functools import cached_property

from django.conf import settings
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


class Worker(models.Model):
    """A process that runs generations, as it last described itself."""

    name = models.CharField(_("name"), max_length=120, primary_key=True)
    hostname = models.CharField(_("host"), max_length=120)
    pid = models.PositiveIntegerField("PID")
    device = models.CharField(_("device"), max_length=80)
    warm_models = models.JSONField(_("warm models"), default=list)
    started_at = models.DateTimeField(_("started"))
    seen_at = models.DateTimeField(_("last seen"), db_index=True)

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


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

    estimated_seconds = models.FloatField(_("estimated seconds"), default=0.0)
    created_at = models.DateTimeField(_("submitted"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    error = models.TextField(_("error"), blank=True)

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
            # The claim: the oldest queued row. The reconciler: running rows whose lease ran out.
            models.Index(fields=["created_at"], name="generation_queued", condition=models.Q(state="queued")),
            models.Index(fields=["lease_until"], name="generation_leased", condition=models.Q(state="running")),
            # "My queue" and "my latest" in the studio.
            models.Index(fields=["owner", "-created_at"], name="generation_of_owner"),
            # Timings of one model and mode, newest first, for the estimate.
            models.Index(
                fields=["model", "mode", "-finished_at"],
                name="generation_timings",
                condition=models.Q(state="succeeded"),
            ),
        ]

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
    return f"references/{reference.sha256[:2]}/{reference.sha256}.png"


class ReferenceImage(models.Model):
    """A picture that somebody gave: upright, without metadata, named by its content, one row a person and picture."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reference_images", verbose_name=_("owner")
    )
    sha256 = models.CharField("SHA-256", max_length=64)
    file = models.FileField(_("file"), upload_to=reference_path)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("reference image")
        verbose_name_plural = _("reference images")
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="one_reference_per_owner_and_content")]

    def __str__(self) -> str:
        return self.sha256[:12]
