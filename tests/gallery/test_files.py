"""Kept files over HTTP: ranges, conditions and caching as RFC 9110 has them."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import http_date

from gallery import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(media, ada, keep):
    return keep(ada)


@pytest.fixture
def content(output):
    with output.file.open("rb") as file:
        return file.read()


@pytest.fixture
def get(hers, output):
    def get(name="output_file", method="get", **headers):
        return read(getattr(hers, method)(reverse(name, args=[output.pk]), headers=headers))

    return get


def read(response):
    """The response, read to its end as a server does; what was sent stands in `body`."""
    response.body = b"".join(response)
    return response


def test_the_whole_file(get, output, content):
    response = get()

    assert response.status_code == 200
    assert response.body == content
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == str(len(content))
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == f'"{output.sha256}"'
    assert response["Last-Modified"] == http_date(output.created_at.timestamp())
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Content-Range" not in response


SATISFIABLE = {
    "bytes=0-0": lambda size: (0, 0),
    "bytes=0-99": lambda size: (0, 99),
    "bytes=100-": lambda size: (100, size - 1),
    "bytes=0-": lambda size: (0, size - 1),
    "bytes=-1": lambda size: (size - 1, size - 1),
    "bytes=-500": lambda size: (size - 500, size - 1),
    "bytes=-99999999999999999999": lambda size: (0, size - 1),
    "bytes=10-99999999999999999999": lambda size: (10, size - 1),
    "BYTES=5-6": lambda size: (5, 6),
    "bytes= 5-6 ": lambda size: (5, 6),
}


@pytest.mark.parametrize("asked", SATISFIABLE)
def test_one_range_is_answered_with_that_part(get, content, asked):
    first, last = SATISFIABLE[asked](len(content))

    response = get(range=asked)

    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
    assert response["Content-Length"] == str(last - first + 1)
    assert response.body == content[first : last + 1]


def test_the_last_byte_by_its_number(get, content):
    last = len(content) - 1
    assert get(range=f"bytes={last}-{last}").body == content[-1:]


@pytest.mark.parametrize("first", ["{size}-", "{size}-{size}", "99999999999999999999-", "-0"])
def test_a_range_beyond_the_file_is_refused_with_its_size(get, content, first):
    response = get(range="bytes=" + first.format(size=len(content)))

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(content)}"
    assert response.body == b""


@pytest.mark.parametrize(
    "asked",
    [
        *(
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=1",
            "bytes 0-5",
            "items=0-5",
            "bytes=--5",
            "bytes=0x1-5",
        ),
        *("bytes=0-1,4-5", "bytes=0-5,", "bytes=+1-5", "bytes=٣-٥", "bytes=" + "9" * 5000 + "-"),
    ],
)
def test_malformed_and_multiple_ranges_are_answered_with_the_whole_file(get, content, asked):
    response = get(range=asked)

    assert response.status_code == 200
    assert response.body == content


def test_head_says_the_same_without_the_bytes(get, content):
    response = get(method="head", range="bytes=0-5")

    assert response.status_code == 200
    assert response.body == b""
    assert response["Content-Length"] == str(len(content))
    assert response["Content-Type"] == "image/png"
    assert response["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ('"{sha256}"', 206),
        ('W/"{sha256}"', 200),
        ('"another"', 200),
        ("{modified}", 206),
        ("{later}", 200),
        ("nonsense", 200),
    ],
)
def test_if_range_lets_the_range_count_only_for_this_very_file(get, output, condition, status):
    later = output.created_at + timedelta(hours=1)
    dates = {"modified": http_date(output.created_at.timestamp()), "later": http_date(later.timestamp())}

    response = get(range="bytes=0-5", if_range=condition.format(sha256=output.sha256, **dates))

    assert response.status_code == status


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("if-none-match", '"{sha256}"', 304),
        ("if-none-match", '"other", "{sha256}"', 304),
        ("if-none-match", "*", 304),
        ("if-none-match", '"other"', 206),
        ("if-match", '"other"', 412),
        ("if-match", '"{sha256}"', 206),
        ("if-modified-since", "{modified}", 304),
    ],
)
def test_conditions_come_before_the_range(get, output, header, value, status):
    value = value.format(sha256=output.sha256, modified=http_date(output.created_at.timestamp()))

    response = get(**{"range": "bytes=0-5", header: value})

    assert response.status_code == status
    assert response["ETag"] == f'"{output.sha256}"'
    if status == 304:
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"


def test_in_the_page_and_as_a_download(get):
    assert get()["Content-Disposition"] == 'inline; filename="pony-a-teapot-on-a-hill-7.png"'
    assert get("output_download")["Content-Disposition"] == 'attachment; filename="pony-a-teapot-on-a-hill-7.png"'
    assert get("output_download", range="bytes=3-5").status_code == 206


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("Чайник на холме", "pony-чайник-на-холме-7.png"),
        ('../../"etc"\r\nX-Evil: 1', "pony-etc-x-evil-1-7.png"),
        ("!!!", "pony-7.png"),
        ("fox " * 400, "pony-" + "-".join(["fox"] * 12) + "-7.png"),
    ],
)
def test_names_are_readable_and_harmless(media, ada, hers, keep, prompt, name):
    output = keep(ada, prompt=prompt)

    header = read(hers.get(reverse("output_download", args=[output.pk])))["Content-Disposition"]

    assert files.readable_name(output) == name
    assert name in header or f"filename*=utf-8''{quote(name)}" in header
    assert not re.search(r"[\r\n]", header)


def test_the_poster(get, output):
    response = get("output_poster")

    assert response["Content-Type"] == "image/webp"
    assert len(response.body) == output.poster.size == int(response["Content-Length"])
    assert response["ETag"] != get()["ETag"]


@pytest.mark.parametrize("name", ["output_file", "output_poster", "output_download"])
def test_a_file_that_is_gone_is_404(get, output, name):
    for file in (output.file, output.poster):
        file.storage.delete(file.name)

    assert get(name).status_code == 404


def test_a_reader_who_leaves_early_leaves_no_open_file(output, monkeypatch):
    opened = []
    original = FileSystemStorage._open

    def remembering(*args):
        opened.append(original(*args))
        return opened[-1]

    monkeypatch.setattr(FileSystemStorage, "_open", remembering)
    request = HttpRequest()
    request.method = "GET"
    response = files.respond(request, files.kept_file(output))

    next(iter(response))
    response.close()

    assert [file.closed for file in opened] == [True]
