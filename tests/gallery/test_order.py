"""Hearts, words, tags, and acts on many at once."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery import favourites, signals, tagging
from gallery.models import Favourite, Output, Rating, Visibility
from moderation.models import Refusal

from .conftest import HTMX

pytestmark = pytest.mark.django_db

REFUSED = "two naked children"
CLOSED = '<input type="hidden" name="stacks" value="closed">'


@pytest.fixture
def public(ada, rows) -> Output:
    """Ada's, for everybody."""
    (output,) = rows(ada, 1)
    Output.objects.update(rating=Rating.GENERAL, visibility=Visibility.PUBLIC)
    output.refresh_from_db()
    return output


@pytest.fixture
def described(db):
    """The outputs of which it was announced that their words have changed."""
    heard: list[uuid.UUID] = []

    def hear(outputs, **kwargs):
        heard.extend(outputs)

    signals.described.connect(hear)
    yield heard
    signals.described.disconnect(hear)


def post(client, name, output, htmx=False, **values):
    return client.post(reverse(name, args=[output.pk]), values, headers=HTMX if htmx else {})


class TestFavourites:
    def test_a_heart_is_of_one_person(self, ada, bob, hers, his, public):
        assert post(his, "output_favourite", public, on="1").status_code == 302
        assert post(his, "output_favourite", public, on="1").status_code == 302
        assert favourites.of(bob, [public]) == {public.pk}
        assert favourites.of(ada, [public]) == set()
        assert his.get(reverse("output", args=[public.pk])).context["liked"]
        post(his, "output_favourite", public, on="0")
        assert not Favourite.objects.exists()

    def test_htmx_gets_the_heart_alone(self, his, public):
        heart = post(his, "output_favourite", public, htmx=True, on="1").content.decode()
        assert 'aria-pressed="true"' in heart
        assert "<html" not in heart

    def test_the_way_back_stays_on_this_site(self, his, public):
        assert post(his, "output_favourite", public, on="1", next="/gallery/?q=fox").url == "/gallery/?q=fox"
        assert post(his, "output_favourite", public, on="1", next="https://example.org/").url.startswith("/gallery/")

    def test_what_one_may_not_see_cannot_be_liked(self, bob, his, public):
        Output.objects.update(visibility=Visibility.PRIVATE)
        assert post(his, "output_favourite", public, on="1").status_code == 404
        assert not Favourite.objects.exists()


class TestWords:
    def test_title_and_notes_are_kept_and_announced(self, hers, public, described):
        assert post(hers, "output_describe", public, title="  A  heron ", notes="By the lake.").status_code == 302
        public.refresh_from_db()
        assert (public.title, public.notes) == ("A heron", "By the lake.")
        assert described == [public.pk]

    def test_as_json_the_owner_alone_gets_notes_and_tags(self, ada, hers, his, public):
        post(hers, "output_describe", public, title="A heron", notes="Mine.")
        tagging.add(ada, [public.pk], "fox")
        url = reverse("output_json", args=[public.pk])
        mine, theirs = hers.get(url).json(), his.get(url).json()
        assert (mine["title"], mine["notes"], mine["tags"]) == ("A heron", "Mine.", ["fox"])
        assert theirs["title"] == "A heron"
        assert not {"notes", "tags", "trashed_at"} & set(theirs)

    def test_others_read_the_title_and_not_the_notes(self, hers, his, public):
        post(hers, "output_describe", public, title="A heron", notes="For nobody else.")
        page = his.get(reverse("output", args=[public.pk])).content.decode()
        assert "A heron" in page
        assert "For nobody else." not in page

    @pytest.mark.parametrize("field", ["title", "notes"])
    @pytest.mark.parametrize("htmx", [False, True])
    def test_what_the_policy_refuses_is_told_beside_its_field(self, hers, public, described, field, htmx):
        answer = post(hers, "output_describe", public, htmx, **{field: REFUSED})
        assert answer.status_code == 422
        assert answer.context["description_form"].errors[field]
        assert REFUSED in answer.content.decode()
        assert Refusal.objects.get().where == "words"
        assert described == []

    @pytest.mark.parametrize("title", ["x" * 121, "a\0b"])
    def test_what_does_not_fit_is_told_and_kept(self, hers, public, title):
        answer = post(hers, "output_describe", public, title=title)
        assert answer.status_code == 422
        assert answer.context["description_form"].errors["title"]


