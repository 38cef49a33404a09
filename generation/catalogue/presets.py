"""Presets: one press fills the form, each clamped to the ranges of the model at hand.

"CFG" of a preset is the classifier-free scale of SDXL; distilled guidance (Flux, AniSora) is another scale, on which
the same numbers mean something else, so presets leave it alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .faults import gettext_noop as _
from .kinds import Choice, Number, Parameter, Seed
from .model import Model


@dataclass(frozen=True)
class Preset:
    """`fixes_seed`: a seed that was given stays, and -1 becomes the last one used."""

    id: str
    label: str
    help: str
    values: Mapping[str, Any]
    fixes_seed: bool = False

    def apply(
        self,
        model: Model,
        mode_id: str,
        typed: Mapping[str, Any],
        last_seed: int | None,
        keeping: Collection[str] = (),
    ) -> dict[str, Any]:
        """What the form shows after the press: `typed` with the preset's values on top, but for those of `keeping`."""
        fitting = {
            parameter.id: _clamp(parameter, self.values[parameter.id])
            for parameter in model.parameters_for(mode_id)
            if parameter.id in self.values and parameter.id not in keeping and not parameter.fixed
        }
        filled = {**typed, **{name: value for name, value in fitting.items() if value is not None}}
        unfixed = str(filled.get("seed", Seed.RANDOM)) in ("", str(Seed.RANDOM))
        if self.fixes_seed and unfixed and last_seed is not None:
            filled["seed"] = last_seed
        return filled


def _clamp(parameter: Parameter, value: Any) -> Any:
    if isinstance(parameter, Number):
        return min(max(value, parameter.minimum), parameter.maximum)
    if isinstance(parameter, Choice) and value not in {option.value for option in parameter.options}:
        return None
    return value


PRESETS = {
    preset.id: preset
    for preset in (
        Preset(
            "quick",
            _("Quick test"),
            _("Small and fast, on a new seed."),
            {"width": 512, "height": 512, "steps": 20, "seed": -1, "cfg_scale": 6.5},
        ),
        Preset(
            "final",
            _("Final quality"),
            _("Large and careful, on a fixed seed."),
            {"width": 1024, "height": 1024, "steps": 35, "cfg_scale": 7.5, "sampler": "DPM++ 2M Karras"},
            fixes_seed=True,
        ),
        Preset(
            "experiment",
            _("Experiment"),
            _("Loose guidance and much motion, on a new seed."),
            {"seed": -1, "cfg_scale": 4.5, "denoising_strength": 0.55, "motion_score": 4.5},
        ),
    )
}
