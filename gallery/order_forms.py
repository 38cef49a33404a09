"""What people write on what is theirs. Others may come to read it, so every word is checked before it is kept."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from moderation import gate
from people.standing import Person
from safety import policy

from . import membership, paused, search, tagging
from .models import Collection, Output, Tag, Visibility


class WordedForm(forms.Form):
    """A form of one person's words."""

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def texts(self) -> Mapping[str, str]:
        """What is said, by field."""
        return {name: text for name, text in self.cleaned_data.items() if isinstance(text, str)}

    def beside(self) -> Iterable[Mapping[str, str]]:
        """What each of the things that it is said of says already."""
        return ()

    def clean(self) -> dict[str, Any]:
        """Outside of any transaction: what is refused stays in the moderators' log."""
        if not self.errors and self.person.is_authenticated:
            try:
                gate.check_beside_each(self.person, self.texts(), gate.Where.WORDS, self.beside())
            except policy.Refused as refused:
                self.add_error(refused.field, said(refused))
        return self.cleaned_data


class OutputsForm(WordedForm):
    """Words on outputs, which go together with what is written there."""

    def __init__(self, *args: Any, outputs: QuerySet[Output], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outputs = outputs

    def beside(self) -> Iterator[Mapping[str, str]]:
        for output in self.outputs.only("prompt", "title").prefetch_related("tags"):
            tags = ", ".join(tag.name for tag in output.tags.all())
            said = {"prompt": output.prompt, "title": output.title, "tags": tags}
            yield {name: text for name, text in said.items() if name not in self.fields}


class DescriptionForm(OutputsForm):
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    notes = forms.CharField(
        label=_("Notes"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For you alone."),
    )

    @classmethod
    def of(cls, output: Output, person: Person) -> Self:
        initial = {"title": output.title, "notes": output.notes}
        return cls(initial=initial, person=person, outputs=Output.objects.none())

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())


class TagForm(OutputsForm):
    tag = forms.CharField(label=_("Tag"), strip=True)

    def clean_tag(self) -> str:
        try:
            return tagging.clean(self.cleaned_data["tag"])
        except tagging.BadTag as refused:
            raise said(refused) from None


class RenameForm(TagForm):
    """`tag` is the new name of one that is there."""

    @classmethod
    def of(cls, tag: Tag, person: Person) -> Self:
        return cls(initial={"tag": tag.name}, person=person, outputs=tag.outputs.all(), auto_id=f"id_{tag.pk}_%s")


class CollectionForm(WordedForm):
    title = forms.CharField(label=_("Title"), max_length=120)
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    query = forms.CharField(
        label=_("Search"),
        max_length=500,
        required=False,
        help_text=_("With one, whatever it finds among yours belongs here, now and later. Without, you choose."),
    )

    def __init__(self, *args: Any, collection: Collection, **kwargs: Any) -> None:
        super().__init__(*args, initial=_values(collection), **kwargs)
        self.collection = collection
        if not collection._state.adding and collection.items.exists():
            # What was chosen one by one is not thrown away for a search.
            del self.fields["query"]

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_query(self) -> str:
        query = self.cleaned_data["query"]
        if query != self.collection.query and self._shows_others() and (refusal := paused.refusal(self.person)):
            raise ValidationError(refusal)
        if not query:
            return ""
        asked = search.read(query, self.person)
        if asked.faults:
            raise ValidationError(asked.faults)
        if asked.is_empty:
            raise ValidationError(gettext("This search asks for nothing."))
        others = Collection.objects.filter(owner_id=self.person.pk).exclude(query="").exclude(pk=self.collection.pk)
        if others.count() >= membership.MOST_SEARCHES:
            message = gettext("At most %(most)d collections with a search, please.")
            raise ValidationError(message % {"most": membership.MOST_SEARCHES})
        return query

    def _shows_others(self) -> bool:
        return not self.collection._state.adding and self.collection.is_shared

    def texts(self) -> Mapping[str, str]:
        """Nobody else reads the search."""
        return {name: self.cleaned_data[name] for name in ("title", "description")}

    def filled(self) -> Collection:
        """The collection as it was typed, not saved yet."""
        for name, value in self.cleaned_data.items():
            setattr(self.collection, name, value)
        return self.collection


class VisibilityForm(forms.Form):
    visibility = forms.ChoiceField(label=_("Visible to"), choices=Visibility.choices, widget=forms.RadioSelect)


def said(refused: policy.Refused | tagging.BadTag) -> ValidationError:
    """A refusal in the reader's language."""
    return ValidationError(gettext(refused.message) % refused.params)


def _values(collection: Collection) -> dict[str, str]:
    return {name: getattr(collection, name) for name in ("title", "description", "query")}
