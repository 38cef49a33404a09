"""What people decided about the very same picture before: asking for it again is no way around that."""

from django.db.models import QuerySet

from safety.ratings import Rating

from .models import Output, RatedBy, Withheld

BY_PEOPLE = (RatedBy.OWNER, RatedBy.MODERATOR)
BY_MODERATORS = (Withheld.MODERATOR, Withheld.REMOVED)


def at_least(output: Output, rating: Rating) -> Rating:
    """The rating, or the highest that its owner or a moderator gave to the same pixels of the same request."""
    given = _twins(output).filter(rated_by__in=BY_PEOPLE).values_list("rating", flat=True)
    return max([rating, *map(Rating, given)], key=list(Rating).index)


def is_withheld(output: Output) -> bool:
    """Whether moderators withhold the same pixels of the same request."""
    return _twins(output).filter(withheld__in=BY_MODERATORS).exists()


def _twins(output: Output) -> QuerySet[Output]:
    if output.stack is None:
        return Output.objects.none()
    same = Output.objects.filter(stack=output.stack, pixel_sha256=output.pixel_sha256)
    return same.exclude(pk=output.pk).order_by()
