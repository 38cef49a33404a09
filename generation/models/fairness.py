"""What each person has had of the machines, who is next, and what operators set."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


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
