"""The person concerned may object once, and another decides."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from gallery import rating
from gallery.models import Output, Withheld
from moderation import acts, appealing, cases
from moderation.models import Appeal, AuditEntry
from people.acts import NotAllowed
from people.models import Profile, Role
from safety.ratings import Rating

pytestmark = pytest.mark.django_db
WORDS = {"words": "The fox is dancing, not fighting."}


@pytest.fixture
def second(db) -> User:
    user = User.objects.create_user("theo")
    Profile.objects.create(user=user, role=Role.MODERATOR)
    return user


@pytest.fixture
def withheld(shown, moderator):
    output = shown()
    acts.withhold(moderator, output, "It fights.")
    return output


@pytest.fixture
def appeal(withheld, client_of):
    entry = AuditEntry.objects.get(act="withheld")
    client_of(withheld.owner).post(reverse("appeal", args=[entry.pk]), WORDS)
    return Appeal.objects.get()


def test_the_notice_leads_to_one_appeal(withheld, person, client_of):
    notice = person.notices.get()
    mine = client_of(person)
    assert "It fights." in mine.get(notice.url).content.decode()
    assert mine.post(notice.url, {"words": ""}).status_code == 422
    assert [mine.post(notice.url, WORDS).status_code for _ in range(2)] == [302, 302]
    made = Appeal.objects.get()
    assert (made.person, made.output, made.words) == (person, withheld, WORDS["words"])
    assert mine.get(reverse("output_appeal", args=[withheld.pk])).url == notice.url


def test_nobody_appeals_for_somebody_else(withheld, other, hers, client_of):
    url = reverse("appeal", args=[AuditEntry.objects.get(act="withheld").pk])
    for client in (client_of(other), hers):
        assert client.get(url).status_code == 404
        assert client.post(url, WORDS).status_code == 404


def test_another_moderator_decides_while_there_is_one(appeal, hers, moderator, second, client_of):
    url = reverse("moderation_appeal", args=[appeal.pk])
    assert not cases.appeals(moderator)[0].may_decide
    assert hers.post(url, {"verdict": "reverse", "note": "x"}).status_code == 403
    assert cases.appeals(second)[0].may_decide
    assert client_of(second).post(url, {"verdict": "reverse", "note": ""}).status_code == 422
    assert client_of(second).post(url, {"verdict": "reverse", "note": "It dances."}).status_code == 302
    output = Output.objects.get()
    assert output.withheld == ""
    assert list(AuditEntry.objects.values_list("act", flat=True)) == ["restored", "reversed", "appealed", "withheld"]
    with pytest.raises(NotAllowed):
        appealing.uphold(second, appeal, "again")


def test_who_is_alone_decides_alone(appeal, moderator):
    assert appealing.may_decide_appeal(moderator, appeal)


def test_what_was_removed_goes_for_good_when_it_stays_so(shown, moderator, second, person):
    output = shown()
    acts.remove(moderator, output, "It fights.")
    made = appealing.appeal(person, AuditEntry.objects.get(act="removed"), "No.")
    appealing.uphold(second, made, "It does.")
    assert not Output.objects.exists()
    assert "It does." in str(person.notices.first().params)


def test_a_pause_ends_when_it_is_reversed(person, moderator, second):
    acts.pause(moderator, person, 3, "Noise.")
    made = appealing.appeal(person, AuditEntry.objects.get(act="paused"), "It was quiet.")
    appealing.reverse(second, made, "So it was.")
    assert Profile.objects.get(user=person).paused_until is None


def test_what_is_withheld_for_its_rating_was_rated_wrongly(make, person, moderator, settings):
    settings.MATURE = False
    output = make(person)
    rating.rated.send(sender=Output, output=_withheld_by_rules(output), before=Rating.UNRATED, by=None, note="")
    made = appealing.appeal(person, AuditEntry.objects.get(act="withheld"), "A teapot.")
    appealing.reverse(moderator, made, "A teapot.")
    output.refresh_from_db()
    assert (output.rating, output.withheld, output.rated_by) == ("general", "", "moderator")


def _withheld_by_rules(output: Output) -> Output:
    Output.objects.update(rating="mature", rated_by="classifier", withheld=Withheld.MATURE_OFF)
    output.refresh_from_db()
    return output


def test_an_open_appeal_shows_moderators_a_private_result(make, person, hers, settings):
    output = _withheld_by_rules(make(person))
    assert hers.get(reverse("output", args=[output.pk])).status_code == 404
    rating.rated.send(sender=Output, output=output, before=Rating.UNRATED, by=None, note="")
    appealing.appeal(person, AuditEntry.objects.get(), "A teapot.")
    assert hers.get(reverse("output", args=[output.pk])).status_code == 200


def test_a_restored_output_is_told(withheld, moderator, person):
    rating.give_back(withheld, moderator)
    assert "no longer withheld" in person.notices.first().message


class TestRatings:
    @pytest.mark.parametrize("mature", [True, False])
    def test_who_raised_ones_own_by_mistake_has_it_undone(self, shown, person, hers, client_of, settings, mature):
        settings.MATURE = mature
        output, mine = shown(), client_of(person)
        page = mine.get(reverse("output", args=[output.pk])).content.decode()
        assert ("withheld, also from you" in page) == (not mature)
        mine.post(reverse("output_rating", args=[output.pk]), {"rating": "mature"})
        entry = AuditEntry.objects.get()
        assert (entry.act, entry.by_id, entry.person_id) == ("rated", person.pk, person.pk)
        assert entry.before == {"rating": "general"}
        assert (
            reverse("output_appeal", args=[output.pk]) in mine.get(reverse("output", args=[output.pk])).content.decode()
        )
        there = mine.get(reverse("output_appeal", args=[output.pk])).url
        assert "By yourself" in mine.get(there).content.decode()
        mine.post(there, WORDS)
        verdict = {"verdict": "reverse", "note": "A slip."}
        assert hers.post(reverse("moderation_appeal", args=[Appeal.objects.get().pk]), verdict).status_code == 302
        output.refresh_from_db()
        assert (output.rating, output.withheld) == ("general", "")

    def test_what_a_moderator_rated_is_appealed_too(self, shown, person, moderator, second, settings):
        settings.MATURE = True
        output = shown()
        acts.rate(moderator, output, Rating.EXPLICIT, "It shows more.")
        entry = AuditEntry.objects.get(act="rated")
        assert person.notices.get().url == reverse("appeal", args=[entry.pk])
        appealing.reverse(second, appealing.appeal(person, entry, "It does not."), "It does not.")
        output.refresh_from_db()
        assert (output.rating, output.rated_by) == ("general", "moderator")

    def test_what_was_not_rated_before_becomes_general(self, shown, person, moderator, second, settings):
        settings.MATURE = True
        output = shown(rating=Rating.UNRATED)
        acts.rate(moderator, output, Rating.MATURE, "It shows more.")
        made = appealing.appeal(person, AuditEntry.objects.get(act="rated"), "It does not.")
        appealing.reverse(second, made, "It does not.")
        output.refresh_from_db()
        assert output.rating == Rating.GENERAL

    @pytest.mark.parametrize("act", ["leave", "appeal"])
    def test_what_is_given_back_is_still_withheld_for_its_rating_where_that_is_not_shown(
        self, shown, person, moderator, second, settings, act
    ):
        settings.MATURE = False
        output = shown(withheld=Withheld.PHOTOGRAPH, rating="mature")
        if act == "leave":
            acts.leave(moderator, output, "A statue.")
        else:
            acts.withhold(moderator, output, "A statue?")
            made = appealing.appeal(person, AuditEntry.objects.get(), "A statue.")
            appealing.reverse(second, made, "A statue.")
        output.refresh_from_db()
        assert output.withheld == Withheld.MATURE_OFF
        assert rating.follow_setting() == 0
        assert "above general, which this site does not show" in person.notices.first().message
        assert not person.notices.filter(message__contains="no longer withheld").exists()
        assert not cases.withheld(moderator)
        settings.MATURE = True
        rating.follow_setting()
        output.refresh_from_db()
        assert output.withheld == ""

    def test_to_leave_what_its_rating_withholds_changes_nothing(self, shown, other, moderator, settings):
        settings.MATURE = False
        output = shown(withheld=Withheld.MATURE_OFF, rating="mature")
        acts.leave(moderator, output, "Fine.")
        output.refresh_from_db()
        assert output.withheld == Withheld.MATURE_OFF
        assert AuditEntry.objects.get().act == "left_alone"
