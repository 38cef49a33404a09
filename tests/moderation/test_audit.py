"""The log grows and never changes, whoever tries; it has every act; operators alone read it."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from moderation import audit
from moderation.models import AppendOnly, AuditEntry
from people import acts as people_acts

pytestmark = pytest.mark.django_db
TABLE = AuditEntry._meta.db_table


def test_no_code_changes_an_entry(person):
    entry = audit.record("warned", by=person, reason="Noise.")
    for change in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(reason=""),
        lambda: AuditEntry.objects.bulk_update([entry], ["reason"]),
    ):
        with pytest.raises(AppendOnly):
            change()


@pytest.mark.parametrize("statement", [f"UPDATE {TABLE} SET reason = ''", f"DELETE FROM {TABLE}"])
def test_nor_does_the_database_let_anybody(person, statement):
    audit.record("warned", by=person, reason="Noise.")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().reason == "Noise."


def test_people_go_and_the_log_stays(person, moderator):
    people_acts.pause(moderator, person, timezone.now() + timedelta(days=1), "Noise.")
    person.delete()
    assert AuditEntry.objects.get(act="paused").person_name == "mira"


def test_acts_in_the_admin_are_copied_one_by_one_and_many_at_once(operator, client_of):
    admin = client_of(operator)
    admin.post(reverse("admin:auth_group_add"), {"name": "foxes"})
    first, second = Group.objects.get(), Group.objects.create(name="robots")
    action = {"action": "delete_selected", "_selected_action": [first.pk, second.pk], "post": "yes"}
    admin.post(reverse("admin:auth_group_changelist"), action)
    entries = list(AuditEntry.objects.order_by("id").values_list("act", "thing", "by_name"))
    assert entries[0] == ("admin_added", f"auth.group {first.pk}", "root")
    assert sorted(entries[1:]) == [("admin_deleted", f"auth.group {group.pk}", "root") for group in (first, second)]


@pytest.mark.parametrize("name", ["audit", "audit_export"])
def test_operators_alone_read_it(name, hers, operator, client_of, person):
    url = reverse(name) + "?format=csv"
    assert hers.get(url).status_code == client_of(person).get(url).status_code == 403
    assert client_of(operator).get(url).status_code == 200


def test_pages_lead_to_the_first_entry(operator, client_of):
    for number in range(audit.PAGE_SIZE * 2 + 1):
        audit.record("warned", reason=str(number))
    seen, older = [], audit.LARGEST_KEY
    while older is not None:
        page = audit.page(older)
        seen += [entry.reason for entry in page.entries]
        older = page.older
    assert seen == [str(number) for number in reversed(range(audit.PAGE_SIZE * 2 + 1))]
    shown = client_of(operator).get(reverse("audit"))
    assert f"?before={shown.context['page'].older}" in shown.content.decode()


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=" + "9" * 30])
def test_nonsense_in_the_address_is_404(operator, client_of, query):
    assert client_of(operator).get(f"{reverse('audit')}?{query}").status_code == 404
    assert client_of(operator).get(reverse("audit_export") + "?format=exe").status_code == 404


def test_the_whole_log_as_csv_and_jsonl(operator, person, client_of):
    audit.record("warned", by=operator, person=person, before={"a": 1}, after={"a": 2}, reason="=cmd()")
    url = reverse("audit_export")
    text = b"".join(client_of(operator).get(url, {"format": "jsonl"})).decode()
    (entry,) = [json.loads(line) for line in text.splitlines()]
    assert (entry["act"], entry["person_name"], entry["after"]) == ("warned", "mira", {"a": 2})
    (row,) = csv.DictReader(io.StringIO(b"".join(client_of(operator).get(url, {"format": "csv"})).decode()))
    assert (row["by_name"], row["reason"], row["before"]) == ("root", "'=cmd()", '{"a": 1}')


class TestSearch:
    @pytest.fixture
    def log(self, operator, moderator, person, other, monkeypatch):
        """Three acts, the first of them a week old: by mona about mira, by root about oleg, by the rules about mira."""
        now = timezone.now()
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda: now - timedelta(days=7))
            audit.record("warned", by=moderator, person=person)
        audit.record("paused", by=operator, person=other)
        audit.record("withheld", person=person, thing="output 7")

    def acts(self, answer) -> list[str]:
        return [entry.act for entry in answer.context["page"].entries]

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"q": "mira"}, ["withheld", "warned"]),
            ({"q": "MONA"}, ["warned"]),
            ({"q": "output 7"}, ["withheld"]),
            ({"act": "paused"}, ["paused"]),
            ({"q": "mira", "act": "paused"}, []),
            ({"since": "{today}"}, ["withheld", "paused"]),
            ({"until": "{before}"}, ["warned"]),
            ({"since": "{before}", "until": "{today}", "q": "mira"}, ["withheld", "warned"]),
            ({"q": "nobody"}, []),
        ],
    )
    def test_by_person_thing_act_and_day(self, log, operator, client_of, asked, found):
        days = {"today": f"{timezone.localdate()}", "before": f"{timezone.localdate() - timedelta(days=7)}"}
        asked = {name: value.format(**days) for name, value in asked.items()}
        answer = client_of(operator).get(reverse("audit"), asked)
        assert self.acts(answer) == found
        lines = b"".join(client_of(operator).get(reverse("audit_export"), {**asked, "format": "jsonl"})).splitlines()
        assert [json.loads(line)["act"] for line in reversed(lines)] == found

    @pytest.mark.parametrize(
        "wrong",
        [{"act": "sing"}, {"since": "yesterday"}, {"until": "0001-01-01"}, {"since": "9999-12-31"}, {"q": "a\0"}],
    )
    def test_what_cannot_be_looked_for_is_told(self, log, operator, client_of, wrong):
        assert client_of(operator).get(reverse("audit"), wrong).status_code == 422
        assert client_of(operator).get(reverse("audit_export"), {**wrong, "format": "csv"}).status_code == 404

    def test_the_next_page_looks_for_the_same(self, person, operator, client_of):
        for _ in range(audit.PAGE_SIZE + 1):
            audit.record("warned", by=operator, person=person)
            audit.record("paused", by=operator, person=person)
        answer = client_of(operator).get(reverse("audit"), {"q": "mira", "act": "warned"})
        assert f"?before={answer.context['page'].older}&amp;q=mira&amp;act=warned" in answer.content.decode()


GUARDED = """
import django; django.setup()
from django.core.management import call_command
from django.db import DatabaseError, connection
from moderation import audit
audit.record("warned", reason="Noise.")
for statement in ("UPDATE moderation_auditentry SET reason = ''", "DELETE FROM moderation_auditentry"):
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as refused:
        assert "append-only" in str(refused)
    else:
        raise AssertionError(statement)
call_command("migrate", "moderation", "zero", verbosity=0)
"""


def test_postgresql_holds_it_too(postgresql, tmp_path):
    environment = {
        **os.environ,
        "DATABASE_URL": postgresql.with_tables(),
        "MEDIAGEN_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "mediagen_site.settings",
    }
    subprocess.run([sys.executable, "-c", GUARDED], env=environment, check=True)


def test_users_are_named_as_they_were(operator):
    user = User.objects.create_user("fox")
    entry = audit.record("warned", by=operator, person=user)
    User.objects.filter(pk=user.pk).update(username="wolf")
    entry.refresh_from_db()
    assert entry.person_name == "fox"
