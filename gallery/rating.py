"""Rating what was made: by a classifier as it comes in, and later by its owner, upwards, or by a moderator.

Nobody but its owner sees an output before it is rated, so a file that cannot be judged stays the owner's alone.
"""

import logging
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from people import notices
from people.standing import Person
from safety import classifier, policy, ratings
from safety.ratings import Rating

from . import frames, services, twins
from .models import Output, RatedBy, Withheld
from .signals import restored

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)
CANDIDATES = 8
BY_ITSELF = (Withheld.NO, Withheld.MATURE_OFF)
"""What follows from the rating alone, and goes as the rating goes. Everything else waits for a moderator."""

WORD_OF = {
    Withheld.MATURE_OFF: _(
        "Something that you made was rated above general, which this site does not show. It is withheld."
    ),
    Withheld.PHOTOGRAPH: _(
        "Something that you made from an uploaded picture was rated above general. It is withheld until a moderator "
        "has looked at it."
    ),
    Withheld.POLICY: _(
        "Something that you made goes against the rules of what may be made here. It is withheld until a moderator "
        "has looked at it."
    ),
}

rated = Signal()
"""An output has another rating, told inside the transaction: `output`, as it is now; `before` (its Rating), `by`, who
is None for the classifier, and `note` in words."""


class CannotRate(ValueError):
    """A rating that this person may not give. The message is for the person, in English."""


def rate_next() -> Output | None:
    """Judge what has been due for longest; None where nothing is. What cannot be read is tried again later."""
    if not _due().exists():
        return None  # without loading a classifier
    judge = _classifier(settings.CLASSIFIER)
    output = _claim()
    if output is None:
        return None
    try:
        judgement = judge.rate(frames.sample(output))
    except Exception:  # whatever a broken file makes its readers raise: the output stays unrated
        logger.exception("Output %s cannot be rated (try %d).", output.pk, output.rating_tries)
        return output
    judged = ratings.combined(judgement.rating, policy.Context.SEXUAL in _contexts(output))
    with transaction.atomic():
        if _enter(output, twins.at_least(output, judged), RatedBy.CLASSIFIER, rating_facts=dict(judgement.facts)):
            rated.send(sender=Output, output=output, before=Rating.UNRATED, by=None, note="")
            if twins.is_withheld(output):
                services.withhold(output, Withheld.MODERATOR, note=gettext("The same was withheld before."))
    return output


def raise_rating(output: Output, rating: Rating, by: Person) -> None:
    """What an owner may do. Raises CannotRate for a rating that is not higher, or while there is none yet."""
    before = Rating(output.rating)
    if before == Rating.UNRATED:
        raise CannotRate(_("This is being rated. Try again in a moment."))
    if rating not in before.higher:
        raise CannotRate(_("You may only raise a rating. Ask a moderator to lower it."))
    _change(output, rating, RatedBy.OWNER, by)


def set_rating(output: Output, rating: Rating, by: Person, note: str = "") -> None:
    """What a moderator may do: any rating but none. Raises CannotRate."""
    if rating == Rating.UNRATED:
        raise CannotRate(_("Choose a rating."))
    _change(output, rating, RatedBy.MODERATOR, by, note)


def follow_setting() -> int:
    """Withhold what MEDIAGEN_MATURE does not allow any more, give back what it allows again. Returns how many."""
    if settings.MATURE:
        return Output.objects.filter(withheld=Withheld.MATURE_OFF).update(withheld=Withheld.NO)
    above = [rating for rating in Rating if rating.above_general]
    return Output.objects.filter(rating__in=above, withheld=Withheld.NO).update(withheld=Withheld.MATURE_OFF)


