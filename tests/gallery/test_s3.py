"""The same gallery on S3: stored, read in parts, and removed."""

import boto3
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from moto.server import ThreadedMotoServer

from gallery import services
from mediagen_site import env

BUCKET = "gallery"
"""Of these tests alone: every server in a process shows the same buckets."""


@pytest.fixture
def bucket(settings, monkeypatch, tmp_path):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "MEDIAGEN_STORAGE": f"s3://{BUCKET}/pictures",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = boto3.resource("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket=BUCKET)
    settings.STORAGES = {**settings.STORAGES, "default": env.storage(tmp_path)}
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()
    for client in (bucket.meta.client, default_storage.connection.meta.client):
        client.close()
    server.stop()


def test_store_read_in_parts_and_delete(bucket, ada, hers, keep, tmp_path, django_capture_on_commit_callbacks):
    output = keep(ada)
    assert {entry.key for entry in bucket.objects.all()} == {
        f"pictures/{output.file.name}",
        f"pictures/{output.poster.name}",
    }
    (original,) = tmp_path.glob("*.png")
    content = original.read_bytes()
    url = reverse("output_file", args=[output.pk])

    whole = hers.get(url)
    part = hers.get(url, headers={"range": "bytes=100-299"})
    tail = hers.get(url, headers={"range": "bytes=-50"})

    assert b"".join(whole) == content
    assert b"".join(part) == content[100:300]
    assert part["Content-Range"] == f"bytes 100-299/{len(content)}"
    assert b"".join(tail) == content[-50:]
    assert b"".join(hers.get(reverse("output_poster", args=[output.pk])))[8:12] == b"WEBP"

    with django_capture_on_commit_callbacks(execute=True):
        services.delete(output)
    assert list(bucket.objects.all()) == []


def test_a_missing_object_is_404(bucket, ada, hers, keep):
    output = keep(ada)
    for entry in bucket.objects.all():
        entry.delete()

    assert hers.get(reverse("output_file", args=[output.pk])).status_code == 404
    assert hers.get(reverse("output_poster", args=[output.pk])).status_code == 404
