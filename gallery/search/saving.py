"""Searches that people come back to."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from people.standing import Person

from ..models import SavedSearch
from .language import LONGEST
from .query import read

MOST = 100


class SavedSearchForm(forms.ModelForm):
    """A name that this person has for no other search, and a search that can be read."""

    query = forms.CharField(label=_("Search"), max_length=LONGEST)

    class Meta:
        model = SavedSearch
        fields = ("name", "query")

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if of(self.instance.owner).filter(name__iexact=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("You have a search of this name already."), code="taken")
        return name

    def clean_query(self) -> str:
        asked = read(self.cleaned_data["query"], self.instance.owner)
        if asked.faults:
            raise forms.ValidationError(asked.faults)
        if asked.is_empty:
            raise forms.ValidationError(_("This search asks for nothing."), code="empty")
        return asked.text

    def clean(self) -> dict[str, Any]:
        if self.instance.pk is None and of(self.instance.owner).count() >= MOST:
            raise forms.ValidationError(_("At most %(most)d saved searches, please."), params={"most": MOST})
        return self.cleaned_data

    def kept(self) -> bool:
        """Save what is valid; False where it is not, also because the same name came in meanwhile."""
        if not self.is_valid():
            return False
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError:
            self.add_error("name", _("You have a search of this name already."))
            return False
        return True


def of(person: Person) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(owner=person.pk).order_by("name", "pk")


def form(person: User, search: SavedSearch | None = None, **options: Any) -> SavedSearchForm:
    """For a new search, or one that is there."""
    prefix = f"id_search_{search.pk if search else 'new'}_%s"
    return SavedSearchForm(instance=search or SavedSearch(owner=person), auto_id=prefix, **options)
