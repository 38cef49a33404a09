"""How MediaGen logs: lines for people or JSON for machines, and never what somebody wrote in a form.

JSON records have `timestamp`, `level`, `logger`, `message`, the facts of their context (`generation`, `request_id`,
`user_id`) and what the record itself adds, such as the status of a response.
"""

from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS

LINES = {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s%(context)s"}
JSON_LINES = {
    "()": "pythonjsonlogger.json.JsonFormatter",
    "fmt": "%(levelname)s %(name)s %(message)s",
    "rename_fields": {"levelname": "level", "name": "logger"},
    "timestamp": True,
    "json_ensure_ascii": False,
    # Django hands its request along, which tells the query: people's words may stand there.
    "reserved_attrs": [*RESERVED_ATTRS, "taskName", "context", "request"],
}


def configuration(form: str) -> dict[str, Any]:
    """Django's LOGGING: everything from INFO to standard error, as `text` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": "generation.log_context.ContextFilter"}},
        "formatters": {"line": JSON_LINES if form == "json" else LINES},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["context"]}},
        "root": {"handlers": ["console"], "level": "INFO"},
    }


def server_configuration() -> dict[str, Any]:
    """What the web server's own few lines need to be JSON too, as granian's --log-config takes it."""
    return {"formatters": {"generic": JSON_LINES, "access": JSON_LINES}}
