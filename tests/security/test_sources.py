"""What the code never does: fetch what somebody names, unpickle, evaluate, or keep a secret where others read it."""

import ast
import os
import stat
from collections.abc import Iterator

import pytest
from django.conf import settings
from rq.serializers import resolve_serializer

from mediagen_site import env
from tests.test_architecture import IMPORTS, MODULES, within

NETWORK = (
    *("requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "socket", "ftplib", "telnetlib"),
    *("huggingface_hub", "boto3", "botocore"),
)
REACH_OUT = {
    "generation.engine.fetching": "an operator fetches models by `manage.py models fetch`",
    "generation.worker": "a worker tells the name of its machine",
    "mediagen_site.stack": "`up` looks whether its port is free",
}
"""Modules that may know the network, and what for. No view of people's leads to them."""
UNPICKLING = ("pickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib")
RUNS_WHAT_IT_READS = {"eval", "exec", "compile"}


def calls(name: str) -> Iterator[ast.Call]:
    tree = ast.parse(MODULES[name].read_text())
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str | None, str]:
    return {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


def test_nothing_that_people_send_makes_the_site_fetch_something():
    knowing = {name for name, targets in IMPORTS.items() if any(within(target, *NETWORK) for target in targets)}
    assert knowing <= set(REACH_OUT)


def test_nothing_is_unpickled():
    assert [name for name, targets in IMPORTS.items() if any(within(target, *UNPICKLING) for target in targets)] == []
    for name in MODULES:
        for call in calls(name):
            if dotted(call.func).endswith("torch.load"):
                assert keywords(call).get("weights_only") == "True", name
            if dotted(call.func) in ("np.load", "numpy.load"):
                assert keywords(call).get("allow_pickle", "False") == "False", name


def test_weights_are_safetensors_alone():
    loading = [name for name in MODULES if any(dotted(call.func).endswith("torch.load") for call in calls(name))]
    assert loading == []


def test_nothing_that_is_read_is_run():
    for name in MODULES:
        for call in calls(name):
            assert dotted(call.func) not in RUNS_WHAT_IT_READS, name
            assert keywords(call).get("shell", "False") == "False", name
            assert dotted(call.func) not in ("mark_safe", "os.system", "os.popen"), name


def test_what_travels_and_what_is_kept_is_json():
    assert resolve_serializer(settings.RQ_QUEUES["generation"]["SERIALIZER"]).__name__ == "JSONSerializer"
    assert settings.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"
    assert settings.CACHES["default"]["BACKEND"] == "mediagen_site.cache.DatabaseJSONCache"


def test_templates_trust_nothing():
    loose = [
        str(path.relative_to(settings.BASE_DIR))
        for path in (settings.BASE_DIR / "templates").rglob("*.html")
        if "|safe" in path.read_text() or "{% autoescape off" in path.read_text()
    ]
    assert loose == []


def test_the_home_and_its_key_are_for_their_owner_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDIAGEN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MEDIAGEN_SECRET_KEY", raising=False)
    before = os.umask(0)
    try:
        home = env.home()
        env.secret_key(home)
    finally:
        os.umask(before)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["SECRET_KEY", "MEDIAGEN_METRICS_TOKEN", "EMAIL_HOST_PASSWORD"])
def test_no_secret_stands_in_the_settings(name):
    source = (settings.BASE_DIR / "mediagen_site" / "settings.py").read_text()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in node.targets
        ):
            assert not isinstance(node.value, ast.Constant)
