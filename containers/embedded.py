"""What a file says about itself: how it was asked for, and that a model made it."""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape, unescape

AI_GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's Digital Source Type for media made by a trained model from a prompt."""

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:mediagen="urn:mediagen:1">
   <Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>{request}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""
_REQUEST = "\n   <mediagen:request>{json}</mediagen:request>"
_REQUEST_IN_XMP = re.compile(r"<mediagen:request>([^<]*)</mediagen:request>")


@dataclass(frozen=True)
class Embedded:
    """The parameters that go into a file: `text` as people read them, `json` for programs."""

    text: str
    json: str

    @property
    def xmp(self) -> bytes:
        """An XMP packet with the AI mark and the JSON."""
        return _packet(_REQUEST.format(json=escape(self.json)))


def mark() -> bytes:
    """An XMP packet with the AI mark alone."""
    return _packet("")


def request_in(xmp: str) -> str | None:
    """The JSON in an XMP packet as `Embedded` writes it. It is looked for as text: no XML is expanded."""
    found = _REQUEST_IN_XMP.search(xmp)
    return unescape(found[1]) if found else None


def _packet(request: str) -> bytes:
    return _XMP.format(source_type=AI_GENERATED, request=request).encode()
