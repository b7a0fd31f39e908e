"""No secret in any text that leaves the engine."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiler.changes import SECRET, Op
from compiler.engine import apply as applying
from compiler.engine.program import program
from compiler.engine.scrub import HIDDEN, Scrubber
from compiler.graph import Concat, Ref, Stack
from compiler.render import report as rendered
from compiler.report import Ending, Report, to_data

if TYPE_CHECKING:
    from conftest import Room

Database = Callable[..., Stack]


def _go_quoted(text: str) -> str:
    """As Go's %q writes it, and JSON does not."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\x01": "\\x01", "\a": "\\a"}
    return '"' + "".join(escapes.get(each, each) for each in text) + '"'


def _go_json(text: str) -> str:
    """As Go's encoding/json writes it, which escapes for HTML."""
    written = json.dumps(text, ensure_ascii=False)
    for each in "<>&":
        written = written.replace(each, f"\\u00{ord(each):02x}")
    return written


QUOTINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "%q": _go_quoted,
    "go json": _go_json,
    "json": json.dumps,
}


@given(
    secret=st.text(
        alphabet=string.ascii_letters + string.digits + '"\\<>&%+/= \n\té€😀\x01{}$.', min_size=4, max_size=20
    ),
    quotings=st.lists(st.sampled_from(sorted(QUOTINGS)), min_size=1, max_size=3),
)
def test_a_secret_is_found_however_it_is_quoted(secret: str, quotings: list[str]) -> None:
    scrubber = Scrubber()
    scrubber.learn(secret)
    quoted = secret
    for each in quotings:
        quoted = QUOTINGS[each](quoted)

    cleaned = scrubber.clean(f"InvalidParameterValue: {quoted} is not valid")

    assert HIDDEN in cleaned
    assert cleaned.startswith("InvalidParameterValue: ")
    assert cleaned.endswith(" is not valid")
    assert len(cleaned) <= len("InvalidParameterValue:  is not valid") + len(HIDDEN) + 20


@pytest.mark.parametrize("quote", QUOTINGS.values(), ids=QUOTINGS)
def test_what_aws_says_of_a_password_is_told_without_it(
    room: Room, database: Database, quote: Callable[[str], str]
) -> None:
    room.apply(database())
    password = room.password("dev.orders")
    room.account.fault(
        "aws:rds:Instance", phase="update", message=f"InvalidParameterValue: {quote(password)} is weak"
    )

    report = room.apply(database(instance={"instance_class": "db.t4g.small"}))

    assert report.outcome.ending is Ending.FAILED
    (failure,) = report.outcome.failures
    assert "InvalidParameterValue" in failure.message
    assert f"{HIDDEN}" in failure.message
    _is_nowhere(password, report, room)


def test_what_is_made_of_a_secret_is_one(room: Room, database: Database) -> None:
    room.apply(database())
    password = room.password("dev.orders")
    nested = json.dumps(json.dumps({"username": "dbadmin", "password": password}))
    room.account.fault("aws:rds:Instance", phase="update", message=f"operation error: body {nested}")

    report = room.apply(database(instance={"instance_class": "db.t4g.small"}))

    assert "dbadmin" in report.outcome.failures[0].message
    _is_nowhere(password, report, room)


def test_a_plan_that_is_violated_shows_neither_the_old_nor_the_new_secret(
    room: Room, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.apply(database())
    planned, another = 'correct "horse"', "battery <staple>"
    prefixes = [planned, another]

    def changing(stack: Stack, *rest: Any) -> Callable[[], None]:
        """A program with one password when it is previewed and another when it is applied."""
        secret = Concat((prefixes.pop(0), Ref("password", "result")))
        instance = stack.resource("instance")
        changed = replace(instance, inputs={**instance.inputs, "password": secret})
        resources = tuple(changed if each is instance else each for each in stack.resources)
        return program(replace(stack, resources=resources), *rest)

    monkeypatch.setattr(applying, "program", changing)

    report = room.apply(database())

    assert report.outcome.ending is Ending.FAILED
    (violation,) = [each for each in report.outcome.failures if "violates plan" in each.message]
    assert violation.resource == "instance"
    assert f"~~password[{{&{{{{{HIDDEN}}}}}}}!={{&{{{{{HIDDEN}}}}}}}]" in violation.message
    for secret in (room.password("dev.orders"), planned, another, '"horse"', "<staple>"):
        _is_nowhere(secret, report, room)


def test_a_changed_secret_is_shown_as_one(room: Room, database: Database) -> None:
    room.apply(database())

    stack = database()
    longer = replace(stack.resource("password"), inputs={"length": 40, "special": False})
    resources = tuple(longer if each.name == "password" else each for each in stack.resources)
    report = room.preview(replace(stack, resources=resources))

    changed = {each.resource: each for each in report.changes}
    assert changed["password"].op is Op.REPLACE
    (password,) = [each for each in changed["instance"].properties if each.route == ("password",)]
    assert password.before == SECRET
    _is_nowhere(room.password("dev.orders"), report, room)


def _is_nowhere(secret: str, report: Report, room: Room) -> None:
    """Not in what is printed, nor in what is kept outside the state."""
    texts = [json.dumps(to_data([report]), ensure_ascii=False), rendered.text([report]), repr(report)]
    applied = room.place / "state" / ".dbspec" / "applied"
    texts += [each.read_text() for each in applied.iterdir()]
    texts += [each.read_text() for each in (room.place / "state" / ".pulumi").rglob("*.json")]
    for text in texts:
        for quote in QUOTINGS.values():
            assert quote(secret).strip('"') not in text
