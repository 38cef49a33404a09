from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("Gallery")

    def ready(self) -> None:
        from . import services  # noqa: F401  (connects the receiver that removes files)
        from .search import keeping  # noqa: F401  (connects the receivers that keep the words of outputs)
        from .takeout import listening  # noqa: F401  (adds the gallery to what a person takes out)
