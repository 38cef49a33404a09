"""The only way from a view to an owned object: the object, or 404. The look-up is the permission check."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404

from gallery import access as gallery_access
from gallery.discretion import images
from gallery.models import Output

from .models import Generation, Grid, ReferenceImage

Person = AbstractBaseUser | AnonymousUser


def uuid(text: str) -> UUID:
    """The id that a person sent. 404 where it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def generation(user: Person, generation_id: UUID) -> Generation:
    """A generation of this person's own; whether it has a preview comes along, its bytes do not."""
    rows = Generation.objects.select_related("preview").defer("preview__jpeg")
    return get_object_or_404(rows, pk=generation_id, owner_id=user.pk)


def grid(user: Person, grid_id: UUID) -> Grid:
    """A grid of this person's own."""
    return get_object_or_404(Grid, pk=grid_id, owner_id=user.pk)


def reference_image(user: Person, sha256: str) -> ReferenceImage:
    """A reference picture that this person gave."""
    return get_object_or_404(ReferenceImage, sha256=sha256, owner_id=user.pk)


def reference_of(user: Person, output_id: UUID, sha256: str) -> ReferenceImage:
    """A reference picture of an output, whose owner shows it to this person."""
    output = gallery_access.pixels(user, output_id).output
    if sha256 not in images(output.parameters):
        raise Http404
    return get_object_or_404(ReferenceImage, sha256=sha256, owner_id=output.owner_id)


def output(user: Person, output_id: UUID) -> Output:
    """An output whose picture this person may use."""
    return gallery_access.output(user, output_id)


def asked_for(user: Person, output_id: UUID) -> Output:
    """An output that this person may ask for again, with as much of its request as they may know."""
    return gallery_access.asked_for(user, output_id)
