"""The environment, read once and loudly: a value that makes no sense stops the start with a clear message."""

import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from gallery import sizes
from generation.engine.options import MemoryProfile, Options

BASE_DIR = Path(__file__).resolve().parent.parent
UNIX_SOCKET_PATH_LIMIT = 100


def env_bool(name: str, default: bool) -> bool:
    text = os.environ.get(name, "")
    if text == "":
        return default
    if text not in ("0", "1"):
        raise ImproperlyConfigured(f"{name}={text}: use 1 or 0.")
    return text == "1"


def env_int(name: str, default: int, minimum: int = 0) -> int:
    text = os.environ.get(name, "")
    if text == "":
        return default
    if not text.isascii() or not text.isdigit() or int(text) < minimum:
        raise ImproperlyConfigured(f"{name}={text}: use a whole number from {minimum}.")
    return int(text)


def env_choice(name: str, choices: tuple[str, ...]) -> str:
    """One of the choices; the first where nothing is set."""
    text = os.environ.get(name) or choices[0]
    if text not in choices:
        raise ImproperlyConfigured(f"{name}={text}: use {' or '.join(choices)}.")
    return text


def env_decimal(name: str) -> float | None:
    """A number above 0, or None where there is none."""
    text = os.environ.get(name, "")
    if text == "":
        return None
    if not re.fullmatch(r"\d*\.?\d+", text, re.ASCII) or float(text) == 0:
        raise ImproperlyConfigured(f"{name}={text}: use a number above 0, such as 0.08, or leave it empty.")
    return float(text)


def env_size(name: str) -> int:
    """Bytes of a size such as 20GB; 0 where nothing is set."""
    text = os.environ.get(name, "")
    if text == "":
        return 0
    try:
        return sizes.read(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text}: use a size such as 20GB or 500MB.") from None


def env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def rate_limits(**defaults: str) -> dict[str, str]:
    """How often what may be done. `MEDIAGEN_RATE_LIMITS=submit=20/m/user share=off` changes one and lifts another."""
    limits = dict(defaults)
    rates = r"[1-9]\d*/\d*[smhd]/(ip|user|key)"
    for part in os.environ.get("MEDIAGEN_RATE_LIMITS", "").split():
        action, _, rate = part.partition("=")
        if action not in defaults or not re.fullmatch(rf"off|{rates}(,{rates})*", rate, re.ASCII):
            raise ImproperlyConfigured(
                f"MEDIAGEN_RATE_LIMITS: {part} is none. Use parts such as submit=20/m/user, of {', '.join(defaults)}."
            )
        limits[action] = "" if rate == "off" else rate
    return limits


def home() -> Path:
    """The one directory that holds all state."""
    folder = Path(os.environ.get("MEDIAGEN_HOME") or BASE_DIR / "var").expanduser().resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def secret_key(folder: Path) -> str:
    """The key from the environment, or the one that this home made for itself at its first start."""
    if given := os.environ.get("MEDIAGEN_SECRET_KEY"):
        return given
    path = folder / "secret_key"
    if not path.exists():
        # Written aside and linked into place, so that of two first starts at once one key wins and is whole.
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as draft:
            draft.write(secrets.token_urlsafe(64))
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass  # the other start was first: its key is the key
        finally:
            Path(draft.name).unlink()
    return path.read_text()


def valkey_socket(folder: Path) -> Path:
    """Where the embedded Valkey of this home listens. The kernel keeps socket paths short; homes need not be."""
    path = folder / "valkey" / "valkey.sock"
    if len(str(path)) <= UNIX_SOCKET_PATH_LIMIT:
        return path
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mediagen-{os.getuid()}-{digest}" / "valkey.sock"


def redis_url(folder: Path) -> str:
    return os.environ.get("REDIS_URL") or f"unix://{valkey_socket(folder)}"


