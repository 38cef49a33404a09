"""What a URL or a form asks to be taken over from outputs into the studio's form."""

from collections.abc import Mapping

from django.http import Http404

from .. import access
from ..access import Person
from ..composing import Filling, Selection
from ..picking import Picked
from ..using import choose, with_picture, with_texts


def take_over(
    user: Person, asked: Mapping[str, str], selection: Selection, filling: Filling
) -> tuple[Selection, Filling]:
    """`seed_of` and `prompt_of` name outputs; `reference` names one whose picture is to be used `as` (using.choose),
    of a video its `frame`. Raises Http404 for what is not there for this person."""
    if "reference" in asked:
        output = access.output(user, access.uuid(asked["reference"]))
        picked = Picked(output.pk, _frame(asked.get("frame", ""), output.frames))
        try:
            use = choose(asked.get("as", ""), selection, output.model)
        except LookupError:
            raise Http404 from None
        selection, filling = with_picture(selection, filling, use, picked)
    if "seed_of" in asked:
        seed = access.output(user, access.uuid(asked["seed_of"])).seed
        filling = Filling({**filling.typed, "seed": str(seed)}, filling.kept)
    if "prompt_of" in asked:
        filling = with_texts(selection, filling, access.asked_for(user, access.uuid(asked["prompt_of"])).parameters)
    return selection, filling


def _frame(text: str, frames: int) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > 6 or int(text) >= frames:
        raise Http404
    return int(text)
