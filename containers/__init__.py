"""What media files carry beside their pixels: the request, the mark of AI-generated media, and nothing else if wanted.

Pure: no Django, no models. The engine writes with it, the gallery strips with it, the reader of parameters reads.
"""

from .embedded import AI_GENERATED, Embedded, mark, request_in

__all__ = ["AI_GENERATED", "Embedded", "mark", "request_in"]
