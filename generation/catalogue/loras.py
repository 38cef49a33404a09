"""The kind of parameter that asks for LoRAs. Which of them lie on a machine is not the catalogue's to know."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .faults import Invalid, gettext_noop
from .kinds import Decimal, Parameter

_ = gettext_noop

_NAME = re.compile(r"\w(?:[\w .+()-]{0,98}[\w.+()-])?")
"""What can stand in a form, in `--lora NAME=0.8` and in `<lora:NAME:0.8>` alike."""
_MOST_LISTED = 20
_WEIGHT = Decimal(id="weight", label=_("Weight"), minimum=0.0, maximum=2.0, step=0.05, default=1.0)


@dataclass(frozen=True, kw_only=True)
class Loras(Parameter):
    """LoRAs with their weights: `[{"name": "ink", "weight": 0.8}, …]`, given back in the same order, each name once."""

    kind: ClassVar[str] = "loras"
    NAME_FAULTS: ClassVar[frozenset[str]] = frozenset({"no_name", "no_loras", "no_such_lora"})

    weight: Decimal = _WEIGHT
    max_count: int = 8
    default: tuple[Any, ...] = ()

    @staticmethod
    def is_name(text: str) -> bool:
        """Whether a LoRA can be called so."""
        return _NAME.fullmatch(text) is not None

    def clean(self, raw: Any) -> list[dict[str, Any]]:
        if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
            raise Invalid("not_loras", _("Enter LoRAs as a list of a name and a weight."))
        if len(raw) > self.max_count:
            raise Invalid("too_many", _("At most %(limit)d LoRAs, please."), limit=self.max_count)
        entries = [self._clean_one(entry) for entry in raw]
        names = [entry["name"] for entry in entries]
        for name in names:
            if names.count(name) > 1:
                raise Invalid("repeated", _("The LoRA %(name)s is given twice."), name=name)
        return entries

    def _clean_one(self, entry: Any) -> dict[str, Any]:
        if not isinstance(entry, Mapping):
            raise Invalid("not_loras", _("Enter LoRAs as a list of a name and a weight."))
        name = str(entry.get("name", "")).strip()
        if not self.is_name(name):
            raise Invalid("no_name", _("Each LoRA needs a name: that of its file."))
        weight = entry.get("weight", "")
        return {"name": name, "weight": self.weight.clean(self.weight.default if weight == "" else weight)}

    def require(self, value: Sequence[Mapping[str, Any]], known: Collection[str], model: str) -> None:
        """Raises Invalid where a LoRA is asked for that is not among those `known` for `model`, its shown name."""
        for entry in value:
            if entry["name"] in known:
                continue
            asked = {"name": entry["name"], "model": model}
            if not known:
                raise Invalid("no_loras", _("There is no LoRA %(name)s: %(model)s has none here."), **asked)
            message = _("There is no LoRA %(name)s for %(model)s. There are: %(known)s.")
            raise Invalid("no_such_lora", message, **asked, known=_listed(known))


def _listed(names: Collection[str]) -> str:
    """As many as a message can hold."""
    shown = list(names)[:_MOST_LISTED]
    return ", ".join([*shown, "…"] if len(names) > len(shown) else shown)
