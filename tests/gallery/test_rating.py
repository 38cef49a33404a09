"""From an unrated output to a rating and what follows from it, by a classifier that says what it is told to."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from gallery import frames, rating, services
from gallery.models import Output, RatedBy, Withheld
from generation.engine.media import Embedded, save
from moderation.models import AuditEntry
from people.models import Notice
from safety.classifier import Judgement
from safety.ratings import Rating
from tests import standin

PLAIN, SEXUAL, CHILD = "a teapot on a hill", "erotic scene", "a child with a kite"


@pytest.fixture(autouse=True)
def classifier(settings, monkeypatch):
    settings.CLASSIFIER = standin.PATH
    monkeypatch.setattr(standin.StandIn, "says", Rating.GENERAL)
    return standin.StandIn


def made(keep, owner, prompt=PLAIN, **facts) -> Output:
    output = keep(owner, prompt=prompt)
    Output.objects.filter(pk=output.pk).update(**facts)
    return output


def after_rating(output: Output) -> Output:
    rating.rate_next()
    output.refresh_from_db()
    return output


N, OFF, PHOTO, POLICY = Withheld.NO, Withheld.MATURE_OFF, Withheld.PHOTOGRAPH, Withheld.POLICY
G, M, E = Rating.GENERAL, Rating.MATURE, Rating.EXPLICIT


@pytest.mark.parametrize(
    ("says", "prompt", "photograph", "rated", "withheld_off", "withheld_on"),
    [
        (G, PLAIN, False, G, N, N),
        (M, PLAIN, False, M, OFF, N),
        (E, PLAIN, False, E, OFF, N),
        (G, SEXUAL, False, M, OFF, N),
        (M, SEXUAL, False, E, OFF, N),
        (G, PLAIN, True, G, N, N),
        (M, PLAIN, True, M, PHOTO, PHOTO),
        (G, SEXUAL, True, M, PHOTO, PHOTO),
        (G, CHILD, False, G, N, N),
        (M, CHILD, False, M, POLICY, POLICY),
        (M, CHILD, True, M, POLICY, POLICY),
    ],
)
@pytest.mark.parametrize("mature", [False, True])
def test_each_decision(
    keep, ada, media, settings, classifier, mature, says, prompt, photograph, rated, withheld_off, withheld_on
):
    settings.MATURE = mature
    classifier.says = says
    output = after_rating(made(keep, ada, prompt, from_photograph=photograph))
    withheld = withheld_on if mature else withheld_off
    assert (output.rating, output.withheld) == (rated, withheld)
    assert (output.rated_by, output.rating_facts) == (RatedBy.CLASSIFIER, {"score": 0.5})
    told = Notice.objects.filter(user=ada)
    assert told.count() == (0 if withheld == N else 1)
    assert all(str(output.pk) in notice.url for notice in told)


def test_what_waited_longest_comes_first_and_each_once(keep, ada, media):
    outputs = [made(keep, ada) for _ in range(3)]
    assert [rating.rate_next() for _ in range(4)] == [*outputs, None]


def test_two_raters_never_take_the_same(keep, ada, media):
    output = made(keep, ada)
    assert rating._claim() == output
    assert rating._claim() is None


def test_what_another_rater_took_and_lost_is_taken_up_again(keep, ada, media):
    output = made(keep, ada)
    rating._claim()
    Output.objects.filter(pk=output.pk).update(rate_at=timezone.now())
    assert after_rating(output).rating == G


def test_a_broken_file_stays_unrated_and_is_tried_later_and_later(keep, ada, media, caplog):
    output = made(keep, ada)
    (media / output.file.name).write_bytes(b"no picture")
    pauses = []
    for _ in range(3):
        Output.objects.filter(pk=output.pk).update(rate_at=timezone.now())
        assert after_rating(output).rating == Rating.UNRATED
        pauses.append(output.rate_at - timezone.now())
    assert timedelta(0) < pauses[0] < pauses[1] < pauses[2]
    assert output.rating_tries == 3
    assert str(output.pk) in caplog.text
    assert output.prompt not in caplog.text


def test_a_rating_given_meanwhile_stands(keep, ada, bob, media, classifier, monkeypatch):
    output = made(keep, ada)

    def slowly(self, images):
        rating.set_rating(output, E, bob)
        return Judgement(G)

    monkeypatch.setattr(classifier, "rate", slowly)
    assert after_rating(output).rating == E


@pytest.mark.parametrize("format", ["mp4", "webm", "gif"])
@pytest.mark.parametrize("count", [1, 5, 33])
def test_a_video_is_judged_by_frames_from_its_whole_length(keep, ada, media, tmp_path, format, count):
    levels = np.linspace(0, 255, count).astype(np.uint8)
    save(
        np.broadcast_to(levels[:, None, None, None], (count, 64, 64, 3)),
        tmp_path / "file",
        format,
        16,
        Embedded("", ""),
    )
    output = made(keep, ada)
    (media / output.file.name).write_bytes((tmp_path / "file").read_bytes())
    output.type, output.frames = "video", count
    seen = [np.asarray(frame).mean() for frame in frames.sample(output)]
    assert len(seen) == min(count, frames.MOST_FRAMES)
    assert seen == sorted(seen)
    assert seen[0] < 8
    assert count == 1 or seen[-1] > 247


def test_an_image_is_judged_whole(keep, ada, media):
    output = made(keep, ada)
    (seen,) = frames.sample(output)
    assert seen.tobytes() == Image.open(media / output.file.name).tobytes()


def test_the_owner_raises_and_never_lowers(keep, ada, media, settings):
    settings.MATURE = True
    output = after_rating(made(keep, ada))
    heard = []
    rating.rated.connect(listen := lambda **told: heard.append((told["before"], told["output"].rating, told["by"])))
    rating.raise_rating(output, M, ada)
    for not_higher in (M, G, Rating.UNRATED):
        with pytest.raises(rating.CannotRate, match="only raise"):
            rating.raise_rating(output, not_higher, ada)
    rating.rated.disconnect(listen)
    output.refresh_from_db()
    assert (output.rating, output.rated_by, output.withheld) == (M, RatedBy.OWNER, N)
    assert heard == [(G, M, ada)]


def test_what_is_not_rated_yet_cannot_be_raised_past_the_classifier(keep, ada, media):
    with pytest.raises(rating.CannotRate, match="Try again"):
        rating.raise_rating(made(keep, ada), G, ada)


def test_a_moderator_lowers_and_what_the_rating_withheld_comes_back(keep, ada, bob, media, classifier):
    classifier.says = E
    output = after_rating(made(keep, ada))
    assert output.withheld == OFF
    rating.set_rating(output, G, bob, "a marble statue")
    output.refresh_from_db()
    assert (output.rating, output.rated_by, output.withheld) == (G, RatedBy.MODERATOR, N)


def test_lowering_a_rating_does_not_release_what_waits_for_review(keep, ada, bob, media, classifier):
    classifier.says = M
    output = after_rating(made(keep, ada, from_photograph=True))
    rating.set_rating(output, G, bob)
    output.refresh_from_db()
    assert (output.rating, output.withheld) == (G, PHOTO)


SAME = {"pixel_sha256": "a" * 64}


class TestTheSamePictureAgain:
    """Who asks for it once more goes by what was decided about it."""

    @pytest.fixture
    def first(self, keep, ada, media, settings) -> Output:
        settings.MATURE = True
        return after_rating(made(keep, ada, **SAME))

    def test_what_a_moderator_or_its_owner_raised_it_to_holds(self, keep, ada, bob, first):
        rating.raise_rating(first, M, ada)
        assert after_rating(made(keep, ada, **SAME)).rating == M
        first.refresh_from_db()
        rating.set_rating(first, E, bob)
        again = after_rating(made(keep, ada, **SAME))
        assert (again.rating, again.rated_by) == (E, RatedBy.CLASSIFIER)

    def test_what_moderators_withheld_stays_so(self, keep, ada, bob, first):
        services.withhold(first, Withheld.MODERATOR, bob, "It mocks teapots.")
        again = after_rating(made(keep, ada, **SAME))
        assert again.withheld == Withheld.MODERATOR
        assert AuditEntry.objects.filter(thing=f"output {again.pk}", act="withheld", by_id=None).exists()

    def test_another_picture_is_judged_by_itself(self, keep, ada, bob, first):
        services.withhold(first, Withheld.REMOVED, bob, "It mocks teapots.")
        other = made(keep, ada, pixel_sha256="f" * 64)
        assert (after_rating(other).rating, after_rating(other).withheld) == (G, N)


@pytest.mark.parametrize("said", [{"loras": [{"name": "child_style", "weight": 1.0}]}, {"title": "A child"}])
def test_what_else_says_whom_it_shows_counts(keep, ada, media, settings, classifier, said):
    settings.MATURE = True
    classifier.says = M
    output = made(keep, ada)
    loras = said.get("loras", "anything")
    Output.objects.update(title=said.get("title", ""), parameters={**output.parameters, "loras": loras})
    assert after_rating(output).withheld == POLICY


def test_of_two_changes_at_once_one_is_told(keep, ada, bob, media, settings):
    settings.MATURE = True
    mine = after_rating(made(keep, ada))
    theirs = Output.objects.get(pk=mine.pk)
    rating.set_rating(theirs, E, bob)
    with pytest.raises(rating.CannotRate, match="just changed"):
        rating.raise_rating(mine, M, ada)


def test_the_setting_is_followed_when_it_changes(keep, ada, media, settings, classifier):
    classifier.says = M
    output = after_rating(made(keep, ada))
    for mature, withheld in ((True, N), (False, OFF)):
        settings.MATURE = mature
        assert rating.follow_setting() == 1
        output.refresh_from_db()
        assert output.withheld == withheld


def test_rating_again_asks_the_classifier_anew_and_leaves_people_s_ratings(keep, ada, bob, media, classifier, capsys):
    judged, decided = after_rating(made(keep, ada)), after_rating(made(keep, ada))
    rating.set_rating(decided, E, bob)
    classifier.says = M
    call_command("rate", again=True)
    assert capsys.readouterr().out == f"{judged.pk} mature mature_off\n"
    judged.refresh_from_db()
    decided.refresh_from_db()
    assert (judged.rating, decided.rating) == (M, E)


def test_looking_for_work_reads_the_partial_index(ada, django_assert_num_queries, no_statistics):
    with django_assert_num_queries(1):
        assert rating.rate_next() is None
    plan = Output.objects.filter(rating="", rate_at__lte=timezone.now()).order_by("rate_at")[:1].explain()
    assert "output_unrated" in plan
