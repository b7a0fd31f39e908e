"""What is asked of the account after a run that died, and what follows from its answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from compiler.diagnostics import fail
from compiler.engine.job import Job
from compiler.engine.leftover import leftovers
from compiler.graph import Stack

if TYPE_CHECKING:
    from conftest import Room

URN = "urn:pulumi:dev.orders::dbspec::"
KEY = {
    "urn": URN + "aws:kms/key:Key::key",
    "type": "aws:kms/key:Key",
    "id": "k-1",
    "outputs": {"arn": "arn:key", "keyId": "k-1"},
}
SUBNETS = {
    "urn": URN + "aws:rds/subnetGroup:SubnetGroup::subnets",
    "type": "aws:rds/subnetGroup:SubnetGroup",
    "id": "dev-orders",
    "outputs": {"name": "dev-orders"},
}
PASSWORD = {
    "urn": URN + "random:index/randomPassword:RandomPassword::password",
    "type": "random:index/randomPassword:RandomPassword",
    "id": "none",
    "outputs": {"result": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}},
}


class Asked:
    """An account that has what it is told, and remembers what it was asked."""

    def __init__(self, **has: str) -> None:
        self.has = has
        self.inputs: dict[str, Mapping[str, Any]] = {}
        self.known: dict[str, Collection[str]] = {}

    def find(
        self, type: str, stack: str, resource: str, inputs: Mapping[str, Any], known: Collection[str] = ()
    ) -> str | None:
        self.inputs[resource], self.known[resource] = inputs, known
        if self.has.get(resource) == "unclear":
            raise fail("account/unclear", f"{resource} is somebody else's")
        return self.has.get(resource)


def _leftovers(room: Room, stack: Stack, account: Any, pending: list[Any], *there: Any) -> Any:
    deployment = {"resources": list(there), "pending_operations": pending}
    return leftovers(Job(stack, room.target), deployment, account)


def test_whatever_could_have_been_begun_is_asked_for_with_what_is_known_of_it(
    room: Room, database: Callable[..., Stack]
) -> None:
    account = Asked(instance="db-1")

    left = _leftovers(room, database(), account, [], KEY, SUBNETS, PASSWORD)

    assert left.adopted == {"instance": "db-1"}
    assert not left.pending
    # Not what exists already, nor what needs something that does not exist yet.
    assert sorted(account.inputs) == ["instance", "secret"]
    assert account.inputs["instance"]["identifier"] == "dev-orders"
    assert account.inputs["instance"]["kms_key_id"] == "arn:key"
    assert account.inputs["secret"]["kms_key_id"] == "arn:key"


def test_an_id_of_another_type_hides_nothing(room: Room, database: Callable[..., Stack]) -> None:
    account = Asked()

    _leftovers(room, database(), account, [], KEY, SUBNETS, PASSWORD)

    assert set(account.known["instance"]) == set()


def test_what_was_begun_and_is_in_the_spec_no_more_stops_the_stack(
    room: Room, database: Callable[..., Stack]
) -> None:
    begun = {
        "type": "creating",
        "resource": {"urn": URN + "aws:kms/key:Key::other", "type": "aws:kms/key:Key", "inputs": {}},
    }

    left = _leftovers(room, database(), Asked(other="k-2"), [begun], KEY)

    assert left.pending
    assert left.adopted == {}
    (doubt,) = left.doubts
    assert "an interrupted run made other (aws:kms:Key, k-2), which the spec does not have any more" in doubt


def test_what_cannot_be_told_stops_the_stack(room: Room, database: Callable[..., Stack]) -> None:
    left = _leftovers(room, database(), Asked(secret="unclear"), [], KEY)

    (doubt,) = left.doubts
    assert "whether an interrupted run made secret (aws:secretsmanager:Secret) cannot be told" in doubt
    assert "secret is somebody else's" in doubt


def test_what_was_being_changed_or_deleted_is_left_to_the_refresh(
    room: Room, database: Callable[..., Stack]
) -> None:
    account = Asked(key="k-9")
    operations = [{"type": kind, "resource": KEY} for kind in ("updating", "deleting")]

    left = _leftovers(room, database(), account, operations, KEY)

    assert left.pending
    assert "key" not in account.inputs
