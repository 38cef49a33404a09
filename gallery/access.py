"""The only way from a view to an output: the output, or 404. The look-up is the permission check."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.shortcuts import get_object_or_404

from .models import Output


def output(user: AbstractBaseUser | AnonymousUser, output_id: UUID) -> Output:
    """An output that this person may see: their own."""
    return get_object_or_404(Output, pk=output_id, owner_id=user.pk)
