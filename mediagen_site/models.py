from django.db import models


class CacheEntry(models.Model):
    """One value of the cache; `key` is the SHA-256 of Django's key, in hex."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key
