"""Logs: one JSON object a line on standard error, with the id of the request that it belongs to.

Keys: `time` (UTC), `level`, `logger`, `message`, `request` where there is one, `error` with a traceback where
something broke, and what the writer adds by `extra={"fields": {...}}`. Nothing of a header, a query or a body
is ever logged: tokens and other people's secrets stand there.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from contextvars import ContextVar
from typing import Any, TextIO

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is being answered."""


class JsonFormatter(logging.Formatter):
    """A record as one line; line breaks in it are escaped by JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if REQUEST.get():
            line["request"] = REQUEST.get()
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def begin_logging(stream: TextIO | None = None) -> None:
    """Write what is logged to `stream` (default: standard error), in place of whatever wrote it before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("certmark").setLevel(logging.INFO)
    # Their own lines of requests and of the start say less than ours.
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
