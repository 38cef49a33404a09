"""Ratings of what was made. Pure."""

from enum import StrEnum


class Rating(StrEnum):
    """UNRATED is for the owner's eyes alone until something has judged it."""

    UNRATED = ""
    GENERAL = "general"
    MATURE = "mature"
    EXPLICIT = "explicit"
