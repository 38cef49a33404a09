"""Hostile requests: what strangers and members could send to any URL. Nothing of it may be answered by a 5xx."""

import io
import json
import struct
import zipfile
import zlib
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import strategies as st

from containers.gif import comment_block, xmp_block
from tests.conftest import image_bytes
from tests.pages import hostile

NASTY = [
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\x1b[31m",
        "\u202e\u2066",
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    ),
    *(
        "-1",
        "0",
        "1e309",
        "nan",
        "-inf",
        "9" * 400,
        "٣",
        "0x10",
        "1_000",
        "true",
        "null",
        "[]",
        "{}",
        "{{7*7}}",
        "%s%n",
    ),
    *("../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1:6379/", "C:\\x", "con", ".", "/"),
    *(
        "<script>alert(1)</script>",
        '"><img src=x>',
        "'; DROP TABLE x; --",
        "' OR 1=1",
        "a AND b NEAR(",
        '"',
        "*",
        "tag:",
        "(" * 300,
    ),
    *("\N{FACE WITH TEARS OF JOY}" * 50, "e" + "\u0301" * 200, "İ", "ß", "a" * 9000, "\r\nSet-Cookie: a=b", "a\tb\nc"),
    *('{"a":' * 200, "[" * 500, '{"seed": 1e400}', '{"steps": {"$gt": 0}}', "__proto__", "constructor"),
]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.integers().map(str), st.floats().map(str))

FIELDS = """
    type model mode prompt negative_prompt width height seed num_frames fps motion_score lighting_variant
    reference_strength denoising_strength steps guidance_scale cfg_scale sampler clip_skip batch_size
    output_format quality preset remix shown_model shown_mode next suggested csrfmiddlewaretoken
    reference_image_stored reference_image_output first_frame_stored last_frame_output kept-steps
    keyframes-TOTAL_FORMS keyframes-INITIAL_FORMS keyframes-0-frame_index keyframes-0-image_stored
    keyframes-9999-frame_index loras-TOTAL_FORMS loras-0-name loras-0-weight loras-__prefix__-name
    visibility shows_prompt username person wrong words act note days reason verdict rating q after before
    explore-x explore-x_values explore-y explore-y_values reset seed_of prompt_of reference as frame
    title notes description tag collection output outputs stacks action on whose
    decision role uses login password password1 password2 confirm birth name code language direction
""".split()  # noqa: SIM905  # a list that can be read
MODELS = [
    ("pony", "text2image"),
    ("pony", "image2image"),
    ("flux", "text2image"),
    ("anisora", "arbitrary"),
    ("phr00t", "first_last"),
]
FILE_FIELDS = [
    "file",
    "files",
    "reference_image",
    "first_frame",
    "last_frame",
    "keyframes-0-image",
    "keyframes-1-image",
    "prompt",
]
QUERY = [
    "play",
    "singly",
    "stack",
    "at",
    "on",
    "whose",
    "sort",
    "type",
    "after",
    "before",
    "q",
    "remix",
    "reference",
    "as",
    "frame",
    "seed_of",
    "prompt_of",
    "preset",
    "keep",
    "o",
    "model",
    "mode",
    "v",
    "scope",
    "stripped",
    "token",
    "format",
    "next",
    "span",
]
HEADERS = {
    "Range": [
        "bytes=0-",
        "bytes=-1",
        "bytes=9-1",
        "bytes=" + "9" * 300 + "-",
        "lines=1-2",
        "bytes=0-1,3-4",
        "bytes=٣-",
    ],
    "If-Range": ['"x"', "yesterday", "Thu, 99 Foo 0000 00:00:00 GMT"],
    "If-Modified-Since": ["yesterday", "Thu, 01 Jan 99999 00:00:00 GMT"],
    "If-None-Match": ["*", 'W/"', '"a", b'],
    "HX-Request": ["true", "\0"],
    "HX-Target": ["queue", "\u202e"],
    "HX-Current-URL": ["http://[::1", "javascript:1"],
    "Accept-Language": ["ru", "x" * 900, "de;q=NaN", "*"],
    "X-Request-ID": ["a\tb", "x" * 5000, "${jndi:x}"],
    "X-Forwarded-For": ["127.0.0.1, '", "::ffff:1.2.3.4", "x" * 400],
    "Referer": ["http://[", "data:,"],
    "Content-Encoding": ["gzip"],
    "X-HTTP-Method-Override": ["DELETE"],
    "Cookie": ["sessionid=../../x", "csrftoken=\x7f", "django_language=zz_ZZ-\u0437"],
}


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with(kind: bytes, content: bytes) -> bytes:
    whole = hostile.png_bytes(size=(8, 8))
    return whole[:33] + _chunk(kind, content) + whole[33:]


