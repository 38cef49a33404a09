"""A gallery with something of everything in it, and all that there is to compare after it went and came back."""

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.utils import timezone
from PIL import Image

from containers import Embedded
from gallery import collecting, describing, favourites, services, tagging, trash
from gallery.models import Collection, CollectionItem, Descent, Favourite, How, Output, SavedSearch
from gallery.takeout.describing import RESTORED
from generation import uploads
from generation.engine.api import Result
from generation.engine.infotext import infotext
from generation.engine.media import pixel_sha256, save
from generation.models import Generation, Grid, ReferenceImage
from generation.request import parse

SIZE = (64, 48)
AXES = [{"parameter": "seed", "values": [1, 2]}, {"parameter": "output_format", "values": ["png", "jpg"]}]


def film(count: int, shift: int) -> np.ndarray:
    """Frames of a gradient that brightens: (count, height, width, 3)."""
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([x * 255 / width, y * 255 / height, (x + y + shift) % 255], axis=-1)
    return (picture * np.linspace(0.5, 1.0, count)[:, None, None, None]).astype(np.uint8)


def made(owner: User, folder: Path, format: str, seed: int, *, parents: Any = (), **asked: Any) -> Output:
    """What a worker keeps of this request, with a real file."""
    is_video = format in ("mp4", "webm", "gif")
    words = {"model": "phr00t" if is_video else "pony", "mode": "text2video" if is_video else "text2image"}
    request = parse({**words, "prompt": "a teapot, ёлка", "seed": seed, "output_format": format, **asked})
    now = timezone.now()
    generation = Generation.objects.create(
        owner=owner,
        parameters=request.to_json(),
        model=request.model_id,
        mode=request.mode_id,
        state="succeeded",
        started_at=now - timedelta(seconds=2),
        finished_at=now,
    )
    frames = film(5 if is_video else 1, seed)
    path = folder / f"{seed}.{format}"
    embedded = Embedded(infotext(request), json.dumps(request.to_json(), ensure_ascii=False))
    save(frames, path, format, 8, embedded)
    content = path.read_bytes()
    result = Result(
        variant=0,
        path=path,
        seed=seed,
        width=SIZE[0],
        height=SIZE[1],
        frames=len(frames),
        fps=8 if is_video else 0,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        pixel_sha256=pixel_sha256(frames),
        seconds=1.25,
        poster=Image.fromarray(frames[0]),
        receipt={"device": "cpu", "request": request.to_json(), "versions": {"torch": "2.0"}},
    )
    return services.store(
        result, owner_id=owner.pk, generation_id=generation.pk, parameters=request.to_json(), demo=True, parents=parents
    )


def picture(colour: str) -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, colour).save(buffer, "PNG")
    buffer.seek(0)
    return buffer


def fill(owner: User, folder: Path) -> None:
    """Images, videos, a GIF; of a reference, of keyframes; remixed, made again, in a grid; ordered in every way."""
    upload = uploads.keep(owner, uploads.read_picture(picture("navy")))
    png = made(owner, folder, "png", 1)
    jpg = made(owner, folder, "jpg", 2, parents=[(png.pk, How.REMIX)])
    again = made(owner, folder, "png", 1, parents=[(png.pk, How.RERUN)])
    taken = uploads.keep(owner, uploads.picture_of(png))
    of_upload = made(owner, folder, "png", 3, mode="image2image", reference_image=upload.sha256)
    of_png = made(
        owner, folder, "png", 4, mode="image2image", reference_image=taken.sha256, parents=[(png.pk, How.REFERENCE)]
    )
    mp4, webm, gif = (made(owner, folder, format, 5) for format in ("mp4", "webm", "gif"))
    rows = [{"frame_index": 0, "image": upload.sha256}, {"frame_index": 16, "image": taken.sha256}]
    keyframed = made(owner, folder, "mp4", 6, model="anisora", mode="arbitrary", keyframes=rows)
    Output.objects.filter(pk=of_upload.pk).update(from_photograph=True)
    Output.objects.filter(pk=again.pk).update(again={"verdict": "near", "psnr": 41.5})
    grid = Grid.objects.create(owner=owner, parameters=png.parameters, axes=AXES)
    for cell, output in {0: png, 3: jpg}.items():
        Generation.objects.filter(outputs=output).update(grid=grid, cell=cell)
    describing.describe(png, title="Первый чайник", notes="Keep this.")
    tagging.add(owner, [png.pk, mp4.pk], "tea")
    tagging.add(owner, [jpg.pk, gif.pk], "ёлка")
    favourites.add(owner, [webm.pk, png.pk])
    trash.trash(owner, [of_png.pk])
    shelf = Collection(owner=owner, title="Shelf", description="Things for tea", cover=mp4)
    collecting.save(shelf)
    collecting.add(shelf, [mp4.pk, png.pk, keyframed.pk])
    collecting.save(Collection(owner=owner, title="All of one tag", query="tag:tea", cover=png))
    SavedSearch.objects.create(owner=owner, name="Videos", query="type:video")


def everything(owner: User) -> dict[str, Any]:
    """Rows, files and what ties them, as JSON."""
    outputs = Output.objects.filter(owner=owner).order_by("pk")
    found = {
        "outputs": [{name: getattr(row, name) for name in RESTORED} for row in outputs],
        "files": {str(row.pk): _digest(row.file) for row in outputs},
        "posters": sorted(str(row.pk) for row in outputs if row.poster.size > 0),
        "tags": [[str(row.pk), sorted(row.tags.values_list("name", flat=True))] for row in outputs],
        "favourites": list(Favourite.objects.filter(person=owner).order_by("output").values("output", "created_at")),
        "family": list(
            Descent.objects.filter(child__owner=owner)
            .order_by("child", "parent", "how")
            .values("child", "parent", "how")
        ),
        "collections": list(
            Collection.objects.filter(owner=owner)
            .order_by("title")
            .values("pk", "title", "description", "query", "cover", "created_at", "visibility")
        ),
        "items": list(
            CollectionItem.objects.filter(collection__owner=owner)
            .order_by("place")
            .values("collection", "output", "place")
        ),
        "searches": list(SavedSearch.objects.filter(owner=owner).values("name", "query")),
        "references": [
            [row.sha256, _digest(row.file), row.made_here, row.taken_from_id, row.created_at, row.rights_confirmed_at]
            for row in ReferenceImage.objects.filter(owner=owner).order_by("sha256")
        ],
        "grids": [
            [*row, list(Output.objects.filter(generation__grid=row[0]).order_by("pk").values("pk", "generation__cell"))]
            for row in Grid.objects.filter(owner=owner).values_list("pk", "parameters", "axes", "created_at")
        ],
        "private": list(outputs.values_list("visibility", "rating", "withheld").distinct()),
        "stacks": sorted(
            sorted(str(pk) for pk in outputs.filter(stack=stack).values_list("pk", flat=True))
            for stack in set(outputs.values_list("stack", flat=True))
        ),
        "on top": sorted(str(pk) for pk in outputs.filter(leads_stack=True).values_list("pk", flat=True)),
    }
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str))
    return plain


def wipe(owner: User) -> None:
    for model in (Collection, SavedSearch, Favourite, Output, Generation, Grid, ReferenceImage):
        model._default_manager.all().delete()
    owner.tags.all().delete()


def _digest(file: Any) -> str:
    with file.open("rb") as content:
        return hashlib.sha256(content.read()).hexdigest()
