"""What people and moderators say."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from safety.ratings import Rating

from .audit import Asked
from .models import WORDS_LIMIT, Wrong
from .wording import NAMES

DAYS = 7
LONGEST_PAUSE_DAYS = 365


class ReportForm(forms.Form):
    wrong = forms.ChoiceField(label=_("What is wrong with it?"), choices=Wrong.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("In your words"), max_length=WORDS_LIMIT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class AppealForm(forms.Form):
    words = forms.CharField(
        label=_("Why was it wrong?"), max_length=WORDS_LIMIT, widget=forms.Textarea(attrs={"rows": 4})
    )


class NoteForm(forms.Form):
    """Whatever a moderator does has a reason, which the person concerned reads."""

    note = forms.CharField(label=_("Reason"), max_length=500)


class RefusalsForm(NoteForm):
    """One button of the case of somebody whose texts were refused again and again."""

    ACTS: tuple[str, ...] = ("leave", "warn", "pause", "ban")

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=LONGEST_PAUSE_DAYS, initial=DAYS, required=False)

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or DAYS


class DecisionForm(RefusalsForm):
    """The same of the case of a result: a rating is one of the acts."""

    ACTS = (*RefusalsForm.ACTS, "withhold", "remove", Rating.GENERAL, Rating.MATURE, Rating.EXPLICIT)

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])


class CollectionCaseForm(RefusalsForm):
    """The same of the case of a collection."""

    ACTS = (*RefusalsForm.ACTS, "remove")

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])


class DayField(forms.DateField):
    """A day whose midnight every time zone and database can tell."""

    widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")
    default_validators = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class AuditForm(forms.Form):
    """What is looked for in the log."""

    q = forms.CharField(label=_("Person or thing"), max_length=200, required=False)
    act = forms.ChoiceField(label=_("Act"), required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        acts = sorted(((act, str(name)) for act, name in NAMES.items()), key=lambda each: each[1])
        self.fields["act"].choices = [("", _("all")), *acts]  # type: ignore[attr-defined]

    def asked(self) -> Asked:
        said = self.cleaned_data
        return Asked(said["q"], said["act"], said["since"], said["until"])


class VerdictForm(NoteForm):
    verdict = forms.ChoiceField(choices=[("uphold", "uphold"), ("reverse", "reverse")])
