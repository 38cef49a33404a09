from itertools import product

import pytest

from safety.ratings import Rating, Showing, Viewer, combined, showing

SHOW, BLUR, HIDE = Showing.SHOW, Showing.BLUR, Showing.HIDE

VIEWERS = {
    "owner": Viewer(owner=True, moderator=False, sees_mature=False, public_page=False),
    "owner who sees mature": Viewer(owner=True, moderator=False, sees_mature=True, public_page=False),
    "moderator": Viewer(owner=False, moderator=True, sees_mature=False, public_page=False),
    "member": Viewer(owner=False, moderator=False, sees_mature=False, public_page=False),
    "member who sees mature": Viewer(owner=False, moderator=False, sees_mature=True, public_page=False),
}
TABLE = {
    #                          unrated general mature explicit withheld
    "owner":                  (SHOW,   SHOW,   BLUR,  BLUR,    HIDE),
    "owner who sees mature":  (SHOW,   SHOW,   BLUR,  BLUR,    HIDE),
    "moderator":              (HIDE,   SHOW,   BLUR,  BLUR,    BLUR),
    "member":                 (HIDE,   SHOW,   HIDE,  HIDE,    HIDE),
    "member who sees mature": (HIDE,   SHOW,   BLUR,  BLUR,    HIDE),
}  # fmt: skip


@pytest.mark.parametrize("viewer", TABLE)
def test_every_cell_of_the_table(viewer):
    *by_rating, withheld = TABLE[viewer]
    assert [showing(rating, False, VIEWERS[viewer]) for rating in Rating] == by_rating
    assert {showing(rating, True, VIEWERS[viewer]) for rating in Rating} == {withheld}


@pytest.mark.parametrize(("owner", "moderator", "sees_mature"), list(product((False, True), repeat=3)))
def test_public_pages_show_what_is_general_to_everybody_and_nothing_else_to_anybody(owner, moderator, sees_mature):
    viewer = Viewer(owner, moderator, sees_mature, public_page=True)
    assert [showing(rating, False, viewer) for rating in Rating] == [HIDE, SHOW, HIDE, HIDE]
    assert {showing(rating, True, viewer) for rating in Rating} == {HIDE}


def test_nothing_above_general_is_ever_shown_without_a_blur():
    for *who, withheld in product((False, True), repeat=5):
        for rating in (Rating.MATURE, Rating.EXPLICIT):
            assert showing(rating, withheld, Viewer(*who)) != SHOW


@pytest.mark.parametrize(
    ("image", "plain", "sexual"),
    [
        (Rating.GENERAL, Rating.GENERAL, Rating.MATURE),
        (Rating.MATURE, Rating.MATURE, Rating.EXPLICIT),
        (Rating.EXPLICIT, Rating.EXPLICIT, Rating.EXPLICIT),
    ],
)
def test_a_sexual_prompt_is_one_level_more_than_the_pixels_alone(image, plain, sexual):
    assert combined(image, prompt_is_sexual=False) == plain
    assert combined(image, prompt_is_sexual=True) == sexual


def test_only_higher_ratings_are_higher():
    assert Rating.GENERAL.higher == (Rating.MATURE, Rating.EXPLICIT)
    assert Rating.EXPLICIT.higher == ()
    assert [rating.above_general for rating in Rating] == [False, False, True, True]
