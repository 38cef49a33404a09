"""The project's settings on a home of their own: nothing of a real install is touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="mediagen-tests-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["MEDIAGEN_HOME"] = str(HOME)
for name in ("REDIS_URL", "MEDIAGEN_STORAGE", "MEDIAGEN_MODELS", "MEDIAGEN_DEMO"):
    os.environ.pop(name, None)
# Test processes share the cores: threads of torch would only wait for each other, in the sites that tests start too.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from mediagen_site.settings import *  # noqa: E402, F403
from mediagen_site.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a missing one
ACCOUNT_RATE_LIMITS = False
TIMING_SECONDS = FORECAST_SECONDS = 0.0  # nothing is remembered from one test to the next
# A file, as in real life: the shared in-memory database knows neither WAL nor waiting for a lock.
if "sqlite3" in str(DATABASES["default"]["ENGINE"]):
    DATABASES["default"]["TEST"] = {"NAME": HOME / "test.sqlite3"}
