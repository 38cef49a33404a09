from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("Moderation")

    def ready(self) -> None:
        from . import listening, taking_out  # noqa: F401  (connects the receivers)

        listening.keep_bulk_acts()
