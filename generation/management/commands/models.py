"""python manage.py models: which weights are here, and how to get them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from generation.catalogue import Model, UnknownModel, get_model, models
from generation.engine.api import EngineError
from generation.engine.loras import available
from generation.engine.weights import Condition, Weights, find, read_manifest, verify


class Command(BaseCommand):
    help = "Lists the models and their weights; fetches, verifies or adds weights."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", metavar="{list,fetch,verify,add}")
        actions.add_parser("list", help="List the models and whether their weights are here (the default).")
        fetch = actions.add_parser("fetch", help="Download a model's weights from the hub or from HF_ENDPOINT.")
        fetch.add_argument("id")
        check = actions.add_parser("verify", help="Compare the files with the hashes taken when they were installed.")
        check.add_argument("id", nargs="?")
        add = actions.add_parser("add", help="Install weights from a local .safetensors file or folder.")
        add.add_argument("id")
        add.add_argument("path", type=Path)
        add.add_argument("--config", type=Path, help="A diffusers folder with what the file lacks: shapes, tokenizers.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            match options["action"]:
                case "fetch":
                    self._fetch(_known(options["id"]))
                case "verify":
                    self._verify([_known(options["id"])] if options["id"] else list(models().values()), options["id"])
                case "add":
                    self._add(_known(options["id"]), options["path"], options["config"])
                case _:
                    self._list()
        except EngineError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        heading = (_("id"), _("name"), _("weights"), _("layout"), _("size"))
        rows = [heading, *(_row(model) for model in models().values())]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        for model_id, names in available(settings.MEDIAGEN_MODELS).items():
            if names:
                self.stdout.write(f"{model_id}  LoRA: {', '.join(names)}")

    def _fetch(self, model: Model) -> None:
        from generation.engine.fetching import fetch

        self._report(fetch(model, settings.MEDIAGEN_MODELS))

    def _add(self, model: Model, path: Path, config: Path | None) -> None:
        from generation.engine.installing import add

        self._report(add(model, path, settings.MEDIAGEN_MODELS, config))

    def _report(self, weights: Weights) -> None:
        self.stdout.write(
            _("%(name)s is installed in %(folder)s: %(layout)s, %(size)s.")
            % {
                "name": weights.model.name,
                "folder": weights.folder,
                "layout": weights.layout,
                "size": _size(weights),
            }
        )

    def _verify(self, chosen: list[Model], asked: str | None) -> None:
        faults = 0
        installed = {model.id: find(model, settings.MEDIAGEN_MODELS) for model in chosen}
        for model_id, weights in installed.items():
            if weights is None:
                continue
            if not read_manifest(weights.folder):
                self.stdout.write(_("%(id)s was put here by hand: install it with `models add`.") % {"id": model_id})
            for name, condition in verify(weights).items():
                faults += condition is not Condition.OK
                self.stdout.write(f"{model_id}  {condition:<8}  {name}")
        if asked and not installed[asked]:
            raise CommandError(_("No weights of %(id)s are installed.") % {"id": asked})
        if not any(installed.values()):
            self.stdout.write(_("No weights are installed."))
        if faults:
            message = ngettext(
                "%(count)d file is not what was installed.", "%(count)d files are not what was installed.", faults
            )
            raise CommandError(message % {"count": faults})


def _known(model_id: str) -> Model:
    try:
        return get_model(model_id)
    except UnknownModel as error:
        raise CommandError(
            _("There is no model %(id)s. Choose one of: %(known)s.") % {"id": model_id, "known": ", ".join(models())}
        ) from error


def _row(model: Model) -> tuple[str, ...]:
    try:
        real = find(model, settings.MEDIAGEN_MODELS)
    except EngineError as error:
        return model.id, model.name, _("unusable"), "-", str(error)
    weights = real or find(model, settings.MEDIAGEN_DEMO_MODELS, demo=True)
    if weights is None:
        return model.id, model.name, _("missing"), "-", "-"
    return model.id, model.name, _("demo") if weights.demo else _("installed"), weights.layout, _size(weights)


def _size(weights: Weights) -> str:
    return filesizeformat(weights.size).replace("\xa0", " ")
