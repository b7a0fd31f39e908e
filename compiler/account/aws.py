"""A real AWS account, asked through its own APIs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from compiler.account import backups, modifications, starting
from compiler.account.lookup import LOOKUPS, REMADE, Candidate, NamelessError, Question
from compiler.account.session import client, told
from compiler.diagnostics import Exit, UserError, fail

_STACK, _RESOURCE = "dbspec:stack", "dbspec:resource"


class AwsAccount:
    """The account that these credentials lead to, with `role_arn` assumed; any number of threads may ask.

    `wait` is told what is being waited for (an instance that is still being created) and returns after a while:
    whether to ask again. Without it there is no waiting.
    """

    def __init__(
        self, region: str, role_arn: str | None = None, wait: Callable[[str], bool] | None = None
    ) -> None:
        self._region = region
        self._role_arn = role_arn
        self._wait = wait
        self._clients: dict[tuple[str, str], Any] = {}
        self._turn = threading.Lock()

    def identity(self) -> str:
        with told("asking AWS which account this is"):
            return str(self._client("sts", self._region).get_caller_identity()["Account"])

    def find(
        self, type: str, stack: str, resource: str, inputs: Mapping[str, Any], known: Collection[str] = ()
    ) -> str | None:
        if type in REMADE or type.startswith("random:"):
            return None
        what = f"{resource} ({type}) of {stack}"
        if type not in LOOKUPS:
            raise _unclear(f"dbspec does not know how to look for {what}")
        while True:
            found = self._found(type, stack, resource, inputs, frozenset(known), what)
            if found is None or not found.busy:
                return found.import_id if found else None
            message = f"{what}: {found.import_id} is {found.busy}"
            if self._wait is None or not self._wait(message):
                raise _unclear(message, "run it again once AWS is done with that")

    def backup(self, type: str, id: str, name: str) -> None:
        del type
        with told(f"taking a backup of {id}"):
            dynamodb = self._client("dynamodb", self._region)
            arn = backups.begin(dynamodb, id, name)
            while backups.status(dynamodb, arn) != "AVAILABLE":
                message = f"the backup {name} of {id} is not there yet"
                if self._wait is None or not self._wait(message):
                    raise _unclear(
                        message, "run it again: it takes another, and destroys nothing before that"
                    )

    def pending(self, type: str, id: str) -> Mapping[str, Any]:
        with told(f"asking AWS what is pending for {id}"):
            if type == "aws:rds:Instance":
                return modifications.of_instance(self._client("rds", self._region), id)
            if type == "aws:elasticache:ReplicationGroup":
                return modifications.of_replication_group(self._client("elasticache", self._region), id)
        return {}

    def start(self, type: str, id: str) -> bool:
        if type != "aws:rds:Instance":
            return False
        with told(f"starting {id}"):
            rds = self._client("rds", self._region)
            had_to = False
            while (status := starting.status(rds, id)) in starting.NOT_YET:
                if status == "stopped":
                    starting.start(rds, id)
                    had_to = True
                message = f"{id} is {status}, and AWS changes nothing meanwhile"
                if self._wait is None or not self._wait(message):
                    raise _unclear(message, "run it again once it is available")
            return had_to

    def _found(
        self,
        type: str,
        stack: str,
        resource: str,
        inputs: Mapping[str, Any],
        known: frozenset[str],
        what: str,
    ) -> Candidate | None:
        region = str(inputs.get("region") or self._region)
        tags = {_STACK: stack, _RESOURCE: resource}
        question = Question(lambda service: self._client(service, region), inputs, tags, known)
        try:
            with told(f"looking for {what}"):
                candidates = [each for each in LOOKUPS[type](question) if not each.ids & known]
        except NamelessError as error:
            raise _unclear(f"{what}: the state does not know its {error}") from None
        ours = [each for each in candidates if each.tags.items() >= tags.items()]
        if len(ours) > 1:
            ids = ", ".join(sorted(each.import_id for each in ours))
            raise _unclear(f"{what}: there are {len(ours)} of it ({ids})", "delete those that nothing uses")
        if ours:
            return ours[0]
        if candidates:
            raise _unclear(
                f"{what}: {candidates[0].import_id} exists and is not ours, its tags say",
                f"choose another name, or tag it {_STACK}={stack} and {_RESOURCE}={resource} to hand it over",
            )
        return None

    def _client(self, service: str, region: str) -> Any:
        with self._turn:
            if (service, region) not in self._clients:
                self._clients[service, region] = client(service, region=region, role_arn=self._role_arn)
            return self._clients[service, region]


def _unclear(message: str, fix: str = "") -> UserError:
    return fail("account/unclear", message, fix, exit_code=Exit.ENGINE)
