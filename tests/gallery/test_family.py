"""The relatives of an output, what changed from one to the next, and nothing of what somebody may not see."""

import importlib
import re
import uuid
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery import family, tree
from gallery.access import OWNER, look, look_as
from gallery.again import again
from gallery.models import Descent, How, Output
from generation.differences import differences, table, words
from generation.request import parse

pytestmark = pytest.mark.django_db

STACK = uuid.UUID(int=7)


@pytest.fixture
def child_of(rows) -> Callable[..., Output]:
    """An output that was made from others."""

    def child_of(owner, *parents: Output, how: How = How.REMIX) -> Output:
        number = Output.objects.count()
        (output,) = rows(owner, 1)
        Output.objects.filter(pk=output.pk).update(prompt=f"teapot {number}", rating="general")
        output.refresh_from_db()
        Descent.objects.bulk_create(Descent(child=output, parent=parent, how=how) for parent in parents)
        return output

    return child_of


def found(person, output: Output) -> family.Family:
    seen = look_as(OWNER, output)
    assert seen is not None
    return family.family(person, seen, family.rest_of_stack(seen))


def ids(row: list[Output]) -> set:
    return {output.pk for output in row}


def bonds(family_of: family.Family) -> list[tuple]:
    return [(bond.parent.pk, bond.child.pk, bond.how) for bond in family_of.bonds]


def stacked(*outputs: Output) -> None:
    """As if they differed in their seeds alone."""
    Output.objects.filter(pk__in=ids(outputs)).update(stack=STACK)


def test_two_generations_up_and_down_and_no_further(ada, child_of):
    great = child_of(ada)
    grand = child_of(ada, great)
    parents = [child_of(ada, grand), child_of(ada)]
    middle = child_of(ada, *parents)
    child = child_of(ada, middle, how=How.REFERENCE)
    below = [child_of(ada, child, how=How.RERUN) for _ in range(2)]
    child_of(ada, below[0])
    family_of = found(ada, middle)
    assert [ids(row) for row in family_of.rows] == [{grand.pk}, ids(parents), {middle.pk}, {child.pk}, ids(below)]
    assert set(bonds(family_of)) == {
        (grand.pk, parents[0].pk, How.REMIX),
        *((parent.pk, middle.pk, How.REMIX) for parent in parents),
        (middle.pk, child.pk, How.REFERENCE),
        *((child.pk, one.pk, How.RERUN) for one in below),
    }
    assert {(bond.parent.pk, bond.how) for bond in family_of.parents} == {(p.pk, How.REMIX) for p in parents}


def test_who_has_no_relatives_has_no_family(ada, child_of):
    assert not found(ada, child_of(ada))


def test_a_remix_with_the_picture_of_the_same_output_is_one_line(ada, child_of):
    parent = child_of(ada)
    child = child_of(ada, parent, how=How.REFERENCE)
    Descent.objects.create(child=child, parent=parent, how=How.REMIX)
    family_of = found(ada, child)
    assert [bond.how for bond in family_of.parents] == [How.REMIX, How.REFERENCE]
    assert [line.how for line in tree.tree(family_of, child).lines] == [How.REMIX]


def test_many_children_cost_no_more_queries_and_only_some_are_drawn(ada, child_of):
    parent = child_of(ada)
    child_of(ada, parent)
    with CaptureQueriesContext(connection) as few:
        found(ada, parent)
    for _ in range(19):
        child_of(ada, parent)
    with CaptureQueriesContext(connection) as many:
        family_of = found(ada, parent)
    assert len(many) == len(few)
    assert (len(family_of.rows[1]), family_of.more) == (family.MOST_DRAWN, 20 - family.MOST_DRAWN)
    drawing = tree.tree(family_of, parent)
    assert len(drawing.lines) == family.MOST_DRAWN
    assert all(0 <= node.x <= drawing.width - drawing.side for node in drawing.nodes)
    assert [node.is_self for node in drawing.nodes].count(True) == 1


def test_what_somebody_may_not_see_leaves_no_trace_nor_what_it_leads_to(ada, bob, child_of):
    mine = child_of(bob)
    hidden = child_of(ada, mine)
    beyond = child_of(bob, hidden)
    shown = child_of(ada, mine)
    Output.objects.filter(pk=shown.pk).update(visibility="public")
    family_of = found(bob, mine)
    assert [ids(row) for row in family_of.rows] == [{mine.pk}, {shown.pk}]
    assert family_of.more == 0
    assert not found(bob, beyond)
    hidden.shared_with.add(bob)
    assert ids(found(bob, mine).rows[1]) == {shown.pk, hidden.pk}
    assert ids(found(bob, mine).rows[2]) == {beyond.pk}


