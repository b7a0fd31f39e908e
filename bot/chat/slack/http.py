"""Slack by HTTP: signed requests to a public address, which suits several replicas."""

from __future__ import annotations

import anyio
import anyio.to_thread
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.chat.slack.app import CONCURRENCY

PATH = "/slack/events"
# Slack sends no more than a form with some long texts.
_LARGEST = 1_000_000


def route(app: App) -> Route:
    """Where Slack delivers to: commands, forms, buttons."""
    # Bolt's own adapter would hold up the event loop for as long as a listener takes.
    limiter = anyio.CapacityLimiter(CONCURRENCY)

    async def deliver(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST:
                return Response("too large", status_code=413)
        try:
            given = to_bolt_request(request, body)
        except UnicodeDecodeError:
            return Response("not text", status_code=400)
        answer = await anyio.to_thread.run_sync(app.dispatch, given, limiter=limiter)
        return to_starlette_response(answer)

    return Route(PATH, deliver, methods=["POST"])
