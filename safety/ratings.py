"""Ratings of what was made, and the one table of who is shown what. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Rating(StrEnum):
    """UNRATED is for the owner's eyes alone until something has judged it."""

    UNRATED = ""
    GENERAL = "general"
    MATURE = "mature"
    EXPLICIT = "explicit"

    @property
    def above_general(self) -> bool:
        return self in (Rating.MATURE, Rating.EXPLICIT)

    @property
    def higher(self) -> tuple["Rating", ...]:
        """The ratings above this one, the mildest first."""
        order = list(Rating)
        return tuple(order[order.index(self) + 1 :])


class Showing(StrEnum):
    """SHOW the pixels; BLUR them until somebody asks; HIDE them: then not a byte of the file leaves."""

    SHOW = "show"
    BLUR = "blur"
    HIDE = "hide"


@dataclass(frozen=True)
class Viewer:
    """Who looks, and where. `sees_mature`: an adult by their own word who asked for it, on a site that allows it.
    `public_page`: a page that nobody must sign in for, or that shows the works of all."""

    owner: bool
    moderator: bool
    sees_mature: bool
    public_page: bool


def showing(rating: Rating, withheld: bool, viewer: Viewer) -> Showing:
    """What a viewer gets of an output that they may open.

    Of what is withheld its owner gets HIDE like everybody but moderators, and is told the reason in its place.
    """
    if withheld:
        return Showing.BLUR if viewer.moderator and not viewer.public_page else Showing.HIDE
    if rating == Rating.UNRATED:
        return Showing.SHOW if viewer.owner and not viewer.public_page else Showing.HIDE
    if rating == Rating.GENERAL:
        return Showing.SHOW
    if viewer.public_page:
        return Showing.HIDE
    return Showing.BLUR if viewer.owner or viewer.moderator or viewer.sees_mature else Showing.HIDE


def combined(image: Rating, prompt_is_sexual: bool) -> Rating:
    """What the pixels and the prompt say together: a sexual prompt is one level more than the pixels alone show.

    No classifier sees everything, drawings least of all, so what was asked for counts as a witness of its own.
    """
    return image.higher[0] if prompt_is_sexual and image.higher else image
