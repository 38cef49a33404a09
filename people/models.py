"""What MediaGen knows of a person beside the account, and how somebody may become one."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Operators are whom Django calls staff: they need no role."""

    MEMBER = "member", _("member")
    MODERATOR = "moderator", _("moderator")


class Profile(models.Model):
    """One person. Who has no row is a member that has chosen nothing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="profile", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    adult_confirmed_at = models.DateTimeField(_("confirmed to be an adult"), null=True, blank=True)
    wants_mature = models.BooleanField(_("wants to see mature content"), default=False)
    paused_until = models.DateTimeField(
        _("paused until"), null=True, blank=True, help_text=_("May look until then, and not generate or share.")
    )
    stopped_because = models.CharField(
        _("reason"), max_length=500, blank=True, help_text=_("Why the person was last paused or banned.")
    )

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()


class Invitations(models.QuerySet["Invitation"]):
    def good(self) -> "Invitations":
        """Those that can still be used."""
        return self.filter(uses_left__gt=0, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A link with which somebody may make an account. The link itself is known to whoever it was given to alone."""

    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    uses_left = models.PositiveSmallIntegerField(_("uses left"), default=1)
    expires_at = models.DateTimeField(_("expires"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="invitations", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = Invitations.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.made_by} {self.created_at:%Y-%m-%d}"


class JoinRequest(models.Model):
    """Somebody who asked to join. The account is there, inactive, until somebody lets the person in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="join_request",
        verbose_name=_("person"),
    )
    words = models.CharField(_("about themselves"), max_length=500)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")

    def __str__(self) -> str:
        return str(self.user)


class Notice(models.Model):
    """Something a person is to know. `message` is an English template, translated when it is shown."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=_("person"))
    message = models.TextField(_("message"))
    params = models.JSONField(default=dict, blank=True)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(_("told"), auto_now_add=True)
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="notice_of_person"),
            # Every page asks what is new.
            models.Index(fields=["user", "id"], name="notice_unseen", condition=models.Q(seen_at=None)),
        ]

    def __str__(self) -> str:
        return self.message
