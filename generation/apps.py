from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GenerationConfig(AppConfig):
    name = "generation"
    verbose_name = _("Generation")

    def ready(self) -> None:
        from gallery.search import vocabulary

        from . import stopping, uploads  # noqa: F401  (connect the receivers that cancel and that remove files)
        from .searching import operators

        vocabulary.add(operators)
