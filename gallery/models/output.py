"""What was made, with everything needed to make it again."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from safety import ratings

if TYPE_CHECKING:
    from .rendition import Drawn


def output_path(output: "Output", filename: str) -> str:
    return f"outputs/{output.sha256[:2]}/{output.id}.{output.format}"


def poster_path(output: "Output", filename: str) -> str:
    return f"posters/{output.sha256[:2]}/{output.id}.webp"


class Rating(models.TextChoices):
    UNRATED = ratings.Rating.UNRATED, _("not rated yet")
    GENERAL = ratings.Rating.GENERAL, _("general")
    MATURE = ratings.Rating.MATURE, _("mature")
    EXPLICIT = ratings.Rating.EXPLICIT, _("explicit")


class RatedBy(models.TextChoices):
    NOBODY = "", _("nobody")
    CLASSIFIER = "classifier", _("classifier")
    OWNER = "owner", _("owner")
    MODERATOR = "moderator", _("moderator")


class Withheld(models.TextChoices):
    """Why an output is shown to nobody but moderators. What is removed is deleted once no appeal can bring it back."""

    NO = "", _("not withheld")
    MATURE_OFF = "mature_off", _("rated above general, which this site does not show")
    PHOTOGRAPH = "photograph", _("made of an uploaded photograph and rated above general")
    POLICY = "policy", _("against the rules of what may be made")
    MODERATOR = "moderator", _("withheld by a moderator")
    REMOVED = "removed", _("removed by a moderator")


class Visibility(models.TextChoices):
    PRIVATE = "private", _("private")
    LINK = "link", _("whoever has the link")
    PUBLIC = "public", _("everybody here")


class Output(models.Model):
    """One file: an image or a video. `variant` counts within its generation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="outputs", verbose_name=_("owner"))
    generation = models.ForeignKey(
        "generation.Generation", models.SET_NULL, null=True, related_name="outputs", verbose_name=_("generation")
    )
    variant = models.PositiveSmallIntegerField(_("variant"), default=0)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    type = models.CharField(_("type"), max_length=10)
    model = models.CharField(_("model"), max_length=40)
    mode = models.CharField(_("mode"), max_length=40)
    prompt = models.TextField(_("prompt"))
    title = models.CharField(_("title"), max_length=120, blank=True)
    notes = models.TextField(_("notes"), max_length=5000, blank=True, help_text=_("For the owner alone."))
    tags = models.ManyToManyField("gallery.Tag", related_name="outputs", blank=True, verbose_name=_("tags"))
    parameters = models.JSONField(_("parameters"), help_text=_("The whole request, with the seed of this very output."))
    receipt = models.JSONField(_("receipt"), help_text=_("What made this: weights, versions, device, timings."))
    demo = models.BooleanField(_("demo model"), default=False)
    imported = models.BooleanField(_("brought in"), default=False, help_text=_("Made elsewhere and brought in."))

    file = models.FileField(_("file"), upload_to=output_path)
    poster = models.FileField(_("poster"), upload_to=poster_path)
    format = models.CharField(_("format"), max_length=8)
    bytes = models.PositiveBigIntegerField(_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    pixel_sha256 = models.CharField(_("SHA-256 of the pixels"), max_length=64)
    seed = models.PositiveBigIntegerField(_("seed"))
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    frames = models.PositiveIntegerField(_("frames"), default=1)
    fps = models.PositiveIntegerField(_("frames per second"), default=0)
    seconds = models.FloatField(_("seconds it took"), default=0.0)

    thumbhash = models.CharField(
        "ThumbHash", max_length=48, blank=True, help_text=_("A placeholder of some 25 bytes, in base64.")
    )
    perceptual_hash = models.BigIntegerField(
        _("perceptual hash"), null=True, blank=True, help_text=_("64 bits, as a signed number.")
    )
    change = models.PositiveSmallIntegerField(
        _("change"),
        null=True,
        blank=True,
        help_text=_("In how many of 64 bits its perceptual hash differs from that of what it was made from."),
    )
    stack = models.UUIDField(
        _("stack"), null=True, blank=True, help_text=_("Shared by what differs in the seed or the variant alone.")
    )
    leads_stack = models.BooleanField(
        _("on top of its stack"), default=True, help_text=_("Stands for its stack where stacks are closed.")
    )
    again = models.JSONField(
        _("made again"), null=True, blank=True, help_text=_("How near a re-run came to its original.")
    )
    trashed_at = models.DateTimeField(_("in the trash since"), null=True, blank=True)

    draw_at = models.DateTimeField(
        _("to be drawn"),
        null=True,
        blank=True,
        default=timezone.now,
        help_text=_("While its renditions are missing: when the next try is due."),
    )
    draw_tries = models.PositiveSmallIntegerField(_("tries to draw it"), default=0)

    rating = models.CharField(_("rating"), max_length=10, choices=Rating.choices, blank=True, default=Rating.UNRATED)
    rated_by = models.CharField(_("rated by"), max_length=10, choices=RatedBy.choices, blank=True, default="")
    withheld = models.CharField(_("withheld"), max_length=10, choices=Withheld.choices, blank=True, default="")
    rate_at = models.DateTimeField(
        _("to be rated"), default=timezone.now, help_text=_("While it is unrated: when the next try is due.")
    )
    rating_tries = models.PositiveSmallIntegerField(_("tries to rate it"), default=0)
    rating_facts = models.JSONField(_("what the classifier saw"), default=dict, blank=True)
    from_photograph = models.BooleanField(
        _("made of an uploaded picture"), default=False, help_text=_("Of a picture that was not made here.")
    )
    visibility = models.CharField(
        _("visible to"), max_length=10, choices=Visibility.choices, default=Visibility.PRIVATE
    )
    shared_with = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="outputs_shared", blank=True, verbose_name=_("shared with")
    )
    link_key = models.UUIDField(_("key of the link"), null=True, blank=True, unique=True)
    shows_prompt = models.BooleanField(_("others see the prompt"), default=True)
    shows_references = models.BooleanField(_("others see the reference images"), default=False)

    class Meta:
        verbose_name = _("output")
        verbose_name_plural = _("outputs")
        ordering = ["-created_at", "-id"]
        constraints = [
            # A late second result of the same variant cannot enter.
            models.UniqueConstraint(fields=["generation", "variant"], name="one_output_per_variant"),
        ]
        indexes = [
            # The owner's gallery by keyset, whole and of one type.
            models.Index(fields=["owner", "-created_at", "-id"], name="output_of_owner"),
            models.Index(fields=["owner", "type", "-created_at", "-id"], name="output_of_owner_and_type"),
            # The same of one model: who has hardly used it would wait for all of their rows to be read.
            models.Index(fields=["owner", "model", "-created_at", "-id"], name="output_of_owner_and_model"),
            # The public gallery by keyset.
            models.Index(fields=["-created_at", "-id"], name="output_public", condition=models.Q(visibility="public")),
            # The owner's gallery with closed stacks; what lies in the trash, by when it goes.
            models.Index(
                fields=["owner", "-created_at", "-id"], name="output_on_top", condition=models.Q(leads_stack=True)
            ),
            models.Index(fields=["trashed_at"], name="output_trashed", condition=models.Q(trashed_at__isnull=False)),
            # One person's trash by keyset; how much room they take, and with what most.
            models.Index(
                fields=["owner", "-created_at", "-id"],
                name="output_in_trash",
                condition=models.Q(trashed_at__isnull=False),
            ),
            models.Index(fields=["owner", "-bytes", "trashed_at"], name="output_of_owner_by_size"),
            # The rest of a stack, newest first; an exact copy that comes in again.
            models.Index(fields=["stack", "-created_at", "-id"], name="output_of_stack"),
            models.Index(fields=["owner", "sha256"], name="output_of_owner_by_content"),
            # The owner's gallery by how far each has gone from what it was made from.
            models.Index(
                fields=["owner", "-change", "-created_at", "-id"],
                name="output_by_change",
                condition=models.Q(change__isnull=False),
            ),
            # One seed, of one person or of everybody.
            models.Index(fields=["seed", "owner"], name="output_by_seed"),
            # What looks alike: one person's hashes without reading a row.
            models.Index(fields=["owner", "perceptual_hash"], name="output_alike"),
            # What still waits for its renditions, by when it is due.
            models.Index(fields=["draw_at"], name="output_undrawn", condition=models.Q(draw_at__isnull=False)),
            # What still waits for its rating, by when it is due.
            models.Index(fields=["rate_at"], name="output_unrated", condition=models.Q(rating="")),
            # What is withheld, for moderators.
            models.Index(fields=["created_at"], name="output_withheld", condition=~models.Q(withheld="")),
        ]

    showing = ratings.Showing.HIDE
    """How it is shown to whom it was fetched for (access); not at all where nobody has asked."""
    drawn: Sequence["Drawn"] | None = None
    """Its renditions, once a page has read them (renditions)."""

    def __str__(self) -> str:
        return f"{self.model} {self.seed} {self.id}"

    @property
    def label(self) -> str:
        """What stands for it in words: its title, or the prompt, where that is told."""
        return self.title or self.prompt or (gettext("Video") if self.is_video else gettext("Image"))

    @property
    def is_video(self) -> bool:
        return self.type == "video"

    @property
    def duration(self) -> float:
        """Playing time in seconds; 0 for an image."""
        return self.frames / self.fps if self.fps else 0.0
