"""The admin panel: useful to operators, and silent about what people wrote and made."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery.models import Output
from generation.models import Generation, ReferenceImage, Share, State, Worker
from generation.request import parse

pytestmark = pytest.mark.django_db
SECRET = "a heron nobody else may read of"
LISTS = (
    "generation_generation",
    "generation_worker",
    "generation_share",
    "generation_referenceimage",
    "gallery_output",
    "auth_user",
)


@pytest.fixture
def owner(db) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def operator(client):
    client.force_login(User.objects.create_superuser("root"))
    return client


@pytest.fixture
def viewer(client):
    """Staff who may look, no more."""
    person = User.objects.create_user("looker", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(person)
    return client


@pytest.fixture
def worker(db) -> Worker:
    now = timezone.now()
    return Worker.objects.create(
        name="bench-1", hostname="bench", pid=1, device="cpu", warm_models=["pony"], started_at=now, seen_at=now
    )


def asked(owner: User, state: State = State.QUEUED, **facts: object) -> Generation:
    request = parse({"model": "pony", "mode": "text2image", "prompt": SECRET, "negative_prompt": SECRET, "seed": 7})
    return Generation.objects.create(
        owner=owner, parameters=request.to_json(), model="pony", mode="text2image", state=state, **facts
    )


def made(owner: User) -> Output:
    output = Output(
        owner=owner,
        generation=asked(owner, State.SUCCEEDED),
        **{"type": "image", "model": "pony", "mode": "text2image", "prompt": SECRET, "parameters": {"prompt": SECRET}},
        **{"receipt": {"device": "cpu"}, "format": "png", "bytes": 3, "sha256": "ab" * 32, "pixel_sha256": "cd" * 32},
        **{"seed": 7, "width": 512, "height": 512},
    )
    output.file.save("file.png", ContentFile(b"png"), save=False)
    output.poster.save("poster.webp", ContentFile(b"webp"), save=False)
    output.save()
    return output


@pytest.fixture
def everything(owner, worker):
    return {
        "generation_generation": asked(owner, State.RUNNING, worker=worker, stage="denoising", step=3, steps=30),
        "generation_worker": worker,
        "generation_share": Share.objects.create(owner=owner),
        "generation_referenceimage": ReferenceImage.objects.create(owner=owner, sha256="ef" * 32, width=9, height=9),
        "gallery_output": made(owner),
        "auth_user": owner,
    }


def changelist(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


def act(client, name: str, action: str, *rows: object):
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], "post": "yes"}
    return client.post(changelist(name), data, follow=True)


@pytest.mark.parametrize("name", LISTS)
def test_lists_and_pages_open_and_keep_the_persons_secrets(operator, everything, name):
    row = everything[name]
    pages = [
        operator.get(changelist(name)),
        operator.get(changelist(name), {"q": "ada"}),
        operator.get(changelist(name), {"q": str(row.pk)}),
        operator.get(reverse(f"admin:{name}_change", args=[row.pk])),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200, 200]
    for page in pages:
        assert SECRET not in page.content.decode()
        assert "/poster" not in page.content.decode()
    assert row in pages[0].context["cl"].result_list


@pytest.mark.parametrize("name", ["generation_generation", "gallery_output"])
def test_search_finds_by_id_and_by_owner(operator, everything, name):
    row = everything[name]

    def found(text):
        return list(operator.get(changelist(name), {"q": text}).context["cl"].result_list)

    assert found(str(row.pk)) == [row]
    assert row in found("ada")
    assert found(str(uuid.uuid4())) == found("nobody") == []


@pytest.mark.parametrize(
    "name", ["generation_generation", "generation_worker", "generation_referenceimage", "gallery_output"]
)
def test_nothing_is_added_or_changed_by_hand(operator, everything, name):
    assert operator.get(reverse(f"admin:{name}_add")).status_code == 403
    assert operator.post(reverse(f"admin:{name}_change", args=[everything[name].pk]), {}).status_code == 403


def test_a_running_generation_shows_its_progress_and_what_was_asked(operator, everything):
    page = operator.get(reverse("admin:generation_generation_change", args=[everything["generation_generation"].pk]))

    assert "denoising 3/30" in page.content.decode()
    assert "&quot;seed&quot;: 7" in page.content.decode()


def test_cancel_cancels_what_is_active_and_says_what_it_could_not(operator, owner):
    queued, ended = asked(owner), asked(owner, State.SUCCEEDED)

    response = act(operator, "generation_generation", "cancel", queued, ended)

    states = dict(Generation.objects.values_list("pk", "state"))
    assert states == {queued.pk: State.CANCELLED, ended.pk: State.SUCCEEDED}
    assert [str(message) for message in response.context["messages"]] == ["Cancelled: 1 of 2."]
    assert LogEntry.objects.get().object_id == str(queued.pk)


def test_retry_queues_what_failed_again(operator, owner):
    failed = asked(owner, State.FAILED, error="The disk was full.")

    response = act(operator, "generation_generation", "retry", failed)

    failed.refresh_from_db()
    assert (failed.state, failed.error) == (State.QUEUED, "")
    assert [str(message) for message in response.context["messages"]] == ["Queued again: 1 of 1."]


def test_an_operator_queues_again_what_is_quarantined_and_moves_it_to_the_front(operator, owner):
    failed = asked(owner, State.FAILED, quarantined=True)

    act(operator, "generation_generation", "retry", failed)
    response = act(operator, "generation_generation", "move_to_front", failed)

    failed.refresh_from_db()
    assert (failed.state, failed.quarantined, failed.urgent) == (State.QUEUED, False, True)
    assert [str(message) for message in response.context["messages"]] == ["Moved to the front: 1 of 1."]


def test_a_worker_is_drained_and_let_work_again(operator, worker):
    for action, draining in (("drain", True), ("undrain", False)):
        act(operator, "generation_worker", action, worker)
        worker.refresh_from_db()
        assert worker.draining is draining


def test_a_share_takes_limits_and_refuses_a_weight_of_nothing(operator, owner):
    data = {"owner": owner.pk, "weight": "2", "max_queued": "5", "max_running": "", "seconds_a_day": ""}
    wrong = operator.post(reverse("admin:generation_share_add"), {**data, "weight": "0"})
    assert wrong.context["adminform"].form.errors["weight"]
    operator.post(reverse("admin:generation_share_add"), data)
    share = Share.objects.get(owner=owner)
    assert (share.weight, share.max_queued, share.max_running) == (2.0, 5, None)


@pytest.mark.parametrize("action", ["cancel", "retry", "move_to_front", "delete_selected"])
def test_who_may_only_look_can_only_look(viewer, owner, action):
    queued, failed = asked(owner), asked(owner, State.FAILED)

    act(viewer, "generation_generation", action, queued, failed)

    assert dict(Generation.objects.values_list("pk", "state")) == {queued.pk: State.QUEUED, failed.pk: State.FAILED}


def test_deleting_outputs_takes_their_files(operator, owner, django_capture_on_commit_callbacks):
    output = made(owner)

    with django_capture_on_commit_callbacks(execute=True):
        act(operator, "gallery_output", "delete_selected", output)

    assert not Output.objects.exists()
    assert not output.file.storage.exists(output.file.name)
    assert not output.poster.storage.exists(output.poster.name)


def test_an_account_can_be_deleted_with_all_that_hangs_on_it(operator, everything, owner):
    response = operator.post(reverse("admin:auth_user_delete", args=[owner.pk]), {"post": "yes"})

    assert response.status_code == 302
    assert not Generation.objects.exists()
    assert not Output.objects.exists()


def test_workers_are_marked_alive_until_their_lease_would_run_out(operator, worker, settings):
    silent = timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1)
    gone = Worker.objects.create(
        name="bench-2", hostname="bench", pid=2, device="cpu", started_at=silent, seen_at=silent
    )

    rows = operator.get(changelist("generation_worker")).context["cl"].result_list

    assert {row.pk: row.alive for row in rows} == {worker.pk: True, gone.pk: False}


def test_the_list_of_generations_asks_no_more_for_more_rows(operator, owner, worker):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            operator.get(changelist("generation_generation"))
        return len(captured)

    asked(owner, worker=worker)
    few = queries()
    for number in range(20):
        asked(User.objects.create_user(f"person{number}"), worker=worker)

    assert queries() == few


def test_the_admin_is_for_staff(client, owner):
    client.force_login(owner)

    assert client.get(changelist("generation_generation")).status_code == 302
