"""What the bot logs: a line of JSON each, without secrets, with the request that it is about."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from bot.redactor import Redactor

_ABOUT: ContextVar[str] = ContextVar("request", default="")
# What every record has; anything else of it was given as `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# They say what they send, and that holds tokens and whole rows.
TALKATIVE = ("slack_bolt", "slack_sdk", "urllib3", "github", "websockets", "websocket", "sqlalchemy")


@contextmanager
def about(request: str) -> Iterator[None]:
    """Whatever is logged inside is about this request; what is started from it in other threads is not."""
    token = _ABOUT.set(request)
    try:
        yield
    finally:
        _ABOUT.reset(token)


def begin(level: str, redactor: Redactor, stream: TextIO = sys.stderr) -> None:
    """From here on all loggers of the process write so, and what nobody caught is logged."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines(redactor))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    uncaught = logging.getLogger("bot.uncaught")

    def ended(type: type[BaseException], value: BaseException, traceback: Any) -> None:
        if not issubclass(type, KeyboardInterrupt):
            uncaught.critical("nobody caught this", exc_info=(type, value, traceback))

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            ended(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = ended
    threading.excepthook = thread_ended


class Lines(logging.Formatter):
    """A record as one line of JSON: at, level, logger, message, request, error, and what was given as `extra`."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        data: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := getattr(record, "request", "") or _ABOUT.get():
            data["request"] = request
        if record.exc_info and record.exc_info[0]:
            data["error"] = self.formatException(record.exc_info)
        data |= {
            name: value
            for name, value in vars(record).items()
            if name not in _USUAL and name not in data and not name.startswith("_")
        }
        # By its texts and not as a whole, so that it stays JSON whatever is taken out.
        return json.dumps(self._redactor.clean_data(json.loads(json.dumps(data, default=str))))
