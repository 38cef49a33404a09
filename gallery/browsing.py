"""Which feed an address asks for: the same words in the address of the grid and of each picture that it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404
from django.urls import reverse

from people.standing import Person

from . import access, keyset, queries, search
from .access import Seen
from .models import Output
from .queries import Feed, Neighbours, Sort, Whose

TYPES = ("", "image", "video")


@dataclass(frozen=True)
class Asked:
    """`stack` opens one stack, `singly` all of them. `text` is what stands in the search box. A `collection` is a feed
    of its own, with no other words."""

    whose: Whose = Whose.MINE
    type: str = ""
    text: str = ""
    sort: Sort = Sort.NEWEST
    stack: UUID | None = None
    singly: bool = False
    collection: UUID | None = None

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Asked":
        """Raises Http404 for what no link of ours says."""
        try:
            whose, sort = Whose(values.get("whose", "")), Sort(values.get("sort") or Sort.NEWEST)
            stack, collection = (UUID(values[name]) if values.get(name) else None for name in ("stack", "collection"))
        except ValueError:
            raise Http404 from None
        type, singly = values.get("type", ""), values.get("singly", "")
        if type not in TYPES or singly not in ("", "1") or (stack and whose != Whose.MINE):
            raise Http404
        if collection:
            return cls(collection=collection)
        return cls(whose, type, values.get("q", "").strip(), sort, stack, bool(singly))

    @property
    def closes_stacks(self) -> bool:
        """One's own gallery shows what leads a stack in its place. A search, the likes and the changes are of single
        outputs, and others may not see all of a stack."""
        plain = not (self.text or self.stack or self.singly or self.collection)
        return plain and self.whose == Whose.MINE and self.sort in (Sort.NEWEST, Sort.OLDEST)

    def query(self, **more: object) -> str:
        """As the query of an address, with its question mark; empty for what is asked without words."""
        words = {
            "whose": self.whose,
            "type": self.type,
            "q": self.text,
            "sort": "" if self.sort == Sort.NEWEST else self.sort,
            "stack": self.stack,
            "singly": "1" if self.singly else "",
            "collection": self.collection,
        } | more
        query = urlencode({name: str(value) for name, value in words.items() if value})
        return f"?{query}" if query else ""

    def grid(self, output: Output) -> str:
        """The address of the grid where it shows this output."""
        if self.collection:
            return f"{reverse('collection', args=[self.collection])}?at={output.pk}"
        return reverse("gallery") + self.query(at=output.pk)

    def leader(self, person: Person) -> UUID | None:
        """What stands for the stack in the gallery; None where no stack of this person is asked for."""
        if self.stack is None:
            return None
        leaders = Output.objects.filter(owner_id=person.pk, stack=self.stack, leads_stack=True, trashed_at=None)
        return leaders.values_list("pk", flat=True).first()

    def search(self, person: Person) -> search.Query:
        return search.read(self.text, person)

    def feed(self, person: Person) -> Feed:
        """With what the search finds alone."""
        feed = self.unsearched(person)
        return replace(feed, rows=search.apply(self.search(person), feed.rows, feed))

    def unsearched(self, person: Person) -> Feed:
        """Raises Http404 for a collection that is not there for this person."""
        if self.collection:
            return queries.of_collection(access.collection(person, self.collection))
        feed = queries.feed(person, self.whose, self.type).sorted(self.sort, person)
        if self.closes_stacks:
            return replace(feed, rows=feed.rows.filter(leads_stack=True))
        return replace(feed, rows=feed.rows.filter(stack=self.stack)) if self.stack else feed

    def beside(self, person: Person, output: Output) -> Neighbours:
        feed = self.unsearched(person)
        if not self.text or feed.order not in (keyset.NEWEST, keyset.OLDEST):
            return self.feed(person).beside(output)
        page = search.page(
            self.search(person),
            feed,
            lambda rows: keyset.page_around(rows, 3, output, feed.order),
            near=output.created_at,
        )
        place = page.outputs.index(output)
        previous, following = feed.seen(page.outputs[:place]), feed.seen(page.outputs[place + 1 :])
        return Neighbours(previous[-1] if previous else None, following[0] if following else None)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a search keeps of it, by the names of its fields."""
        words = {
            "whose": self.whose,
            "type": self.type,
            "sort": "" if self.sort == Sort.NEWEST else self.sort,
            "singly": "1" if self.singly else "",
        }
        return [(name, value) for name, value in words.items() if value]


def around(seen: Seen, values: Mapping[str, str]) -> Asked:
    """The feed from which somebody came to an output, or else the one in which it is met."""
    asked = Asked.read(values)
    if asked == Asked():
        asked = Asked(queries.whose(seen))
    return replace(asked, singly=True) if asked.closes_stacks and not seen.kept.leads_stack else asked
