"""Work that outlives the process: the one room of DBOS, in which each request is a workflow."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from bot.logs import about
from bot.requests.marks import Marks
from bot.requests.office import Office
from bot.requests.request import Request, to_data
from bot.requests.state import Stage
from bot.requests.transaction import BusyError, crowded, engine, turn
from bot.requests.workflow import carry

_QUEUE = "requests"
_FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED")
_KEPT = timedelta(days=30)  # steps, for whoever looks into what happened
_APART = timedelta(minutes=2)  # without a sign of life after which a replica is taken for dead
_LATEST = 3.0  # seconds by which work begins, however many others ask
_LOG = logging.getLogger(__name__)
# Steps that are remembered are those of this version: one that is not recovered by another release would be lost.
_VERSION = "1"


class _Ended(BaseException):
    """The process ends, and what is not done stays to do: DBOS takes an Exception for the end of a workflow."""


class _Run:
    """Steps as DBOS remembers them, until the process ends."""

    def __init__(self, ended: threading.Event) -> None:
        self._ended = ended

    def step(self, name: str, function: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        from dbos import DBOS

        return DBOS.run_step({"name": name}, function)

    def pause(self, seconds: float) -> None:
        # DBOS's own sleep nobody can end, and the process would wait for it.
        until = self.step("pause", lambda: {"until": time.time() + seconds})["until"]
        if self._ended.wait(max(until - time.time(), 0.0)):
            raise _Ended


class Durable:
    """`url` names the database, `executor` this process among its replicas, by a name that a restart keeps."""

    def __init__(
        self,
        office: Office,
        marks: Marks,
        url: str,
        *,
        executor: str = "local",
        workers: int = 16,
        poll: float = 0.5,
    ) -> None:
        self.office = office
        self.marks = marks
        self.url = url
        self.executor = executor
        self.workers = workers
        self.poll = poll
        self._ended = threading.Event()
        self._active: set[str] = set()
        self._carry: Callable[[dict[str, Any]], None] | None = None
        self._starter = ThreadPoolExecutor(1, "begin")

    def start(self) -> None:
        """Takes up whatever an earlier process left, and begins to work."""
        from dbos import DBOS, DBOSConfig

        self.beat()
        config: DBOSConfig = {
            "name": "dbspec-bot",
            "system_database_url": self.url,
            "application_version": _VERSION,
            "executor_id": self.executor,
            "enable_otlp": False,
            "log_level": "ERROR",
        }
        if self.url.startswith("sqlite"):
            # A step whose end is forgotten is done again, which is what each of them allows.
            config["system_database_engine"] = engine(self.url, redone=True)
        # With a handler it adds none of its own, which would know nothing of secrets.
        logger = logging.getLogger("dbos")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        DBOS(config=config)

        @DBOS.workflow(name="carry")
        def work(data: dict[str, Any]) -> None:
            self._active.add(data["id"])
            try:
                with about(data["id"]):
                    carry(self.office, data, _Run(self._ended))
            finally:
                self._active.discard(data["id"])

        self._carry = work
        DBOS.launch()
        DBOS.register_queue(_QUEUE, worker_concurrency=self.workers, polling_interval_sec=self.poll)
        threading.Thread(target=self._beat_on, name="heartbeat", daemon=True).start()

    def stop(self, patience: float = 0.0) -> None:
        """Ends; what is under way goes on from its last step with the next start, or ends within so many seconds."""
        from dbos import DBOS

        self._ended.set()
        self._starter.shutdown()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=int(patience))

    def submit(self, request: Request) -> bool:
        """Records it for good; False where it was there. Raises BusyError where nothing could be written."""
        new = self.office.ledger.add(request, self.office.clock())
        if new:
            # It is written down, and whoever asked waits for no more than that.
            self._starter.submit(self._begin, request, time.monotonic() + _LATEST)
        return new

    def _begin(self, request: Request, latest: float) -> None:
        # Whoever has just asked waits for an answer; what they asked for can wait until everybody has one.
        while crowded() and time.monotonic() < latest:
            time.sleep(0.02)
        try:
            self._enqueue(to_data(request))
        except BusyError as error:
            _LOG.warning("a request waits for the next sweep: %s", error)

    def sweep(self) -> None:
        """Begins what was written down and never begun, and takes over from replicas that are gone."""
        from dbos import DBOS

        self.beat()
        now = self.office.clock()
        alive = self.marks.named("executor/", now - _APART)
        for entry in self.office.ledger.unstarted(now):
            known = DBOS.get_workflow_status(entry.request.id)
            if known is None:
                self._enqueue(to_data(entry.request))
            elif known.status == "PENDING" and known.executor_id not in alive:
                DBOS.resume_workflow(known.workflow_id)
            elif known.status in _FAILED and entry.stage != Stage.REFUSED:
                said = "the bot failed at it in a way that nobody foresaw; its log says more"
                self.office.ledger.note(entry.request.id, stage=Stage.REFUSED.value, note=said)
                self.office.ledger.release(entry.request.id)

    def revive(self) -> None:
        """Goes on with what was this process's to do and what nothing works on: the database failed it for a while."""
        from dbos import DBOS

        for entry in self.office.ledger.unstarted(self.office.clock() - _APART):
            known = DBOS.get_workflow_status(entry.request.id)
            mine = known and known.status == "PENDING" and known.executor_id == self.executor
            if known and mine and known.workflow_id not in self._active:
                DBOS.resume_workflow(known.workflow_id)

    def forget(self) -> None:
        """Drops the steps of what has long ended; that it was asked for stays in the ledger."""
        from dbos import DBOS

        old = DBOS.list_workflows(
            status=[*_FAILED, "SUCCESS"],
            completed_before=(self.office.clock() - _KEPT).isoformat(),
            limit=1000,
            load_input=False,
            load_output=False,
        )
        if old:
            DBOS.delete_workflows([each.workflow_id for each in old])

    def beat(self) -> None:
        """A sign of life."""
        self.marks.set(f"executor/{self.executor}", "", self.office.clock())

    def _beat_on(self) -> None:
        """Whatever else is slow: who gives no sign of life has its work taken away."""
        from sqlalchemy.exc import DBAPIError

        while not self._ended.wait(_APART.total_seconds() / 4):
            try:
                self.beat()
                self.revive()
            except (BusyError, DBAPIError) as error:
                _LOG.warning("a sign of life could not be given: %s", getattr(error, "orig", error))

    def _enqueue(self, data: Mapping[str, Any]) -> None:
        from dbos import DBOS, SetWorkflowID
        from sqlalchemy.exc import DBAPIError

        assert self._carry is not None
        try:
            with turn(self.office.ledger.engine), SetWorkflowID(data["id"]):
                DBOS.enqueue_workflow(_QUEUE, self._carry, dict(data))
        except DBAPIError as error:
            raise BusyError(f"the bot's database: {error.orig}") from None
