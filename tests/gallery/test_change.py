"""How far an output has gone from what it was made from."""

import pytest

from gallery import change, rendering
from gallery.models import Descent, How, Output

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("one", "other", "bits"), [(0, 0, 0), (-1, 0, 64), (-1, -1, 0), (0b1011, 0b0010, 2), (-(2**63), 2**63 - 1, 64)]
)
def test_bits_of_signed_numbers(one, other, bits):
    assert change.difference(one, other) == bits


def hashed(output: Output, value: int) -> None:
    Output.objects.filter(pk=output.pk).update(perceptual_hash=value)
    change.measure(output.pk)


def test_it_is_known_once_both_have_their_hash_in_whichever_order(ada, rows):
    origin, child, grandchild = rows(ada, 3)
    Descent.objects.create(child=child, parent=origin, how=How.REMIX)
    Descent.objects.create(child=grandchild, parent=child, how=How.REMIX)
    hashed(child, 0b111)
    hashed(origin, 0b001)
    hashed(grandchild, 0b110)
    changes = dict(Output.objects.values_list("pk", "change"))
    assert changes == {origin.pk: None, child.pk: 2, grandchild.pk: 1}


def test_the_nearest_of_several_origins_counts(ada, rows):
    one, other, child = rows(ada, 3)
    for parent in (one, other):
        Descent.objects.create(child=child, parent=parent, how=How.REFERENCE)
    hashed(one, 0b1111)
    hashed(other, 0b0001)
    hashed(child, 0b0000)
    child.refresh_from_db()
    assert child.change == 1


def test_the_chore_that_hashes_measures_too(media, ada, keep):
    origin, child = keep(ada), keep(ada)
    Descent.objects.create(child=child, parent=origin, how=How.RERUN)
    while rendering.render_next():
        pass
    child.refresh_from_db()
    assert child.change is not None