def engine_options() -> Options:
    """What the engine is told of its machine. What this machine cannot do, the engine refuses when it starts."""
    device = os.environ.get("MEDIAGEN_DEVICE") or None
    if device and not re.fullmatch(r"cpu|cuda(:\d+)?", device, re.ASCII):
        raise ImproperlyConfigured(f"MEDIAGEN_DEVICE={device}: use cpu, cuda, or one GPU such as cuda:1.")
    memory = env_choice("MEDIAGEN_MEMORY", ("auto", *MemoryProfile))
    return Options(
        device=device,
        memory=None if memory == "auto" else MemoryProfile(memory),
        first_block_cache=env_decimal("MEDIAGEN_FIRST_BLOCK_CACHE"),
        compile=env_bool("MEDIAGEN_COMPILE", False),
        attention=os.environ.get("MEDIAGEN_ATTENTION") or None,
    )


def sends_email() -> bool:
    return bool(os.environ.get("MEDIAGEN_EMAIL_URL"))


def email() -> dict[str, object]:
    """Django's EMAIL settings from `smtp://user:password@host:587?from=mediagen@example.org`.

    `smtps://` speaks TLS from the start; `smtp://` asks for it, except where the server is this machine.
    """
    url = os.environ.get("MEDIAGEN_EMAIL_URL", "")
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    sender = parse_qs(parts.query).get("from", [""])[0]
    try:
        port = parts.port or (465 if parts.scheme == "smtps" else 587)
    except ValueError:
        port = 0
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or not port or "@" not in sender:
        raise ImproperlyConfigured(
            "MEDIAGEN_EMAIL_URL: use smtp://user:password@host:587?from=mediagen@example.org, or smtps://."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and parts.hostname not in ("localhost", "127.0.0.1", "::1"),
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": sender,
    }


def storage(folder: Path) -> dict[str, object]:
    """Django's STORAGES entry for kept files: in the home, or `s3://bucket/prefix`."""
    url = os.environ.get("MEDIAGEN_STORAGE", "")
    if not url:
        return {
            "BACKEND": "gallery.storage.WholeFileStorage",
            "OPTIONS": {"location": folder / "media", "base_url": None},
        }
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(f"MEDIAGEN_STORAGE={url}: use s3://bucket/prefix, or leave it empty for files.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": os.environ.get("AWS_ENDPOINT_URL_S3") or None,
            "file_overwrite": False,
            "default_acl": None,
            "signature_version": "s3v4",
        },
    }


def sendfile() -> str:
    """Who sends kept files: MediaGen itself (`off`), its proxy (`nginx`, `apache`), or `s3`."""
    way = env_choice("MEDIAGEN_SENDFILE", ("off", "nginx", "apache", "s3"))
    if way != "off" and (way == "s3") != bool(os.environ.get("MEDIAGEN_STORAGE")):
        raise ImproperlyConfigured(
            f"MEDIAGEN_SENDFILE={way}: use s3 with MEDIAGEN_STORAGE=s3://…, and nginx or apache without."
        )
    return way


def media_host() -> str:
    """The origin that kept files are sent from, such as https://media.example.org; empty for the site's own."""
    origin = os.environ.get("MEDIAGEN_MEDIA_HOST", "").rstrip("/")
    parts = urlsplit(origin)
    if origin and (parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}"):
        raise ImproperlyConfigured(f"MEDIAGEN_MEDIA_HOST={origin}: use an origin, such as https://media.example.org.")
    return origin.lower()


def storage_origins() -> list[str]:
    """From where browsers take files that S3 sends. boto3 finds its hosts by the endpoint, or by bucket and region."""
    if sendfile() != "s3":
        return []
    if endpoint := os.environ.get("AWS_ENDPOINT_URL_S3"):
        parts = urlsplit(endpoint)
        return [f"{parts.scheme}://{parts.netloc}"]
    bucket = urlsplit(os.environ["MEDIAGEN_STORAGE"]).netloc
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    hosts = [f"{bucket}.s3.amazonaws.com"]
    if region:
        hosts += [f"{bucket}.s3.{region}.amazonaws.com", f"s3.{region}.amazonaws.com"]
    return [f"https://{host}" for host in hosts]
