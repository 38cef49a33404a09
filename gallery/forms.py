"""What an owner sets about who sees an output."""

from typing import Any, Self

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from people.standing import Person
from safety import ratings

from .models import Output, Rating, Visibility


class RatingForm(forms.Form):
    """Offers an owner the ratings above the one that their output has."""

    rating = forms.ChoiceField(label=_("Rating"))

    def __init__(self, *args: Any, output: Output, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rating"].choices = [  # type: ignore[attr-defined]
            (rating, Rating(rating).label) for rating in ratings.Rating(output.rating).higher if output.rating
        ]


class SharingForm(forms.Form):
    visibility = forms.ChoiceField(label=_("Visible to"), choices=Visibility.choices, widget=forms.RadioSelect)
    shows_prompt = forms.BooleanField(label=_("Others see the prompt and the parameters"), required=False)
    shows_references = forms.BooleanField(label=_("Others see the reference images"), required=False)

    @classmethod
    def of(cls, output: Output) -> Self:
        return cls(initial={name: getattr(output, name) for name in cls.base_fields})


class PersonForm(forms.Form):
    """Finds a person by the whole name alone: nobody learns from it who is here."""

    username = forms.CharField(label=_("Username"), max_length=150)

    def __init__(self, *args: Any, owner: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner

    def clean_username(self) -> User:
        person = User.objects.filter(username=self.cleaned_data["username"], is_active=True).first()
        if person is None or person.pk == self.owner.pk:
            raise forms.ValidationError(_("There is nobody of this name to share it with."), code="nobody")
        return person