def test_a_relation_is_told_with_the_request_of_the_child(ada, bob, child_of):
    mine = child_of(bob)
    remix = child_of(ada, mine)
    picture = child_of(ada, mine, how=How.REFERENCE)
    for one in (remix, picture):
        one.shared_with.add(bob)
    assert ids(found(bob, mine).rows[1]) == {remix.pk}
    Output.objects.filter(pk=picture.pk).update(shows_references=True)
    assert ids(found(bob, mine).rows[1]) == {remix.pk, picture.pk}
    Output.objects.filter(pk=remix.pk).update(shows_prompt=False)
    assert ids(found(bob, mine).rows[1]) == {picture.pk}


def test_its_stack_stands_beside_it_in_the_order_of_making(ada, child_of):
    parent = child_of(ada)
    first, middle, last = child_of(ada), child_of(ada, parent), child_of(ada)
    child, gone = child_of(ada, middle, how=How.VARIANT), child_of(ada)
    stacked(first, middle, last, child, gone)
    Output.objects.filter(pk=gone.pk).update(trashed_at=gone.created_at)
    middle.refresh_from_db()
    family_of = found(ada, middle)
    assert [[output.pk for output in row] for row in family_of.rows] == [
        [parent.pk],
        [first.pk, middle.pk, last.pk],
        [child.pk],
    ]
    assert {bond for bond in bonds(family_of) if bond[2] == How.VARIANT} == {
        (middle.pk, other.pk, How.VARIANT) for other in (first, last, child)
    }
    drawing = tree.tree(family_of, middle)
    assert [node.output.pk for node in drawing.children] == [child.pk]
    row = [node for node in drawing.nodes if node.y == drawing.nodes[1].y]
    ties = [f"M{left.x + drawing.side} {left.y + drawing.side // 2}H{right.x}" for left, right in pairwise(row)]
    assert {line.path for line in drawing.lines if line.how == How.VARIANT} > set(ties)


@pytest.mark.parametrize("place", [0, 49, 99])
def test_of_a_long_stack_itself_and_those_around_it_are_drawn(ada, rows, place):
    stacked(*rows(ada, 100))
    run = list(Output.objects.order_by("created_at", "pk"))
    with CaptureQueriesContext(connection) as queries:
        family_of = found(ada, run[place])
    assert len(queries) == 5
    (row,) = family_of.rows
    start = run.index(row[0])
    assert row == run[start : start + family.MOST_DRAWN]
    assert run[place] in row
    assert family_of.more == 0


def test_variants_are_told_where_both_requests_are(ada, bob, child_of):
    mine, told, pictures, kept_back, hidden = (child_of(ada) for _ in range(5))
    stacked(mine, told, pictures, kept_back, hidden)
    for one in (mine, told, pictures, kept_back):
        one.shared_with.add(bob)
    Output.objects.filter(pk=kept_back.pk).update(shows_prompt=False)
    Output.objects.filter(pk=pictures.pk).update(shows_references=True)

    def beside(output: Output) -> set:
        seen = look(bob, Output.objects.get(pk=output.pk))
        assert seen is not None
        found_of = family.family(bob, seen, family.rest_of_stack(seen))
        return ids(found_of.rows[0]) - {output.pk}

    assert beside(mine) == {told.pk, pictures.pk}
    assert beside(kept_back) == set()
    Output.objects.update(parameters={"reference_image": "a" * 64})
    assert beside(mine) == {told.pk}
    assert beside(pictures) == set()


@pytest.mark.parametrize("how", [How.VARIANT, How.RERUN])
def test_that_a_request_is_like_one_that_is_kept_back_is_not_told(ada, bob, child_of, how):
    parent = child_of(ada)
    child = child_of(bob, parent, how=how)
    parent.shared_with.add(bob)
    assert bonds(found(bob, child)) == [(parent.pk, child.pk, how)]
    seen = look(bob, child)
    assert (again(bob, seen) is not None) == (how == How.RERUN)
    Output.objects.filter(pk=parent.pk).update(shows_prompt=False)
    assert bonds(found(bob, child)) == [(parent.pk, child.pk, How.REMIX)]
    assert again(bob, seen) is None


def test_what_lies_in_the_trash_is_left_out(ada, child_of):
    parent = child_of(ada)
    child = child_of(ada, parent)
    Output.objects.filter(pk=child.pk).update(trashed_at=child.created_at)
    assert not found(ada, parent)


def test_the_page_credits_the_owner_and_says_what_changed(ada, bob, his, keep, media):
    parent, child = keep(ada), keep(bob, model="anisora", mode="text2video", prompt="a red teapot", motion_score=2.0)
    Output.objects.filter(pk=parent.pk).update(rating="general", visibility="public")
    Descent.objects.create(child=child, parent=parent, how=How.REMIX)
    page = his.get(f"/gallery/{child.pk}/").content.decode()
    assert "Remixed from" in page
    assert "by ada" in page
    assert "<ins>red </ins>" in page
    assert "<del> on a hill</del>" in page
    assert "Text to image" in page
    assert f"/compare/?o={parent.pk}&amp;o={child.pk}" in page
    Output.objects.filter(pk=parent.pk).update(visibility="private")
    page = his.get(f"/gallery/{child.pk}/").content.decode()
    for trace in ("Family", str(parent.pk), "by ada", "<del>"):
        assert trace not in page


