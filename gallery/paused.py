"""Who is paused shows nothing to anybody new; taking back is always possible."""

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from people.standing import Person, paused_until


def refusal(person: Person) -> str | None:
    """Why this person may not share now, in the reader's words; None where they may."""
    until = paused_until(person)
    if until is None:
        return None
    when = date_format(localtime(until), "SHORT_DATETIME_FORMAT")
    return _("A moderator paused you until %(until)s: you may not share.") % {"until": when}