class TestTags:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [("Fox", "fox"), ("  red   Fox ", "red fox"), ("Cafe\u0301", "café"), ("ЁЖ", "ёж"), ("f/2.8", "f/2.8")],
    )
    def test_they_are_kept_in_one_spelling(self, typed, kept):
        assert tagging.clean(typed) == kept

    @pytest.mark.parametrize("typed", ["", " ", "x" * 51, 'a"b', "a:b", "\x1b[31m", "\u202e", "!?", "İ" * 26])
    def test_what_cannot_be_one_is_refused(self, typed):
        with pytest.raises(tagging.BadTag):
            tagging.clean(typed)

    def test_several_with_commas_between(self, ada, hers, public, described):
        post(hers, "output_tag_add", public, tag="Fox, red fox,fox")
        assert list(tagging.of(ada).values_list("name", "count")) == [("fox", 1), ("red fox", 1)]
        assert described == [public.pk, public.pk]
        assert 'value="fox"' in hers.get(reverse("output", args=[public.pk])).content.decode()

    def test_the_last_one_takes_the_tag_along(self, ada, hers, public):
        post(hers, "output_tag_add", public, tag="fox")
        answer = post(hers, "output_tag_remove", public, htmx=True, tag="fox")
        assert answer.context["tags"] == []
        assert not ada.tags.exists()

    @pytest.mark.parametrize("typed", ["a:b", "", REFUSED])
    def test_a_refused_one_is_told_and_kept(self, ada, hers, public, typed):
        answer = post(hers, "output_tag_add", public, htmx=True, tag=typed)
        assert answer.status_code == 422
        assert answer.context["tag_form"].errors["tag"]
        assert f'value="{typed}"' in answer.content.decode()
        assert not ada.tags.exists()

    def test_there_is_an_end_to_them(self, ada, hers, public):
        for number in range(tagging.MOST):
            tagging.add(ada, [public.pk], f"tag {number}")
        assert post(hers, "output_tag_add", public, tag="one more").status_code == 422
        assert post(hers, "output_tag_add", public, tag="tag 7").status_code == 302

    def test_others_see_nothing_of_them(self, ada, his, public):
        tagging.add(ada, [public.pk], "secret heron")
        assert "secret heron" not in his.get(reverse("output", args=[public.pk])).content.decode()
        assert "secret" not in his.get(reverse("tags_suggest"), {"tag": "se"}).content.decode()

    def test_suggestions_begin_like_what_is_typed_those_used_most_first(self, ada, hers, rows):
        first, second = rows(ada, 2)
        tagging.add(ada, [first.pk], "fog")
        tagging.add(ada, [first.pk, second.pk], "fox")
        tagging.add(ada, [first.pk], "heron")
        assert tagging.suggested(ada, "FO") == ["fox", "fog"]
        page = hers.get(reverse("tags_suggest"), {"tag": "he"}).content.decode()
        assert '<option value="heron">' in page

    def test_two_of_one_name_become_one(self, ada, hers, rows, described):
        first, second = rows(ada, 2)
        tagging.add(ada, [first.pk, second.pk], "fox")
        tagging.add(ada, [first.pk], "vixen")
        described.clear()
        vixen = ada.tags.get(name="vixen")
        assert hers.post(reverse("tag_rename", args=[vixen.pk]), {"tag": "FOX"}).status_code == 302
        assert list(tagging.of(ada).values_list("name", "count")) == [("fox", 2)]
        assert described == [first.pk]

    def test_a_bad_new_name_is_told_and_kept(self, ada, hers, public):
        tagging.add(ada, [public.pk], "fox")
        answer = hers.post(reverse("tag_rename", args=[ada.tags.get().pk]), {"tag": "a:b"})
        assert answer.status_code == 422
        assert 'value="a:b"' in answer.content.decode()
        assert ada.tags.get().name == "fox"

    def test_deleting_one_leaves_what_had_it(self, ada, hers, his, public):
        tagging.add(ada, [public.pk], "fox")
        url = reverse("tag_delete", args=[ada.tags.get().pk])
        assert his.post(url).status_code == 404
        assert hers.post(url).status_code == 302
        assert not ada.tags.exists()
        assert Output.objects.filter(pk=public.pk).exists()


