"""The admin of tables whose key is a person."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest


class KeyedByPersonAdmin(admin.ModelAdmin):
    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """None also for a number that no database holds, which a foreign key, unlike a plain one, does not find out."""
        target: Any = self.opts.pk.remote_field.model._meta.pk  # type: ignore[union-attr]
        try:
            target.run_validators(target.to_python(object_id))
        except ValidationError:
            return None
        return super().get_object(request, object_id, from_field)
