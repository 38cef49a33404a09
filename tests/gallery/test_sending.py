"""Files that the proxy or S3 sends: who may have them is decided here, and what is said of them stays the same."""

from urllib.parse import urlsplit

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from storages.backends.s3 import S3Storage

from gallery import rendering, stripped
from gallery.models import Output, Visibility
from mediagen_site import env

from .test_s3 import bucket  # noqa: F401

NAMES = ("output_file", "output_poster", "output_rendition")


@pytest.fixture
def output(media, ada, keep) -> Output:
    return drawn(keep, ada)


def drawn(keep, owner) -> Output:
    output = keep(owner)
    rendering.render_next()
    return output


def url(name: str, output: Output) -> str:
    return reverse(name, args=[output.pk, *(["still-320"] if name == "output_rendition" else [])])


def kept_as(name: str, output: Output) -> str:
    file = {"output_file": output.file, "output_poster": output.poster}.get(name)
    return (file or output.renditions.get(spec="still-320").file).name


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["nginx", "apache"])
def test_the_proxy_is_told_which_file_and_what_to_say_of_it(output, hers, media, settings, name, way):
    plain = hers.get(url(name, output))
    b"".join(plain)
    settings.SENDFILE = way

    told = hers.get(url(name, output), headers={"range": "bytes=0-9"})

    header, where = {
        "nginx": ("X-Accel-Redirect", f"/_kept/{kept_as(name, output)}"),
        "apache": ("X-Sendfile", str(media / kept_as(name, output))),
    }[way]
    assert (told.status_code, told.content, told[header]) == (200, b"", where)
    for said in ("Content-Type", "Content-Disposition", "ETag", "Last-Modified", "Cache-Control"):
        assert told[said] == plain[said]
    assert told["X-Content-Type-Options"] == "nosniff"
    assert hers.get(url(name, output), headers={"if-none-match": plain["ETag"]}).status_code == 304


@pytest.mark.parametrize("way", ["nginx", "apache"])
def test_the_proxy_is_told_nothing_for_those_who_may_not(output, his, settings, way):
    settings.SENDFILE = way
    for name in NAMES:
        refused = his.get(url(name, output))
        assert refused.status_code == 404
        assert not {"X-Accel-Redirect", "X-Sendfile"} & set(refused.headers)
        assert Client().get(url(name, output)).status_code == 302


def test_of_what_is_kept_back_the_proxy_sends_the_stripped_file(output, his, settings):
    settings.SENDFILE = "nginx"
    Output.objects.update(visibility=Visibility.PUBLIC, rating="general", shows_prompt=False)
    sent = his.get(url("output_file", output))["X-Accel-Redirect"]
    bare = output.renditions.get(spec=stripped.SPEC)
    assert sent == f"/_kept/{bare.file.name}"
    with bare.file.open() as file:
        assert output.prompt.encode() not in file.read()


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("name", NAMES)
def test_s3_sends_by_a_signed_url_what_is_asked_for(ada, hers, keep, settings, name):
    output = drawn(keep, ada)
    plain = hers.get(url(name, output))
    content = b"".join(plain)
    settings.SENDFILE = "s3"

    sent_on = hers.get(url(name, output))

    assert (sent_on.status_code, sent_on["Cache-Control"]) == (302, "private, max-age=600")
    assert "X-Amz-Expires=900" in sent_on["Location"]
    answer = requests.get(sent_on["Location"], headers={"Range": "bytes=2-11"}, timeout=10)
    assert (answer.status_code, answer.content) == (206, content[2:12])
    for said in ("Content-Type", "Content-Disposition"):
        assert answer.headers[said] == plain[said]
    assert answer.headers["Cache-Control"] == plain["Cache-Control"]


@pytest.mark.usefixtures("bucket")
def test_others_get_a_signed_url_each_time_or_none(ada, his, keep, settings):
    output = drawn(keep, ada)
    settings.SENDFILE = "s3"
    assert his.get(url("output_rendition", output)).status_code == 404
    Output.objects.update(visibility=Visibility.PUBLIC, rating="general")
    assert his.get(url("output_rendition", output))["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(("way", "storage"), [("s3", ""), ("nginx", "s3://bucket"), ("varnish", "")])
def test_a_way_that_does_not_fit_the_storage_stops_the_start(monkeypatch, way, storage):
    monkeypatch.setenv("MEDIAGEN_SENDFILE", way)
    monkeypatch.setenv("MEDIAGEN_STORAGE", storage)
    with pytest.raises(ImproperlyConfigured, match=f"MEDIAGEN_SENDFILE={way}"):
        env.sendfile()


@pytest.mark.parametrize("bucket_name", ["pictures", "pictures.example.org"])
@pytest.mark.parametrize("endpoint", ["", "https://minio.example.org:9000"])
def test_pages_may_show_what_comes_from_where_boto3_signs_for(monkeypatch, bucket_name, endpoint):
    given = {
        "MEDIAGEN_SENDFILE": "s3",
        "MEDIAGEN_STORAGE": f"s3://{bucket_name}/kept",
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    storage = S3Storage(**env.storage(None)["OPTIONS"])
    parts = urlsplit(storage.url("outputs/ab/a.png"))
    storage.connection.meta.client.close()
    assert f"{parts.scheme}://{parts.netloc}" in env.storage_origins()


def test_without_it_pages_show_what_comes_from_here_alone(hers, monkeypatch):
    monkeypatch.delenv("MEDIAGEN_SENDFILE", raising=False)
    assert env.storage_origins() == []
    assert "media-src 'self' blob:;" in hers.get("/gallery/")["Content-Security-Policy"] + ";"
