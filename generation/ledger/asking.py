"""What people do with their generations: submit, cancel, retry."""

import time
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from gallery.models import Output
from people.standing import paused_until

from .. import doorbell, fleet, limits, policy, standing, timing
from ..catalogue import Invalid
from ..catalogue.faults import gettext_noop as _
from ..models import ACTIVE_STATES, Generation, Grid, Preview, State
from ..request import VERSION, Faults, Request
from . import accounting
from .rows import blank_progress, end_attempt, held


def check(owner: AbstractBaseUser, request: Request) -> None:
    """Raise Invalid where this person may not submit this request now. Not in a transaction: what the policy refuses is
    kept for moderators."""
    _check_words(owner, request, policy.Where.SUBMIT)
    _check_room(owner, request)


def _check_words(owner: AbstractBaseUser, request: Request, where: policy.Where) -> None:
    _check_standing(owner)
    policy.check(owner, request.values, where)


def _check_room(owner: AbstractBaseUser, request: Request) -> None:
    fleet.check(request)
    limits.check(owner.pk, timing.expected(request).low)
    limits.check_room(owner)


def _check_standing(owner: AbstractBaseUser) -> None:
    if until := paused_until(owner):
        raise Invalid(
            "paused",
            _("A moderator paused you until %(until)s. Until then you may look around, and not generate or share."),
            until=date_format(localtime(until), "SHORT_DATETIME_FORMAT"),
        )


def submit(
    owner: AbstractBaseUser,
    request: Request,
    *,
    remixed_from: Output | None = None,
    rerun_of: Output | None = None,
    grid: Grid | None = None,
    cell: int | None = None,
) -> Generation:
    """Write the request down with its seed drawn, and ring once it is committed. Raises Invalid as `check` does."""
    request = request.with_drawn_seed()
    _check_words(owner, request, policy.Where.RERUN if rerun_of else policy.Where.SUBMIT)
    promised = _promised(owner, request)
    with transaction.atomic():
        _check_room(owner, request)
        generation = Generation.objects.create(
            owner_id=owner.pk,
            parameters=request.to_json(),
            request_version=VERSION,
            model=request.model_id,
            mode=request.mode_id,
            loras="\n".join(request.loras),
            **promised,
            remixed_from=remixed_from,
            rerun_of=rerun_of,
            grid=grid,
            cell=cell,
        )
        accounting.enqueue(owner.pk, generation.model, generation.loras)
        doorbell.ring_on_commit()
    return generation


def cancel(generation: Generation) -> bool:
    """Cancel what is queued or running. A running worker finds out at its next step."""
    facts: dict[str, Any] = {"state": State.CANCELLED, "finished_at": timezone.now()}
    rows = Generation.objects.filter(pk=generation.pk)
    with transaction.atomic():
        row = rows.filter(state__in=ACTIVE_STATES).select_for_update().defer("parameters").first()
        if row is None:
            return False
        if row.state == State.RUNNING:
            end_attempt(held(row), **facts)
            Preview.objects.filter(generation=row).delete()
        else:
            rows.update(**facts)
            accounting.dequeue(row.owner_id, row.model, row.loras)
    return True


def retry(generation: Generation, *, by_operator: bool = False) -> bool:
    """Queue what failed or was cancelled once more, at the end of the queue. Raises Invalid as `check` does.

    What is quarantined an operator alone can queue again; operators are bound by no limits, and by the policy as
    everybody is.
    """
    again = Generation.objects.filter(pk=generation.pk, state__in=(State.FAILED, State.CANCELLED))
    if not by_operator:
        again = again.filter(quarantined=False)
    if again.exists():
        _check_words_again(generation, by_operator)
    promised = _promised_again(generation)
    with transaction.atomic():
        if not by_operator and again.exists():
            _check_room(generation.owner, generation.request)
        requeued = again.update(
            state=State.QUEUED,
            created_at=timezone.now(),
            place=time.time(),
            started_at=None,
            finished_at=None,
            error="",
            suggestion=None,
            quarantined=False,
            crashes=0,
            worker=None,
            **blank_progress(),
            **promised,
        )
        if requeued:
            accounting.enqueue(generation.owner_id, generation.model, generation.loras)
            doorbell.ring_on_commit()
    return bool(requeued)


def _check_words_again(generation: Generation, by_operator: bool) -> None:
    """What was submitted before a rule came is judged by it now; nothing is held against who did not ask for it now."""
    if by_operator:
        policy.check_unnamed(generation.parameters)
    else:
        _check_standing(generation.owner)
        policy.check(generation.owner, generation.parameters, policy.Where.RETRY)


def _promised_again(generation: Generation) -> dict[str, Any]:
    try:
        return _promised(generation.owner, generation.request)
    except Faults:
        return {}  # asked of an older catalogue: who takes it will find out


def _promised(owner: AbstractBaseUser, request: Request) -> dict[str, Any]:
    """What the owner is told of the time: kept, to see later how well it held."""
    told, now = standing.estimate(owner, request), timezone.now()
    times = {"estimated_seconds": told.work.low, "estimated_seconds_high": told.work.high}
    if told.forecast is None or told.ends_in is None:
        return times | {"forecast_seconds": 0.0, "promised_low": None, "promised_high": None}
    return times | {
        "forecast_seconds": told.forecast.end,
        "promised_low": now + timedelta(seconds=told.ends_in.low),
        "promised_high": now + timedelta(seconds=told.ends_in.high),
    }
