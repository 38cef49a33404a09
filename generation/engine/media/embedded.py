"""What a file says about itself: how it was asked for, and that a model made it."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

AI_GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's Digital Source Type for media made by a trained model from a prompt."""

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:mediagen="urn:mediagen:1">
   <Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>
   <mediagen:request>{request}</mediagen:request>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Embedded:
    """The parameters that go into a file: `text` as people read them, `json` for programs."""

    text: str
    json: str

    @property
    def xmp(self) -> bytes:
        """An XMP packet with the AI mark and the JSON."""
        return _XMP.format(source_type=AI_GENERATED, request=escape(self.json)).encode()