def test_the_page_says_how_each_came_about(ada, hers, keep, media):
    parent = keep(ada, steps=20)
    children = {
        How.REMIX: keep(ada, steps=30, prompt="a blue teapot on a hill", width=512),
        How.RERUN: keep(ada, steps=20),
        How.VARIANT: keep(ada, steps=20, seed=1234),
        How.REFERENCE: keep(ada, model="anisora", mode="text2video", motion_score=2.0),
    }
    for how, child in children.items():
        Descent.objects.create(child=child, parent=parent, how=how)
    page = hers.get(f"/gallery/{parent.pk}/").content.decode()
    titles = re.findall(r"<title>(.*?)</title>", page)[1:]
    assert titles[0] == "This one — a teapot on a hill · ada"
    assert sorted(titles[1:]) == [
        "Made again — a teapot on a hill · ada",
        "Reference: starts from its parent’s picture — a teapot on a hill · ada",
        "Remix: Prompt, Width 1024 → 512 — a blue teapot on a hill · ada",
        f"Variant, seed {children[How.VARIANT].seed} — a teapot on a hill · ada",
    ]
    words_beneath = sorted(re.findall(r"<text [^>]*>(.*?)</text>", page))
    assert words_beneath == ["This one", "again", "reference", "remix", "variant"]
    assert page.count("Remix: Prompt, Width 1024 → 512") == 2
    assert "Variant of" in hers.get(f"/gallery/{children[How.VARIANT].pk}/").content.decode()


def test_a_remix_says_what_a_number_means_only_where_that_changes(ada, hers, keep, media):
    parent = keep(ada, steps=14)
    for steps in (10, 30):
        Descent.objects.create(child=keep(ada, steps=steps), parent=parent, how=How.REMIX)
    page = hers.get(f"/gallery/{parent.pk}/").content.decode()
    for line in ("Remix: Steps 14 → 10 —", "Remix: Steps 14 · quick → 30 · best —"):
        assert line in page


def test_remixes_of_the_same_stack_become_variants(ada, child_of):
    migration = importlib.import_module("gallery.migrations.0015_variants")
    parent = child_of(ada)
    variant, again, remix = child_of(ada, parent), child_of(ada, parent, how=How.RERUN), child_of(ada, parent)
    stacked(parent, variant, again)
    migration.tell_variants(apps, None)
    told = dict(Descent.objects.values_list("child", "how"))
    assert told == {variant.pk: How.VARIANT, again.pk: How.RERUN, remix.pk: How.REMIX}


def test_words_are_marked_one_by_one():
    assert [(piece.kind, piece.text) for piece in words("a red fox, dancing", "a red-haired fox dancing")] == [
        ("same", "a red"),
        ("ins", "-haired"),
        ("same", " fox"),
        ("del", ","),
        ("same", " dancing"),
    ]
    assert words("", "new") == (words("", "new")[0],)
    for old, new in (("a fox", "a fox"), ("один лис", "два лиса"), ("", ""), ("x", "")):
        pieces = words(old, new)
        assert "".join(piece.text for piece in pieces if piece.kind != "del") == new
        assert "".join(piece.text for piece in pieces if piece.kind != "ins") == old


def test_values_are_told_in_the_readers_words():
    old = parse({"model": "anisora", "mode": "text2video", "prompt": "a boat", "seed": 7, "motion_score": 2.0})
    new = old.replacing(motion_score=4.5, num_frames=33)
    told = [(row.label, row.old, row.new) for row in differences(old.to_json(), new.to_json())]
    assert told == [("Frames", "81", "33"), ("Motion score", "2.0 · natural", "4.5 · fast")]
    assert differences(old.to_json(), old.to_json()) == []
    assert differences(old.to_json(), {}) == []


def test_what_a_number_means_is_told_only_where_it_changes():
    old, quick, best = (parse({"prompt": "a boat", "seed": 7, "steps": steps}).to_json() for steps in (14, 10, 30))
    told = [[(row.old, row.new) for row in differences(old, new)] for new in (quick, best)]
    assert told == [[("14", "10")], [("14 · quick", "30 · best")]]
    found = table([old, quick, best])
    assert [found.tells(place) for place in range(3)] == ["Steps: 14", "Steps: 10", "Steps: 30"]
    assert found.differing[0].values == ("14 · quick", "10 · quick", "30 · best")


def test_a_table_parts_what_differs_from_what_is_the_same():
    one = parse({"model": "pony", "mode": "text2image", "prompt": "a boat", "seed": 7}).to_json()
    two = parse({"model": "flux", "mode": "text2image", "prompt": "a boat", "seed": 7}).to_json()
    found = table([one, two, {}])
    differing = {row.label: row.values for row in found.differing}
    assert differing["Model"] == ("Pony V6 XL", "Flux.1 dev", "")
    assert differing["CLIP skip"] == ("2 · standard", "", "")
    assert {"Prompt", "Seed", "Width"} <= {row.label for row in found.same}
