import json
import shutil
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext
from PIL import Image

from gallery.models import Output
from generation import commandline, ledger, policy, signing, uploads
from generation.catalogue import Invalid
from generation.engine.api import EngineError, Progress, Result, Stage
from generation.lengths import unread
from generation.models import FINAL_STATES, Generation, State
from generation.request import Faults, Request
from generation.wording import said

INVALID = 2
POLL_SECONDS = 0.2


class Command(BaseCommand):
    help = "Makes an image or a video from the command line, with the parameters of the form."
    shown_stage = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--model", required=True)
        parser.add_argument("--mode", required=True)
        parser.add_argument("--prompt")
        parser.add_argument("--set", action="append", default=[], metavar="ID=VALUE", help="any parameter of the form")
        parser.add_argument(
            "--image", action="append", default=[], metavar="NAME=PATH", help="reference, first or last"
        )
        parser.add_argument("--keyframe", action="append", default=[], metavar="INDEX=PATH")
        parser.add_argument("--lora", action="append", default=[], metavar="NAME=WEIGHT", help="several at once")
        parser.add_argument("--out", type=Path, default=Path(), metavar="DIR")
        parser.add_argument(
            "--queued", action="store_true", help="submit to the queue and wait, instead of running here"
        )
        parser.add_argument("--user", help="whose generation it is, with --queued")
        parser.add_argument("--json", action="store_true", help="one JSON object a line for each output")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["user"] and not options["queued"]:
            raise CommandError("--user goes with --queued: without it nothing is submitted for anybody.")
        chosen = {name: options[name] for name in ("model", "mode", "prompt")}
        try:
            asked = commandline.asked(chosen, options["set"], options["image"], options["keyframe"], options["lora"])
            request = asked.request().with_drawn_seed()
            policy.check_unnamed(request.values)
        except policy.Refused as refused:
            self._refuse(refused.field, said(refused))
            sys.exit(INVALID)
        except Faults as faults:
            for field, fault in faults.by_field.items():
                self._refuse(field, said(fault))
            sys.exit(INVALID)
        try:
            options["out"].mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommandError(f"Cannot write to {options['out']}: {error.strerror}.") from error
        make = self._queued if options["queued"] else self._here
        for line in make(request, asked, options):
            self.stdout.write(json.dumps(line) if options["json"] else line["file"])
            self.stdout.flush()

    def _here(self, request: Request, asked: commandline.Asked, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Run the engine in this process: no web, no Redis, no worker."""
        from generation.engine.engine import Engine

        try:
            engine = Engine(settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS, settings.MEDIAGEN_ENGINE)
        except EngineError as error:
            raise CommandError(str(error), returncode=INVALID) from error
        pictures: dict[str, Image.Image] = {sha256: picture.image for sha256, picture in asked.pictures.items()}
        try:
            for result in engine.run(
                request,
                picture=pictures.__getitem__,
                out_dir=options["out"],
                on_progress=partial(self._tell, request),
                should_stop=lambda: False,
            ):
                yield _describe_result(request, signing.signed(result))
        except EngineError as error:
            raise CommandError(str(error)) from error

    def _queued(self, request: Request, asked: commandline.Asked, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Submit, wait, show progress, and fetch the files."""
        owner = self._owner(options["user"])
        try:
            ledger.check(owner, request)
            for picture in asked.pictures.values():
                uploads.keep(owner, picture)
            self._tell_overlong(request)
            generation = ledger.submit(owner, request)
        except policy.Refused as refused:
            self._refuse(refused.field, said(refused))
            sys.exit(INVALID)
        except Invalid as refused:
            raise CommandError(str(refused)) from refused
        while generation.state not in FINAL_STATES:
            time.sleep(POLL_SECONDS)
            generation = Generation.objects.get(pk=generation.pk)
            self._tell_row(generation)
        if generation.state != State.SUCCEEDED:
            raise CommandError(generation.error or gettext("The generation was cancelled."))
        for output in generation.outputs.order_by("variant"):
            path = options["out"] / Path(str(output.file.name)).name
            with output.file.open("rb") as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
            yield _describe_output(output, path)

    def _owner(self, name: str | None) -> Any:
        people = get_user_model().objects.filter(is_active=True)
        if name is None and people.count() == 1:
            return people.get()
        if name is None:
            self._refuse("user", gettext("Say whose it is: --user NAME."))
            sys.exit(INVALID)
        try:
            return people.get(username=name)
        except get_user_model().DoesNotExist:
            self._refuse("user", gettext("There is no user %(name)s.") % {"name": name})
            sys.exit(INVALID)

    def _refuse(self, field: str, message: str) -> None:
        self.stderr.write(f"{field}: {message}")

    def _tell_overlong(self, request: Request) -> None:
        for field, message in unread(request).items():
            if message:
                self.stderr.write(f"{field}: {message}")

    def _tell(self, request: Request, progress: Progress) -> None:
        if not self.shown_stage:  # now the model is in its place, and its tokenizer with it
            self._tell_overlong(request)
        step = f" {progress.step}/{progress.steps}" if progress.steps else ""
        self._show(progress.stage, f"{progress.fraction:4.0%} {progress.stage}{step}")

    def _tell_row(self, row: Generation) -> None:
        stage = row.stage or row.state
        step = f" {row.step}/{row.steps}" if stage == Stage.DENOISING and row.steps else ""
        self._show(stage, f"{row.fraction:4.0%} {stage}{step}")

    def _show(self, stage: str, text: str) -> None:
        """One line that changes on a terminal, else a line for each new stage."""
        if sys.stderr.isatty():
            self.stderr.write(f"\r{text:<40}", ending="")
        elif stage != self.shown_stage:
            self.stderr.write(text)
        self.shown_stage = stage


def _describe_result(request: Request, result: Result) -> dict[str, Any]:
    return _described(result, result.path, request.for_variant(result.variant).to_json())


def _describe_output(output: Output, path: Path) -> dict[str, Any]:
    return _described(output, path, output.parameters)


def _described(made: Result | Output, path: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    facts = ("seed", "width", "height", "frames", "fps", "sha256", "pixel_sha256", "seconds")
    return {
        "file": str(path),
        **{name: getattr(made, name) for name in facts},
        "parameters": parameters,
        "receipt": made.receipt,
    }
