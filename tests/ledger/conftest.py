import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from generation.models import Worker
from generation.request import Request, parse


@pytest.fixture
def anna(db) -> User:
    return User.objects.create_user("anna")


@pytest.fixture
def request_() -> Request:
    return parse({"model": "pony", "mode": "text2image", "prompt": "a teapot on a sunny table"})


@pytest.fixture
def worker(db) -> Worker:
    return make_worker("bench-1")


def make_worker(name: str) -> Worker:
    now = timezone.now()
    return Worker.objects.create(name=name, hostname="bench", pid=1, device="cpu", started_at=now, seen_at=now)
