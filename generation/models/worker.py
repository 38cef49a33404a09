"""Who runs what was asked for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

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
