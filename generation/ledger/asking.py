"""What people do with their generations: submit, cancel, retry."""

import time
from datetime import timedelta
from functools import partial
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
from ..models import ACTIVE_STATES, Generation, Grid, Preview, Share, State
from ..request import VERSION, Faults, Request
from . import accounting
from .rows import blank_progress, end_attempt, held

NO_PROMISE: dict[str, Any] = {"forecast_seconds": 0.0, "promised_low": None, "promised_high": None}


def check(owner: AbstractBaseUser, request: Request) -> None:
    """Raise Invalid where this person may not submit this request now. Not in a transaction: what the policy refuses is
    kept for moderators."""
    _check_words(owner, request, policy.Where.SUBMIT)
    _check_room(owner, request, Share.of(owner.pk), timing.expected(request).low)


def _check_words(owner: AbstractBaseUser, request: Request, where: policy.Where) -> None:
    _check_standing(owner)
    policy.check(owner, request.values, where)


def _check_room(owner: AbstractBaseUser, request: Request, share: Share, seconds: float) -> None:
    fleet.check(request)
    limits.check(share, seconds)
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
    expected = _expected(request)
    with transaction.atomic():
        share = accounting.lock(owner.pk)
        _check_room(owner, request, share, expected["estimated_seconds"])
        generation = Generation.objects.create(
            owner_id=owner.pk,
            parameters=request.to_json(),
            request_version=VERSION,
            model=request.model_id,
            mode=request.mode_id,
            loras="\n".join(request.loras),
            **expected,
            remixed_from=remixed_from,
            rerun_of=rerun_of,
            grid=grid,
            cell=cell,
        )
        accounting.enqueue(share, generation.model, generation.loras)
        _ring_and_promise(generation, owner, request)
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
    request = _request_of(generation)
    expected = _expected(request) if request else {}
    with transaction.atomic():
        share = accounting.lock(generation.owner_id)
        if not by_operator and again.exists():
            _check_room(generation.owner, generation.request, share, expected["estimated_seconds"])
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
            **NO_PROMISE,
            **expected,
        )
        if requeued:
            accounting.enqueue(share, generation.model, generation.loras)
            _ring_and_promise(generation, generation.owner, request)
    return bool(requeued)


def _check_words_again(generation: Generation, by_operator: bool) -> None:
    """What was submitted before a rule came is judged by it now; nothing is held against who did not ask for it now."""
    if by_operator:
        policy.check_unnamed(generation.parameters)
    else:
        _check_standing(generation.owner)
        policy.check(generation.owner, generation.parameters, policy.Where.RETRY)


def _request_of(generation: Generation) -> Request | None:
    try:
        return generation.request
    except Faults:
        return None  # asked of an older catalogue: who takes it will find out


def _expected(request: Request) -> dict[str, float]:
    work = timing.expected(request, fleet.devices(request))
    return {"estimated_seconds": work.low, "estimated_seconds_high": work.high}


def _ring_and_promise(generation: Generation, owner: AbstractBaseUser, request: Request | None) -> None:
    """Once it is committed. The bell comes first: no worker waits for a forecast, without which nothing is lost."""
    doorbell.ring_on_commit()
    if request:
        transaction.on_commit(partial(_promise, generation, owner, request), robust=True)


def _promise(generation: Generation, owner: AbstractBaseUser, request: Request) -> None:
    """Keep what the owner is told of the end, to see later how well it held."""
    told, now = standing.estimate(owner, request, generation.pk), timezone.now()
    if told.forecast is None or told.ends_in is None:
        return
    Generation.objects.filter(pk=generation.pk).update(
        forecast_seconds=told.forecast.end,
        promised_low=now + timedelta(seconds=told.ends_in.low),
        promised_high=now + timedelta(seconds=told.ends_in.high),
    )
