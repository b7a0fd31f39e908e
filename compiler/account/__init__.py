"""What Pulumi cannot answer: whose account this is, what exists in it, which change still waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol


class Account(Protocol):
    """An AWS account, real or simulated. Types are short tokens, inputs have pulumi_aws's names."""

    def identity(self) -> str:
        """The account's number; UserError where nobody is logged in."""

    def find(
        self, type: str, stack: str, resource: str, inputs: Mapping[str, Any], known: Collection[str] = ()
    ) -> str | None:
        """The import id of what was made for that resource of that stack, going by our tags.

        `inputs` are those that are known; what has one of the ids in `known` (the ones in the state) is left out.
        None where there is nothing, or where making it again makes no second one. UserError where it cannot be
        told: what has that name and not our tags is somebody else's, and never taken.
        """

    def backup(self, type: str, id: str, name: str) -> None:
        """Takes a backup of a table under that name, and returns once it is there.

        UserError where it does not get there while anybody waits.
        """

    def pending(self, type: str, id: str) -> Mapping[str, Any]:
        """The inputs that AWS has accepted and will apply by itself, in a window.

        `parameters` is `pending-reboot` where only a reboot will.
        """

    def start(self, type: str, id: str) -> bool:
        """Starts what is stopped and returns once it can be changed; whether it had to.

        UserError where it does not get there while anybody waits.
        """
