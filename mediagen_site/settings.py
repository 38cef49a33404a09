"""Django settings. Everything that differs between installs comes from the environment (see .env.example)."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from safety.classifier import OPEN_NSFW

from . import env, logs

django_stubs_ext.monkeypatch()

BASE_DIR = env.BASE_DIR
MEDIAGEN_HOME = env.home()
MEDIAGEN_HOST = os.environ.get("MEDIAGEN_HOST") or "127.0.0.1"
MEDIAGEN_PORT = env.env_int("MEDIAGEN_PORT", 8000, minimum=1)
MEDIAGEN_WORKERS = env.env_int("MEDIAGEN_WORKERS", 1)
MEDIAGEN_WORKER_NUMBER = env.env_int("MEDIAGEN_WORKER_NUMBER", 1, minimum=1)
MEDIAGEN_MODELS = Path(os.environ.get("MEDIAGEN_MODELS") or MEDIAGEN_HOME / "models").expanduser()
MEDIAGEN_DEMO_MODELS = MEDIAGEN_HOME / "demo_models"
MEDIAGEN_ENGINE = env.engine_options()
UPLOAD_MAX_MEGABYTES = env.env_int("MEDIAGEN_UPLOAD_MAX_MEGABYTES", 20, minimum=1)
UPLOAD_MAX_VIDEO_MEGABYTES = env.env_int("MEDIAGEN_UPLOAD_MAX_VIDEO_MEGABYTES", 200, minimum=1)
UPLOAD_MAX_MEGAPIXELS = env.env_int("MEDIAGEN_UPLOAD_MAX_MEGAPIXELS", 40, minimum=1)
UPLOAD_TOTAL_MEGAPIXELS = env.env_int("MEDIAGEN_UPLOAD_TOTAL_MEGAPIXELS", 160, minimum=1)
UPLOAD_TOTAL_MEGABYTES = env.env_int(
    "MEDIAGEN_UPLOAD_TOTAL_MEGABYTES", max(UPLOAD_MAX_MEGABYTES, UPLOAD_MAX_VIDEO_MEGABYTES) + 20, minimum=1
)
MAX_RUNNING = env.env_int("MEDIAGEN_MAX_RUNNING", 0)
MAX_QUEUED = env.env_int("MEDIAGEN_MAX_QUEUED", 0)
GPU_SECONDS_A_DAY = env.env_int("MEDIAGEN_GPU_SECONDS_A_DAY", 0)
STORAGE_QUOTA = env.env_size("MEDIAGEN_STORAGE_QUOTA")
TRASH_DAYS = env.env_int("MEDIAGEN_TRASH_DAYS", 30)
WORKER_MODELS = env.env_list("MEDIAGEN_WORKER_MODELS")
MATURE = env.env_bool("MEDIAGEN_MATURE", False)
CLASSIFIER = os.environ.get("MEDIAGEN_CLASSIFIER") or OPEN_NSFW
C2PA = env.env_bool("MEDIAGEN_C2PA", False)
REFUSALS_DAYS = env.env_int("MEDIAGEN_REFUSALS_DAYS", 90, minimum=1)
REFUSALS_BEFORE_PAUSE = env.env_int("MEDIAGEN_REFUSALS_BEFORE_PAUSE", 3)
JOINING = env.env_choice("MEDIAGEN_JOINING", ("invitation", "request", "open", "closed"))
UNRUNNABLE = env.env_choice("MEDIAGEN_UNRUNNABLE", ("keep", "refuse"))
LEASE_SECONDS = env.env_int("MEDIAGEN_LEASE_SECONDS", 30, minimum=1)
STALL_SECONDS = env.env_int("MEDIAGEN_STALL_SECONDS", 600, minimum=1)
TIMING_SECONDS = 10.0  # How long a process goes by what it learned from timings,
FORECAST_SECONDS = 2.0  # and how long by a forecast of the queue.
HTTPS = env.env_bool("MEDIAGEN_HTTPS", False)
MEDIAGEN_LOG_FORMAT = env.env_choice("MEDIAGEN_LOG_FORMAT", ("text", "json"))
MEDIAGEN_METRICS_TOKEN = os.environ.get("MEDIAGEN_METRICS_TOKEN") or None

DEBUG = env.env_bool("MEDIAGEN_DEBUG", False)
SECRET_KEY = env.secret_key(MEDIAGEN_HOME)
MEDIA_HOST = env.media_host()
FILE_ORIGINS = [*env.storage_origins(), *([MEDIA_HOST] if MEDIA_HOST else [])]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", MEDIAGEN_HOST, *env.env_list("MEDIAGEN_ALLOWED_HOSTS")]
ALLOWED_HOSTS += [urlsplit(MEDIA_HOST).hostname or ""] if MEDIA_HOST else []
CSRF_TRUSTED_ORIGINS = env.env_list("MEDIAGEN_TRUSTED_ORIGINS")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "template_partials",
    "mediagen_site",
    "people",
    "generation",
    "gallery",
    "moderation",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "mediagen_site.middleware.isolation",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mediagen_site.access_log.access_log",
    "mediagen_site.middleware.utf8_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mediagen_site.middleware.EntranceMiddleware",
    "mediagen_site.media_host.MediaHostMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "people.middleware.RefusedFormMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mediagen_site.middleware.bounded_bodies",
]
ROOT_URLCONF = "mediagen_site.urls"
WSGI_APPLICATION = "mediagen_site.wsgi.application"
TEMPLATE_LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", [("mediagen_site.folding.Loader", TEMPLATE_LOADERS)])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "people.context.people",
            ],
            "builtins": ["mediagen_site.templatetags.icons"],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{MEDIAGEN_HOME / 'mediagen.sqlite3'}", conn_max_age=60
    ),
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A machine that vanishes in the middle of a transaction must not hold its locks until TCP gives up, hours later.
    DATABASES["default"]["OPTIONS"] = {
        "options": "-c idle_in_transaction_session_timeout=30s",
        **DATABASES["default"].get("OPTIONS", {}),
    }
CACHES = {"default": {"BACKEND": "mediagen_site.cache.DatabaseJSONCache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis_url(MEDIAGEN_HOME)
RQ_QUEUES = {
    "generation": {
        "URL": REDIS_URL,
        "SERIALIZER": "rq.serializers.JSONSerializer",
        "REDIS_CLIENT_KWARGS": {"socket_connect_timeout": 1, "socket_timeout": None},
    }
}
RQ = {"COMMIT_MODE": "auto", "WORKER_CLASS": "generation.worker.ResidentWorker"}

STORAGES = {
    "default": env.storage(MEDIAGEN_HOME),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = MEDIAGEN_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
SENDFILE = env.sendfile()
# Where the proxy sends files, its account is in our group and reads them.
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = (
    (0o640, 0o750) if SENDFILE in ("nginx", "apache") else (0o600, 0o700)
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1100  # of a thousand outputs to download
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # as many as are brought in at once

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studio"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "people.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "people.forms.JoinForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
# An address is a person's own affair: added in the account, never needed, never told apart from one that is not here.
ACCOUNT_EMAIL_VERIFICATION = "optional" if env.sends_email() else "none"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_CHANGE_EMAIL = True
# An attempt counts as failed until it succeeds: room for several sign-ins at once. What follows signup is ours.
ACCOUNT_RATE_LIMITS = env.rate_limits(
    login_failed="60/m/ip,20/5m/key",
    signup="10/m/ip,60/h/ip",
    take_out="20/h/user",
    zip="120/h/user",
    upload="120/h/user",
    share="300/h/user",
    report="20/h/user",
    report_by_link="5/h/ip",
    submit="600/m/user",
    read="300/m/user",
    search="600/m/user",
    frames="600/m/user",
)
# Who asks is told by the proxy, where there is one.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"add_webauthn": "people.forms.PasskeyForm", "edit_webauthn": "people.forms.PasskeyNameForm"}
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "MediaGen"
MFA_TOTP_TOLERANCE = 1
# Browsers make passkeys over https, and on this machine's own http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

SENDS_EMAIL = env.sends_email()
globals().update(env.email())

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "mediagen_site.formats"
TIME_ZONE = os.environ.get("TZ") or "UTC"
USE_TZ = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "blob:", "data:", *FILE_ORIGINS],
        "media-src": [SELF, "blob:", *FILE_ORIGINS],
        "connect-src": [SELF, *FILE_ORIGINS],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = logs.configuration(MEDIAGEN_LOG_FORMAT)
