"""How much of its texts a model would read, by the tokenizers of this site: for forms, and for the command line."""

from django.conf import settings
from django.utils.translation import gettext as _

from .catalogue import Text
from .engine import foretelling
from .engine.tokens import Reading
from .request import Request


def unread(request: Request) -> dict[str, str]:
    """What to say of each text that the model would not read to its end, in the reader's language; empty for the
    others, and where no tokenizer is here to tell."""
    folder = foretelling.tokenizer_folder(request.model, settings.MEDIAGEN_MODELS, settings.MEDIAGEN_DEMO_MODELS)
    if folder is None:
        return {}
    texts = [parameter.id for parameter in request.model.parameters if isinstance(parameter, Text)]
    told = foretelling.readings(request.model, request.values, folder) if any(map(request.get, texts)) else {}
    return {id: _told(told[id]) if id in told else "" for id in texts}


def _told(reading: Reading) -> str:
    if reading.read == reading.tokens:
        return ""
    message = _("Longer than this model reads: it takes %(read)s of %(tokens)s tokens and leaves out the end.")
    return message % {"read": reading.read, "tokens": reading.tokens}
