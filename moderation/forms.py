"""What people and moderators say."""

from django import forms
from django.utils.translation import gettext_lazy as _

from safety.ratings import Rating

from .models import WORDS_LIMIT, Wrong

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


class DecisionForm(NoteForm):
    """One button of a case: a rating is one of the acts."""

    ACTS = ("leave", "withhold", "remove", "warn", "pause", "ban", Rating.GENERAL, Rating.MATURE, Rating.EXPLICIT)

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    days = forms.IntegerField(label=_("Days"), min_value=1, max_value=LONGEST_PAUSE_DAYS, initial=DAYS, required=False)

    def clean_days(self) -> int:
        return self.cleaned_data["days"] or DAYS


class VerdictForm(NoteForm):
    verdict = forms.ChoiceField(choices=[("uphold", "uphold"), ("reverse", "reverse")])
