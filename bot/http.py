"""What the bot serves: whether it lives, whether it can work, its metrics, and what chat and webhooks add."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.metrics import TYPE, Metrics

_LOG = logging.getLogger(__name__)

# By what it is called: a text that says what is wrong, "" where nothing is.
Checks = Mapping[str, Callable[[], str]]


def application(metrics: Metrics, ready: Checks, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """`/healthz` answers while the process does, `/readyz` with 503 where a check finds something, `/metrics`."""

    def healthz(request: Request) -> Response:
        del request
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        del request
        found = {name: await run_in_threadpool(_asked, name, check) for name, check in ready.items()}
        wrong = {name: said for name, said in found.items() if said}
        return JSONResponse({"ready": not wrong, "wrong": wrong}, 503 if wrong else 200)

    async def scrape(request: Request) -> Response:
        del request
        return Response(await run_in_threadpool(metrics.text), media_type=TYPE)

    own = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scrape)]
    return Starlette(routes=[*own, *routes])


def _asked(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # noqa: BLE001
        _LOG.warning("the check %s failed", name, exc_info=True)
        # Not its text: whoever can reach this need not be somebody who may read logs.
        return type(error).__name__
