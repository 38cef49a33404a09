"""Makes a site of an archive."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.utils import timezone

from gallery.models import Output
from generation.models import ReferenceImage

from . import databases, manifest
from .archive import Damaged, unpack
from .making import FILES, SECRET_KEY


@dataclass(frozen=True)
class Restored:
    """What came back. `dropped` rows spoke of files that were deleted while the archive was made; what stood here
    before is in `aside`, if something did."""

    made_at: str
    files: int
    dropped: int
    aside: Path | None


def restore(path: Path, *, force: bool) -> Restored:
    """Put an archive in the place of this site's database and files. Raises CommandError.

    Nothing is touched before all of it is unpacked and checked.
    """
    occupied = not (databases.is_empty() and _has_no_files())
    if occupied and not force:
        raise CommandError("There is a site here already. With --force it makes room.")
    home = settings.MEDIAGEN_HOME
    with tempfile.TemporaryDirectory(dir=home, prefix="restore-") as name:
        folder = Path(name)
        try:
            names = unpack(path, folder)
            told = manifest.read((folder / manifest.NAME).read_text())
        except (Damaged, OSError, ValueError) as error:
            raise CommandError(f"{path} cannot be restored. {error}") from None
        if objection := told.objection():
            raise CommandError(f"{path} cannot be restored. {objection}")
        aside = _make_room(home) if occupied else None
        databases.put_in_place(folder / databases.NAMES[told.database], aside)
        if told.files:
            _put_files_in_place(folder / FILES, aside)
        if (folder / SECRET_KEY).exists():
            shutil.move(folder / SECRET_KEY, home / SECRET_KEY)
    call_command("migrate", verbosity=0, interactive=False)
    kept = {name.removeprefix(f"{FILES}/") for name in names if name.startswith(f"{FILES}/")}
    dropped = sum(_drop_without_file(model, kept) for model in (Output, ReferenceImage)) if told.files else 0
    return Restored(told.made_at, len(kept), dropped, aside)


def _has_no_files() -> bool:
    return not manifest.keeps_files() or not any(Path(default_storage.path("")).glob("*"))


def _make_room(home: Path) -> Path:
    aside = home / f"before-restore-{timezone.now():%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    return aside


def _put_files_in_place(files: Path, aside: Path | None) -> None:
    root = Path(default_storage.path(""))
    if root.exists() and aside:
        shutil.move(root, aside / FILES)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for entry in files.glob("*"):
        shutil.move(entry, root)


def _drop_without_file(model: type[Model], kept: set[str]) -> int:
    rows = model._default_manager.only("pk", "file").iterator()
    lost = [row.pk for row in rows if row.file.name not in kept]  # type: ignore[attr-defined]
    model._default_manager.filter(pk__in=lost).delete()
    return len(lost)