class TestManyAtOnce:
    def act(self, client, action, outputs, htmx=False, **values):
        sent = {"action": action, "outputs": [str(output.pk) for output in outputs], **values}
        return client.post(reverse("gallery_bulk"), sent, headers=HTMX if htmx else {})

    def test_only_ones_own_are_changed_and_the_rest_is_counted(self, ada, bob, his, rows):
        own, theirs = rows(bob, 3), rows(ada, 2)
        answer = self.act(his, "tag", [*own, *theirs], htmx=True, tag="Fox")
        assert answer.status_code == 204
        assert "3 of 5" in answer["HX-Trigger"]
        assert "2 were left out" in answer["HX-Trigger"]
        assert set(bob.tags.get().outputs.all()) == set(own)
        assert not ada.tags.exists()

    @pytest.mark.parametrize("action", ["trash", "restore", "purge", "share", "untag", "uncollect"])
    def test_nothing_of_others_is_touched(self, ada, bob, his, rows, action):
        theirs = rows(ada, 2)
        collection = bob.collections.create(title="Mine")
        before = list(Output.objects.order_by("pk").values())
        self.act(his, action, theirs, tag="fox", visibility="public", collection=str(collection.pk))
        assert list(Output.objects.order_by("pk").values()) == before

    def test_favourites_may_be_of_whatever_one_sees(self, ada, bob, his, rows, django_assert_num_queries):
        seen, unseen, own = rows(ada, 2), rows(ada, 2), rows(bob, 2)
        Output.objects.filter(pk__in=[output.pk for output in seen]).update(
            rating=Rating.GENERAL, visibility=Visibility.PUBLIC
        )
        self.act(his, "favourite", [*seen, *unseen, *own])
        assert favourites.of(bob, [*seen, *unseen, *own]) == {output.pk for output in [*seen, *own]}
        self.act(his, "unfavourite", [*seen, *unseen])
        assert favourites.of(bob, [*seen, *own]) == {output.pk for output in own}

    def test_links_are_made_for_each(self, ada, hers, rows):
        self.act(hers, "share", rows(ada, 3), visibility="link")
        assert len(set(ada.outputs.values_list("link_key", flat=True)) - {None}) == 3

    @pytest.mark.parametrize(
        ("action", "values"),
        [
            ("", {}),
            ("dance", {}),
            ("tag", {"tag": "a:b"}),
            ("tag", {"tag": REFUSED}),
            ("share", {"visibility": "nobody"}),
        ],
    )
    def test_what_makes_no_sense_is_told(self, ada, hers, rows, action, values):
        for htmx in (False, True):
            answer = self.act(hers, action, rows(ada, 1), htmx, **values)
            assert answer.status_code == 422
        assert not ada.tags.exists()

    def test_a_refused_tag_is_kept_with_what_was_chosen(self, ada, hers, rows):
        (output,) = rows(ada, 1)
        page = self.act(hers, "tag", [output], tag="a:b").content.decode()
        assert 'value="a:b"' in page
        assert str(output.pk) in page

    def test_there_is_an_end_to_it(self, hers):
        sent = {"action": "trash", "outputs": [str(uuid.uuid4()) for _ in range(501)]}
        assert hers.post(reverse("gallery_bulk"), sent).status_code == 422
        assert hers.post(reverse("gallery_bulk"), {"action": "trash"}).status_code == 422

    def test_what_is_no_id_is_left_out(self, ada, hers, rows):
        (output,) = rows(ada, 1)
        sent = {"action": "trash", "outputs": [str(output.pk), "../../x", "\0"]}
        assert "1 of 3" in hers.post(reverse("gallery_bulk"), sent, headers=HTMX)["HX-Trigger"]


