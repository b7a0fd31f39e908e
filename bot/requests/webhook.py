"""GitHub's webhooks, which only make the reconciler look sooner: nothing in them is believed."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.requests.marks import Marks
from bot.requests.transaction import BusyError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

PATH = "/github/webhook"
_LARGEST = 25 * 1024 * 1024  # GitHub sends no more
_PREFIX = "delivery/"
_KEPT = timedelta(days=3)  # GitHub lets people send a delivery again for as long
_LOG = logging.getLogger(__name__)


def route(secret: str, marks: Marks, clock: Callable[[], datetime], wake: Callable[[int], None]) -> Route:
    """The route that GitHub calls; `wake` is told of the pull request, 0 where the event names none."""
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def receive(request: Request) -> Response:
        # Whatever length it says it has, or none: nobody has proven yet to be GitHub.
        parts, size = [], 0
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > _LARGEST:
                return PlainTextResponse("too large\n", 413)
        body = b"".join(parts)
        if not signed(secret, body, request.headers.get("x-hub-signature-256", "")):
            return PlainTextResponse("the signature is not GitHub's\n", 401)
        delivery = request.headers.get("x-github-delivery", "")
        event = request.headers.get("x-github-event", "")
        await run_in_threadpool(_received, marks, clock(), wake, delivery, event, body)
        return PlainTextResponse("ok\n", 202)

    return Route(PATH, receive, methods=["POST"])


def signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether the body was signed with the secret; never without one."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(wanted.encode(), signature.encode())


def pull_of(event: str, body: bytes) -> int | None:
    """The pull request that an event is about; 0 for any of them, None where it is about none."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    if event in ("pull_request", "pull_request_review"):
        return _number(data.get("pull_request"))
    if event in ("check_run", "check_suite"):
        inner = data.get(event)
        pulls = inner.get("pull_requests") if isinstance(inner, dict) else None
        return _number(pulls[0]) if isinstance(pulls, list) and pulls else 0
    return 0 if event in ("push", "deployment_status", "issues") else None


def _received(
    marks: Marks, now: datetime, wake: Callable[[int], None], delivery: str, event: str, body: bytes
) -> None:
    number = pull_of(event, body)
    if number is None:
        return
    try:
        # An old one that somebody sends again has nothing new to tell.
        if delivery and marks.first(f"{_PREFIX}{delivery[:100]}", now):
            marks.forget(_PREFIX, now - _KEPT)
            wake(number)
    except BusyError as error:
        _LOG.warning("a webhook was not followed up, the next round is: %s", error)


def _number(pull: Any) -> int:
    number = pull.get("number") if isinstance(pull, dict) else None
    return number if isinstance(number, int) and number > 0 else 0
