"""How an output came about from another, in a few words of whoever reads."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from gallery.family import Bond
from gallery.models import How

from .differences import Difference, differences

MOST_CHANGES = 2


def came_about(ways: Iterable[Bond]) -> str:
    """Of one output, by all ways that are told; "" where there are none."""
    return " · ".join(dict.fromkeys(map(_way, ways)))


def _way(bond: Bond) -> str:
    match bond.how:
        case How.RERUN:
            return _("Made again")
        case How.REFERENCE:
            return _("Reference: starts from its parent’s picture")
        case How.VARIANT:
            return _("Variant, seed %(seed)s") % {"seed": bond.child.seed}
        case How.REMIX:
            changes = _changes(bond.parent.parameters, bond.child.parameters)
            return _("Remix: %(changes)s") % {"changes": changes} if changes else _("Remix")


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The first in the order of the form."""
    return ", ".join(map(_change, differences(old, new)[:MOST_CHANGES]))


def _change(change: Difference) -> str:
    """Texts and pictures have too much to say for a line."""
    if change.pieces or change.old_pictures or change.new_pictures:
        return change.label
    return f"{change.label} {change.old or '—'} → {change.new or '—'}"