class TestClosedStacks:
    """A card that stands for its stack is chosen as the whole of it."""

    @pytest.fixture
    def stack(self, ada, rows) -> list[Output]:
        """Of ada's five the first three, the newest first."""
        outputs, now, stack = rows(ada, 5), timezone.now(), uuid.uuid4()
        for number, output in enumerate(outputs):
            output.created_at = now - timedelta(minutes=number)
            output.stack, output.leads_stack = (stack, number == 0) if number < 3 else (None, True)
        Output.objects.bulk_update(outputs, ["created_at", "stack", "leads_stack"])
        return outputs[:3]

    def act(self, client, action, outputs, **values):
        sent = {"action": action, "outputs": [str(output.pk) for output in outputs], "stacks": "closed", **values}
        return client.post(reverse("gallery_bulk"), sent, headers=HTMX)

    @pytest.mark.parametrize(
        ("action", "changed"),
        [
            ("trash", {"trashed_at__isnull": False}),
            ("tag", {"tags__name": "fox"}),
            ("favourite", {"favourites__isnull": False}),
            ("share", {"visibility": "public"}),
        ],
    )
    def test_the_whole_stack_is_meant_and_counted(self, hers, stack, action, changed):
        other = Output.objects.filter(stack=None).first()
        answer = self.act(hers, action, [stack[0], other], tag="fox", visibility="public")
        assert "4 of 4" in answer["HX-Trigger"]
        assert set(Output.objects.filter(**changed)) == {*stack, other}

    def test_a_collection_takes_it_in_its_order(self, ada, hers, stack):
        collection = ada.collections.create(title="Foxes")
        assert "3 of 3" in self.act(hers, "collect", stack[:1], collection=str(collection.pk))["HX-Trigger"]
        items = collection.items.order_by("place")
        assert list(items.values_list("output", flat=True)) == [output.pk for output in stack]

    def test_where_stacks_are_open_single_ones_are_meant(self, hers, stack):
        assert "1 of 1" in self.act(hers, "trash", stack[:1], stacks="")["HX-Trigger"]
        assert Output.objects.exclude(trashed_at=None).count() == 1

    def test_what_lies_in_the_trash_is_not_meant(self, hers, stack):
        Output.objects.filter(pk=stack[1].pk).update(trashed_at=timezone.now())
        assert "2 of 2" in self.act(hers, "tag", stack[:1], tag="fox")["HX-Trigger"]
        assert not stack[1].tags.exists()

    def test_nothing_is_meant_that_came_after_the_card_was_shown(self, hers, stack):
        assert "2 of 2" in self.act(hers, "share", stack[1:2], visibility="public")["HX-Trigger"]
        stack[0].refresh_from_db()
        assert stack[0].visibility == Visibility.PRIVATE

    @pytest.mark.parametrize("action", ["trash", "tag", "share", "favourite"])
    def test_the_stacks_of_others_are_not_reached(self, ada, bob, his, rows, stack, action):
        Output.objects.filter(owner=ada).update(rating=Rating.GENERAL)
        Output.objects.filter(pk=stack[0].pk).update(visibility=Visibility.PUBLIC)
        before = list(Output.objects.order_by("pk").values())
        self.act(his, action, stack[:1], tag="fox", visibility="public")
        assert list(Output.objects.order_by("pk").values()) == before
        assert favourites.of(bob, stack) <= {stack[0].pk}

    def test_more_than_can_be_done_at_once_is_refused(self, ada, hers, rows, stack):
        more = rows(ada, 500)
        Output.objects.filter(pk__in=[output.pk for output in more]).update(
            stack=stack[0].stack, leads_stack=False, created_at=stack[2].created_at
        )
        answer = self.act(hers, "trash", stack[:1])
        assert answer.status_code == 422
        assert "Stacks are taken whole" in answer.content.decode()
        assert not Output.objects.exclude(trashed_at=None).exists()

    def test_what_is_asked_again_is_asked_of_stacks(self, hers, stack):
        sent = {"action": "tag", "outputs": [str(stack[0].pk)], "stacks": "closed", "tag": "a:b"}
        assert CLOSED in hers.post(reverse("gallery_bulk"), sent).content.decode()

    def test_the_page_says_whether_its_stacks_are_closed(self, hers, stack):
        assert CLOSED in hers.get("/gallery/").content.decode()
        assert CLOSED in hers.get("/gallery/", {"sort": "oldest", "type": "image"}).content.decode()
        self.act(hers, "favourite", stack[:1])
        for query in ({"singly": "1"}, {"stack": str(stack[0].stack)}, {"sort": "favourites"}, {"whose": "favourites"}):
            page = hers.get("/gallery/", query).content.decode()
            assert 'id="selection"' in page
            assert CLOSED not in page
