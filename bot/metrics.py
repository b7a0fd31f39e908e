"""What is counted and timed, in Prometheus's words."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

TYPE = CONTENT_TYPE_LATEST
# Slack waits three seconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0, 60.0)


class Metrics:
    """Those of one process. `standing` is asked at every scrape: how many requests are at each stage."""

    def __init__(self, standing: Callable[[], Mapping[str, int]] | None = None) -> None:
        self._registry = CollectorRegistry()
        self._calls = Histogram(
            "dbspec_bot_call_seconds",
            "How long a call took: `room` is desk or forge.",
            ("room", "call"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._failures = Counter(
            "dbspec_bot_call_failures",
            "Calls that raised.",
            ("room", "call", "error"),
            registry=self._registry,
        )
        self._lines = Counter("dbspec_bot_log_lines", "Lines logged.", ("level",), registry=self._registry)
        if standing:
            self._registry.register(_Standing(standing))

    @contextmanager
    def timed(self, room: str, call: str) -> Iterator[None]:
        """Times what is done inside, and counts it where it fails."""
        with self._calls.labels(room, call).time():
            try:
                yield
            except Exception as error:
                self._failures.labels(room, call, type(error).__name__).inc()
                raise

    def counting(self) -> logging.Handler:
        """A handler for the root logger that counts lines by level."""
        return _Counting(self._lines)

    def text(self) -> bytes:
        """As a scrape gets it."""
        return generate_latest(self._registry)


class _Counting(logging.Handler):
    def __init__(self, lines: Counter) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.labels(record.levelname.lower()).inc()


class _Standing(Collector):
    def __init__(self, standing: Callable[[], Mapping[str, int]]) -> None:
        self._standing = standing

    def describe(self) -> list[Metric]:
        return [self._family()]  # so that nothing is asked before the first scrape

    def collect(self) -> Iterator[Metric]:
        family = self._family()
        for stage, count in sorted(self._standing().items()):
            family.add_metric([stage], count)
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily("dbspec_bot_requests", "Requests under way, by stage.", labels=["stage"])
