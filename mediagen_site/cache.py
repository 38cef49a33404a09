"""Django's cache in a table of the database, as JSON.

What stands in it (counts of who tried what how often) must be shared by all processes, and must hold also while Redis
is away. Django's own backends for this pickle their values: whoever could write to the store could run code.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import IntegrityError, transaction
from django.db.models import F, IntegerField, JSONField, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from .models import CacheEntry

NEVER = datetime.max.replace(tzinfo=UTC)


class DatabaseJSONCache(BaseCache):
    """Takes what JSON can hold. What has expired is removed with every `set`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        digest = self._digest(key, version)
        try:
            with transaction.atomic():
                CacheEntry.objects.filter(pk=digest, expires_at__lte=timezone.now()).delete()
                CacheEntry.objects.create(pk=digest, value=value, expires_at=self._end(timeout))
        except IntegrityError:
            return False
        return True

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        rows = CacheEntry.objects.filter(pk=self._digest(key, version), expires_at__gt=timezone.now())
        return next(iter(rows.values_list("value", flat=True)), default)

    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        CacheEntry.objects.filter(expires_at__lte=timezone.now()).delete()
        facts = {"value": value, "expires_at": self._end(timeout)}
        CacheEntry.objects.update_or_create(pk=self._digest(key, version), defaults=facts)

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """In one statement, so that none of several at once is lost. Raises ValueError where there is none."""
        rows = CacheEntry.objects.filter(pk=self._digest(key, version), expires_at__gt=timezone.now())
        count = Cast(Cast(F("value"), IntegerField()) + delta, TextField())
        found = rows.values_list("value", flat=True) if rows.update(value=Cast(count, JSONField())) else []
        for value in found:
            return int(value)
        raise ValueError(key)

    def touch(self, key: str, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        rows = CacheEntry.objects.filter(pk=self._digest(key, version), expires_at__gt=timezone.now())
        return bool(rows.update(expires_at=self._end(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(CacheEntry.objects.filter(pk=self._digest(key, version)).delete()[0])

    def clear(self) -> None:
        CacheEntry.objects.all().delete()

    def _digest(self, key: str, version: int | None) -> str:
        return hashlib.sha256(self.make_key(key, version=version).encode()).hexdigest()

    def _end(self, timeout: float | None) -> datetime:
        end = self.get_backend_timeout(timeout)
        return NEVER if end is None else datetime.fromtimestamp(end, UTC)
