"""The gallery's tables: outputs, what is drawn from their files, where they come from, and the order people keep."""

from .allowance import Allowance
from .lineage import Descent, How
from .order import Collection, CollectionItem, Favourite, SavedSearch, Tag
from .output import Output, RatedBy, Rating, Visibility, Withheld, output_path, poster_path
from .rendition import Drawn, Rendition, rendition_path
from .words import Words

__all__ = [
    "Allowance",
    "Collection",
    "CollectionItem",
    "Descent",
    "Drawn",
    "Favourite",
    "How",
    "Output",
    "RatedBy",
    "Rating",
    "Rendition",
    "SavedSearch",
    "Tag",
    "Visibility",
    "Withheld",
    "Words",
    "output_path",
    "poster_path",
    "rendition_path",
]