def gif_with(blocks: bytes) -> bytes:
    whole = image_bytes("GIF", (8, 8), "P")
    return whole[: 13 + 768] + blocks + whole[13 + 768 :]


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name or "a", content)
    return buffer.getvalue()


WHOLE = [
    *(hostile.SVG, hostile.HTML, hostile.PDF, hostile.archive(), hostile.bomb(), hostile.png_with_broken_checksum()),
    *(image_bytes(format, (16, 16)) for format in ("PNG", "JPEG", "WEBP", "GIF")),
    *(
        b"\x1aE\xdf\xa3" + bytes(64),
        b"\0\0\0\x18ftypisom" + bytes(64),
        b"GIF89a",
        b"RIFF\xff\xff\xff\xffWEBP",
        b"\xff\xd8\xff",
        b"",
    ),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound file with a few bytes changed, or cut off, or with something behind it."""
    content = bytearray(draw(st.sampled_from(WHOLE)))
    for _change in range(draw(st.integers(0, 4))):
        if content:
            content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    cut = draw(st.integers(0, len(content)))
    return bytes(content[:cut] if draw(st.booleans()) else content) + draw(st.binary(max_size=8))


metadata = st.one_of(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | texts,
        lambda x: st.lists(x, max_size=4) | st.dictionaries(texts, x, max_size=4),
        max_leaves=12,
    ).map(json.dumps),
    st.builds(
        "{}\nNegative prompt: {}\nSteps: {}, Sampler: {}, CFG scale: {}, Seed: {}, Size: {}x{}".format, *[texts] * 8
    ),
)
talking = st.one_of(
    st.builds(
        lambda k, t: png_with(b"iTXt", k + b"\0\0\0\0\0" + t.encode()),
        st.sampled_from([b"parameters", b"mediagen", b"prompt", b"workflow", b"XML:com.adobe.xmp", b""]),
        metadata,
    ),
    st.builds(
        lambda k, t: png_with(b"tEXt", k + b"\0" + t.encode()),
        st.sampled_from([b"parameters", b"Comment", b"invokeai_metadata"]),
        metadata,
    ),
    st.builds(lambda t: png_with(b"zTXt", b"parameters\0\0" + t), st.binary(max_size=40)),
    st.builds(lambda t: gif_with(comment_block(t.encode())), metadata),
    st.builds(lambda t: gif_with(xmp_block(t.encode())), metadata),
    st.builds(lambda t: image_bytes("JPEG", (8, 8), comment=t.encode()[:60_000]), metadata),
    st.builds(lambda t: image_bytes("JPEG", (8, 8), exif=b"Exif\0\0" + t), st.binary(max_size=60)),
    st.builds(lambda n, t: zipped(n, t), st.sampled_from(["a", "../../a", "workflow.json"]), st.binary(max_size=40)),
)
files = st.builds(
    SimpleUploadedFile,
    st.sampled_from(["a.png", "a.svg", "..\\..\\a", "a" * 300 + ".png", "a.php.png", "\u202egnp.exe", "a.mp4"]),
    damaged() | talking | st.binary(max_size=80),
    st.sampled_from(["image/png", "text/html", "x", "image/png; charset=x"]),
)


@st.composite
def forms(draw: st.DrawFn) -> dict[str, Any]:
    """Fields of any page's form: some of a right one, some hostile, some repeated, some files."""
    model, mode = draw(st.sampled_from(MODELS))
    form: dict[str, Any] = {"model": model, "mode": mode, "prompt": "a teapot"} if draw(st.booleans()) else {}
    names = st.sampled_from(FIELDS) | texts
    form |= draw(st.dictionaries(names, texts | st.lists(texts, min_size=2, max_size=3), max_size=6))
    return form | draw(st.dictionaries(st.sampled_from(FILE_FIELDS), files, max_size=2))


headers = st.sampled_from(sorted(HEADERS)).flatmap(
    lambda name: st.tuples(st.just(name), st.sampled_from(HEADERS[name]))
)
queries = st.dictionaries(st.sampled_from(QUERY) | texts, texts, max_size=3)
bodies = st.tuples(
    st.sampled_from(
        [
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=" + "b" * 300,
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded; charset=utf-7",
            "text/plain",
            "",
            "\u0437",
        ]
    ),
    st.binary(max_size=200)
    | st.sampled_from(
        [
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nabc',
            b'--x\r\nContent-Disposition: form-data; name="\xff\xfe"\r\n\r\nabc\r\n--x--',
            b'--x\r\nContent-Disposition: form-data; name="q"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--',
            b"--x\r\n" * 50,
            b"a=1&" * 500,
            b"prompt=%ff%fe%00&model=pony",
        ]
    ),
)
