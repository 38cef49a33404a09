"""How much one person may ask for: running, waiting, in GPU seconds a day, and by the room that is left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from gallery import room
from people import standing

from .catalogue import Invalid
from .catalogue.faults import gettext_noop as _
from .models import ACTIVE_STATES, Generation, Share, State

DAY = timedelta(days=1)

# In SQL, for every claim asks it.
_RUNNING = """
    SELECT generation_generation.owner_id, share.max_running, count(*)
    FROM generation_generation LEFT JOIN generation_share AS share ON share.owner_id = generation_generation.owner_id
    WHERE generation_generation.state = 'running'
    GROUP BY generation_generation.owner_id, share.max_running
"""


@dataclass(frozen=True)
class Limits:
    """On asking; 0 is no limit. `seconds_a_day` counts GPU seconds of the last 24 hours."""

    queued: int
    seconds_a_day: int

    @classmethod
    def of(cls, share: Share) -> "Limits":
        """The person's own where an operator has set some, else the site's, which bind members alone."""
        own = (share.max_queued, share.seconds_a_day)
        site = (settings.MAX_QUEUED, settings.GPU_SECONDS_A_DAY)
        if any(site) and standing.has_no_limits(share.pk):
            site = (0, 0)
        return cls(*(_first(pair) for pair in zip(own, site, strict=True)))


def check(share: Share, seconds: float, count: int = 1) -> None:
    """Raise Invalid where so many more generations, of so many GPU seconds together, are more than the owner of this
    share may ask for."""
    limits, owner_id = Limits.of(share), share.pk
    if limits.queued:
        waiting = Generation.objects.filter(owner_id=owner_id, state=State.QUEUED).count()
        if count > 1 and waiting + count > limits.queued:
            raise Invalid(
                "too_many_at_once",
                _("These are %(count)d. Of yours %(limit)d may wait at once, and %(waiting)d do already."),
                count=count,
                limit=limits.queued,
                waiting=waiting,
            )
        if waiting >= limits.queued:
            raise Invalid(
                "too_many_queued",
                _("%(waiting)d of yours are waiting, and %(limit)d may. Wait for one to start, or cancel one."),
                waiting=waiting,
                limit=limits.queued,
            )
    if limits.seconds_a_day:
        used = used_today(owner_id)
        if used + seconds > limits.seconds_a_day:
            raise Invalid(
                "day_used_up",
                _(
                    "This would take about %(seconds)d seconds of GPU time. Of your %(limit)d seconds in 24 hours, "
                    "%(used)d are used or spoken for."
                ),
                seconds=round(seconds),
                limit=limits.seconds_a_day,
                used=round(used),
            )


def check_room(owner: AbstractBaseUser) -> None:
    """Raise Invalid where nothing more of this person's can be kept."""
    if room.left(owner) == 0:
        raise Invalid(
            "no_room",
            _(
                "There is no room left for what you make: your files take all of your %(quota)s. Delete something for "
                "good (the trash counts too), or ask an operator for more."
            ),
            quota=filesizeformat(room.quota(owner)),
        )


def may_run(share: Share) -> int:
    """How many of this person's may run at once; 0 is no limit."""
    if share.max_running is not None:
        return share.max_running
    return 0 if not settings.MAX_RUNNING or standing.has_no_limits(share.pk) else settings.MAX_RUNNING


def at_limit() -> dict[int, int]:
    """Who has as many running as may, and how many those are. By one query, beside one for each who may be exempt."""
    with connection.cursor() as cursor:
        cursor.execute(_RUNNING)
        counts = cursor.fetchall()
    return {owner: count for owner, own, count in counts if 0 < may_run(Share(pk=owner, max_running=own)) <= count}


def used_today(owner_id: int) -> float:
    """GPU seconds of the last 24 hours, and those that what is queued and running is expected to take."""
    mine = Generation.objects.filter(owner_id=owner_id)
    spent = mine.filter(finished_at__gt=timezone.now() - DAY).aggregate(total=Sum("gpu_seconds"))["total"] or 0.0
    active = mine.filter(state__in=ACTIVE_STATES)
    expected = active.aggregate(total=Sum("estimated_seconds") + Sum("gpu_seconds"))["total"] or 0.0
    return float(spent + expected)


def _first(values: Iterable[int | None]) -> int:
    return next((value for value in values if value is not None), 0)
