"""Why the engine failed, in the words of whoever refused, without secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from compiler.engine.events import Events, name_of, type_name
from compiler.engine.halt import HaltError
from compiler.engine.process import DeadlineError
from compiler.engine.scrub import Scrubber
from compiler.engine.workspace import Workspace
from compiler.report import Failure

_HOLDER = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")
_TYPE_IN_URN = -2
_FOLLOWS = ("expected resource operations for ", "update canceled", "preview canceled")
_CUT_SHORT = Failure("it ended before everything was done; what is left is for the next run")

# What the engine says, and what that means here.
_MEANS = {
    "previously-imported resources that still specify an ID may not be replaced": "an interrupted run made it as "
    "the spec was then, and the spec now asks for another one: apply it once as it was, then change it",
}


def failures(
    error: Exception, events: Events, scrubber: Scrubber, workspace: Workspace
) -> tuple[Failure, ...]:
    """What to tell of that error. The state's secrets are learnt first: an error may quote any of them."""
    with suppress(CommandError, HaltError, DeadlineError, ValueError, KeyError):
        scrubber.learn_state(workspace.deployment(secrets=True))
    found = dict.fromkeys(_told(events)) or dict.fromkeys(_said(error))
    # That it was cancelled, or that what a plan expected was prevented, is not news.
    causes = [each for each in found if not each.message.startswith(_FOLLOWS)]
    if isinstance(error, DeadlineError):
        causes = [*_said(error), *causes]
    return tuple(
        Failure(scrubber.clean(each.message), each.resource, each.type)
        for each in sorted(causes or [_CUT_SHORT], key=lambda each: (each.resource, each.message))
    )


def silent(error: Exception, events: Events) -> bool:
    """Whether the CLI failed without a word, as it does after an output changed that was not in the plan."""
    return type(error) is CommandError and not list(_told(events)) and not _stderr(error)


def holders(error: ConcurrentUpdateError) -> tuple[tuple[str, int, str], ...]:
    """Host, process and time (RFC 3339) of everybody who has locked the stack."""
    return tuple((host, int(pid), at) for _, host, pid, at in _HOLDER.findall(str(error)))


def _told(events: Events) -> Iterator[Failure]:
    for each in events.diagnostics:
        if each.severity != "error":
            continue
        urn = each.urn or ""
        of_resource = bool(urn) and "::pulumi:pulumi:Stack::" not in urn
        message = _tidy(each.message)
        if of_resource:
            token = urn.split("::")[_TYPE_IN_URN].rpartition("$")[2]
            yield Failure(message, name_of(urn), type_name(token))
        elif message not in ("update failed", "preview failed", "destroy failed", "refresh failed"):
            yield Failure(message)


def _said(error: Exception) -> Iterator[Failure]:
    match error:
        case ConcurrentUpdateError():
            others = ", ".join(f"process {pid} on {host} since {at}" for host, pid, at in holders(error))
            yield Failure(
                f"another Pulumi run works on this stack ({others}); let it end, or run `pulumi cancel`"
            )
        case StackNotFoundError():
            yield Failure(
                "the record says that it was applied, and the backend has no such stack; put the state back, or "
                "delete the record to make everything anew"
            )
        case CommandError():
            yield Failure(_tidy(_stderr(error)) or "the Pulumi CLI failed and said nothing")
        case DeadlineError():
            yield Failure("the deadline passed; the running step was finished where it could be")
        case HaltError():
            yield Failure("interrupted")


def _stderr(error: Exception) -> str:
    return str(error).partition("\n stderr: ")[2].strip()


def _tidy(message: str) -> str:
    """Without what the engine wraps around it; AWS's own words stay as they are."""
    text = re.sub(r"^error: ", "", message.strip())
    text = re.sub(r"^(an unhandled error occurred: )?(python inline source runtime error: )?", "", text)
    text = re.sub(r"^\d+ errors? occurred:\s+\* ", "", text)
    for words, meaning in _MEANS.items():
        if words in text:
            return meaning
    # A program's error comes with its traceback, which is for --debug.
    return text.partition("\nTraceback (most recent call last)")[0].strip()
