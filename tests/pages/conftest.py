from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from gallery.models import Output
from generation.ledger import accounting
from generation.models import FINAL_STATES, Generation
from generation.request import parse
from tests.conftest import png_bytes


@pytest.fixture
def mine(person, client_of, media) -> Client:
    """The person's browser."""
    return client_of(person)


@pytest.fixture
def ask(db) -> Callable[..., Generation]:
    """A generation as a submit leaves it, without ringing for a worker."""

    def ask(owner: User, **values: Any) -> Generation:
        state = values.pop("state", "queued")
        request = parse({"model": "pony", "mode": "text2image", "prompt": "a teapot on a hill", "seed": 7, **values})
        now = timezone.now()
        generation = Generation.objects.create(
            owner=owner,
            state=state,
            started_at=None if state == "queued" else now - timedelta(seconds=12),
            finished_at=now if state in FINAL_STATES else None,
            parameters=request.to_json(),
            model=request.model_id,
            mode=request.mode_id,
            estimated_seconds=request.estimate_seconds(),
        )
        with transaction.atomic():
            if state == "queued":
                accounting.enqueue(accounting.lock(owner.pk), generation.model, generation.loras)
        return generation

    return ask


@pytest.fixture
def make(ask, media) -> Callable[..., Output]:
    """An output with real files, as a worker would leave it."""

    def make(owner: User, *, content: bytes | None = None, variant: int = 0, **values: Any) -> Output:
        generation = values.pop("generation", None) or ask(owner, state="succeeded", **values)
        parameters = parse(generation.parameters).for_variant(variant).to_json()
        content = content or png_bytes()
        output = Output(
            owner=owner,
            generation=generation,
            variant=variant,
            type=parameters["type"],
            model=parameters["model"],
            mode=parameters["mode"],
            prompt=parameters["prompt"],
            parameters=parameters,
            receipt={"device": "cpu"},
            format=parameters["output_format"],
            bytes=len(content),
            sha256=f"{variant:064x}",
            pixel_sha256=f"{variant:064x}",
            seed=parameters["seed"],
            width=parameters["width"],
            height=parameters["height"],
            frames=parameters.get("num_frames", 1),
            fps=parameters.get("fps", 0),
        )
        output.file.save("file", ContentFile(content), save=False)
        output.poster.save("poster", ContentFile(png_bytes()), save=False)
        output.save()
        return output

    return make


def upload(content: bytes | None = None, name: str = "picture.png", type: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, png_bytes() if content is None else content, content_type=type)


def form_of(model: str = "pony", mode: str = "text2image", /, **values: Any) -> dict[str, Any]:
    """A right POST of this model and mode. `None` leaves a field out."""
    fields = {"model": model, "mode": mode, "prompt": "a small robot waters a garden", "negative_prompt": "murky mist"}
    if mode in ("image2image", "image2video"):
        fields["reference_image"] = upload()
    if mode == "first_last":
        fields |= {"first_frame": upload(), "last_frame": upload(png_bytes(size=(32, 32)))}
    if mode == "arbitrary":
        fields |= keyframes((0, upload()), (40, upload(png_bytes(size=(32, 32)))))
    return {name: value for name, value in {**fields, **values}.items() if value is not None}


def keyframes(*rows: tuple[Any, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {"keyframes-TOTAL_FORMS": len(rows), "keyframes-INITIAL_FORMS": 0}
    for number, (index, image) in enumerate(rows):
        fields |= {f"keyframes-{number}-frame_index": index, f"keyframes-{number}-image": image}
    return {name: value for name, value in fields.items() if value is not None}


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