def give_back(output: Output, by: Person | None = None, note: str = "") -> None:
    """What was withheld for more than its rating is so no longer: show it to whom its owner shows it, as far as its
    rating allows here. Its owner is told what holds now."""
    with transaction.atomic():
        row = Output.objects.select_for_update().only("withheld", "rating").get(pk=output.pk)
        Output.objects.filter(pk=output.pk).update(withheld=_by_itself(Rating(row.rating)))
        output.withheld = _by_itself(Rating(row.rating))
        restored.send(sender=Output, output=output, before=row.withheld, by=by, note=note)
        _tell(output)


def rate_again() -> int:
    """Have everything judged anew that nobody but a classifier has judged. Returns how many."""
    judged = Output.objects.filter(rated_by=RatedBy.CLASSIFIER, withheld__in=BY_ITSELF)
    return judged.update(rating=Rating.UNRATED, rated_by=RatedBy.NOBODY, rate_at=timezone.now(), rating_tries=0)


def _due() -> QuerySet[Output]:
    return Output.objects.filter(rating=Rating.UNRATED, rate_at__lte=timezone.now()).order_by("rate_at")


def _claim() -> Output | None:
    """Take what is due from all other raters for a while, longer with each try."""
    now = timezone.now()
    for output in _due().select_related("owner")[:CANDIDATES]:
        tries = output.rating_tries
        output.rating_tries, output.rate_at = tries + 1, now + min(FIRST_PAUSE * 2 ** min(tries, 16), LONGEST_PAUSE)
        same = Output.objects.filter(pk=output.pk, rating=Rating.UNRATED, rating_tries=tries)
        if same.update(rating_tries=output.rating_tries, rate_at=output.rate_at):
            return output
    return None


def _change(output: Output, rating: Rating, as_whom: RatedBy, by: Person, note: str = "") -> None:
    before = Rating(output.rating)
    with transaction.atomic():
        if not _enter(output, rating, as_whom):
            raise CannotRate(_("Its rating has just changed. Look again."))
        rated.send(sender=Output, output=output, before=before, by=by, note=note)


def _enter(output: Output, rating: Rating, as_whom: RatedBy, **facts: object) -> bool:
    """Write the rating and what follows from it, unless rating or reason have changed meanwhile."""
    withheld = _reason(output, rating, as_whom)
    same = Output.objects.filter(pk=output.pk, rating=output.rating, withheld=output.withheld)
    if not same.update(rating=rating, rated_by=as_whom, withheld=withheld, **facts):
        return False
    news = withheld != output.withheld
    output.rating, output.rated_by, output.withheld = rating, as_whom, withheld
    if news:
        _tell(output)
    return True


def _tell(output: Output) -> None:
    """Its owner, why it is withheld, if it is."""
    if said := WORD_OF.get(Withheld(output.withheld)):
        notices.tell(output.owner, said, url=reverse("output", args=[output.pk]))


def _reason(output: Output, rating: Rating, as_whom: RatedBy) -> Withheld:
    """Why an output of this rating is withheld. What a moderator has decided, or is to decide, stands."""
    if output.withheld not in BY_ITSELF:
        return Withheld(output.withheld)
    if not rating.above_general:
        return Withheld.NO
    if as_whom != RatedBy.MODERATOR:
        if reason := policy.judge_output(rating, _contexts(output)):
            return Withheld(reason)
        if output.from_photograph:
            return Withheld.PHOTOGRAPH
    return _by_itself(rating)


def _by_itself(rating: Rating) -> Withheld:
    return Withheld.MATURE_OFF if rating.above_general and not settings.MATURE else Withheld.NO


def _contexts(output: Output) -> frozenset[policy.Context]:
    """Of all that was asked for or is said of it, LoRAs by their names; what was brought in may have anything there."""
    loras = output.parameters.get("loras")
    names = [str(lora.get("name", "")) for lora in loras if isinstance(lora, dict)] if isinstance(loras, list) else []
    return policy.judge({"prompt": output.prompt, "title": output.title, "loras": ", ".join(names)}).contexts


@cache
def _classifier(path: str) -> classifier.Classifier:
    return classifier.load(path)
