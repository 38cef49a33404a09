"""A picture that somebody gave is kept as long as anything needs it, and no longer."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery import services
from gallery.models import Output
from generation import uploads
from generation.models import Generation, ReferenceImage, State
from generation.reconcile import reconcile
from generation.references import forget_unneeded, is_needed
from tests.conftest import png_bytes

from .conftest import ask, files_in, painted


@pytest.fixture
def reference(ada, media) -> ReferenceImage:
    kept = uploads.keep(ada, uploads.read_picture(io.BytesIO(png_bytes((80, 60)))))
    ReferenceImage.objects.update(created_at=timezone.now() - timedelta(days=2))
    return kept


def made(owner, folder, generation: Generation) -> Output:
    Generation.objects.filter(pk=generation.pk).update(state=State.SUCCEEDED)
    return services.store(
        painted(folder),
        owner_id=owner.pk,
        generation_id=generation.pk,
        parameters=generation.parameters,
        demo=True,
    )


def sweep() -> int:
    return sum(forget_unneeded(part) for part in range(256))


def image2image(owner, reference: ReferenceImage) -> Generation:
    return ask(owner, mode="image2image", reference_image=reference.sha256)


def test_it_stays_as_long_as_an_output_was_made_with_it(
    ada, reference, media, tmp_path, django_capture_on_commit_callbacks
):
    outputs = [made(ada, tmp_path, image2image(ada, reference)) for _ in range(2)]
    services.delete(outputs.pop())
    assert sweep() == 0
    Output.objects.update(trashed_at=timezone.now())
    assert sweep() == 0
    Generation.objects.all().delete()  # an output outlives its generation, and can be made again without it
    assert sweep() == 0
    services.delete(Output.objects.get())
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep() == 1
    assert not [name for name in files_in(media) if name.startswith("references/")]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED, State.CANCELLED])
def test_it_stays_as_long_as_something_can_still_be_made_with_it(ada, reference, state):
    Generation.objects.filter(pk=image2image(ada, reference).pk).update(state=state)
    assert sweep() == 0
    Generation.objects.update(state=State.SUCCEEDED)
    assert sweep() == 1


def test_keyframes_need_theirs_too(ada, reference):
    ask(ada, model="anisora", mode="arbitrary", keyframes=[{"frame_index": 0, "image": reference.sha256}])
    assert is_needed(reference)


def test_another_persons_request_needs_their_own_copy(ada, bob, reference):
    image2image(bob, reference)
    assert not is_needed(reference)


def test_what_has_just_been_given_is_not_looked_at(ada, reference):
    ReferenceImage.objects.update(created_at=timezone.now())
    assert sweep() == 0


def test_the_reconciler_does_it(ada, reference):
    assert reconcile().forgotten == 1
    assert not ReferenceImage.objects.exists()
