"""What a model refuses, said with its place, the fact and the way out."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field

from compiler.diagnostics import Diagnostic, Place
from compiler.document import EMPTY, merge, read
from compiler.model import Day, Model, Version, invalid
from compiler.validation import explain_errors, validate


class Replica(Model):
    name: str
    weight: int = 1


class Storage(Model):
    type: Literal["gp3", "gp2", "standard"] = Field("gp3", description="The volume type.")
    size: int = Field(20, ge=5, le=100, description="Its size in GiB.")


class Ttl(Model):
    attribute: str


class Shop(Model):
    kind: Literal["shop"] = "shop"
    owner: str = Field(description="The team that is asked.", min_length=1)
    version: Version = "1"
    storage: Storage = Storage()
    replicas: list[Replica] = Field([], max_length=2)
    clients: dict[str, Replica] = Field({})
    names: dict[Annotated[str, Field(pattern="^[a-z]+$")], int] = Field({})
    multi_az: bool = False
    ratio: float = Field(0.5, gt=0, lt=1)
    days: Literal[7, 30] = 7
    until: Day | None = None
    tags: dict[str, str] = Field({})
    exports: list[str] = Field([])
    ttl: str | Ttl = ""
    sides: Ttl | Replica | None = None
    window_start: int = Field(0, alias="from")
    code: str = Field("aa", pattern="^a+$", description="The letters of the code.")


def explained(text: str) -> list[Diagnostic]:
    node = read("f.yaml", text.encode())
    _, error = validate(Shop, node)
    assert error is not None
    return explain_errors(error, node, Shop)


def only(text: str) -> Diagnostic:
    (found,) = explained(f"owner: me\n{text}")
    return found


def test_what_fits_becomes_the_model() -> None:
    value, error = validate(
        Shop, read("f.yaml", b"owner: me\nversion: 8.10\nfrom: 3\nuntil: 2027-01-31\nratio: .25\n")
    )
    assert error is None
    assert value is not None
    assert (value.version, value.window_start, value.ratio) == ("8.10", 3, 0.25)


@pytest.mark.parametrize(
    ("text", "rule", "place", "said"),
    [
        ("storage: {size: ten}", "spec/wrong-type", (2, 17), "storage.size is 'ten', not a whole number"),
        ("storage: {size: 1.50}", "spec/wrong-type", (2, 17), "storage.size is 1.50, not a whole number"),
        ("storage: {size: true}", "spec/wrong-type", (2, 17), "storage.size is true, not a whole number"),
        ("storage: {size: '10'}", "spec/wrong-type", (2, 17), "remove the quotes"),
        ("storage: gp3", "spec/wrong-type", (2, 10), "write its keys below it: type, size"),
        ("storage: [gp3]", "spec/wrong-type", (2, 10), "storage is a list, not a mapping"),
        ("tags: {a: 1}", "spec/wrong-type", (2, 11), "tags.a is 1, not a text; put it in quotes"),
        ("tags: {a: 1.10}", "spec/wrong-type", (2, 11), "tags.a is 1.10, not a text"),
        ("tags: {a.b: null}", "spec/wrong-type", (2, 13), 'tags["a.b"] is empty, not a text'),
        ("exports: error", "spec/wrong-type", (2, 10), "write it as a list: [error]"),
        ("exports: 'on: x'", "spec/wrong-type", (2, 10), "write it as a list: ['on: x']"),
        ("code: [a]", "spec/wrong-type", (2, 7), "write the value without brackets"),
        ("exports: [a, 2]", "spec/wrong-type", (2, 14), "exports[1] is 2, not a text"),
        ("multi_az: on", "spec/wrong-type", (2, 11), "multi_az is 'on', not true or false; write true"),
        ("multi_az: No", "spec/wrong-type", (2, 11), "write false"),
        ("multi_az: 1", "spec/wrong-type", (2, 11), "multi_az is 1, not true or false"),
        ("ratio: '0.5'", "spec/wrong-type", (2, 8), "ratio is '0.5', not a number; remove the quotes"),
        ("from: x", "spec/wrong-type", (2, 7), "from is 'x', not a whole number"),
        (
            "storage: {type: gp4}",
            "spec/wrong-value",
            (2, 17),
            "did you mean 'gp3'? write one of gp3, gp2, standard",
        ),
        (
            "storage: {type: x}",
            "spec/wrong-value",
            (2, 17),
            "storage.type is 'x', which is none of its values",
        ),
        ("days: 8", "spec/wrong-value", (2, 7), "write one of 7, 30"),
        ("days: '7'", "spec/wrong-value", (2, 7), "remove the quotes"),
        (
            "storage: {size: 4}",
            "spec/out-of-range",
            (2, 17),
            "storage.size is 4, less than 5; write 5 to 100",
        ),
        ("storage: {size: 101}", "spec/out-of-range", (2, 17), "101, more than 100; write 5 to 100"),
        (
            "ratio: 1",
            "spec/out-of-range",
            (2, 8),
            "ratio is 1, not less than 1; write less than 1 and more than 0",
        ),
        ("code: ''", "spec/wrong-format", (2, 7), "write the letters of the code"),
        ("names: {A: 1}", "spec/wrong-format", (2, 9), "the key 'A' does not match ^[a-z]+$"),
        (
            "replicas: [{name: a}, {name: b}, {name: c}]",
            "spec/wrong-length",
            (2, 11),
            "replicas has 3 entries",
        ),
        ("until: soon", "spec/date", (2, 8), "'soon' is not a date; write it as 2027-01-31"),
        ("ttl: 3", "spec/wrong-type", (2, 6), "ttl is 3, not a text or a mapping"),
        (
            "ttl: {atribute: x}",
            "spec/unknown-key",
            (2, 7),
            "ttl has no key `atribute`; did you mean `attribute`?",
        ),
        ("sides: {name: 3}", "spec/wrong-type", (2, 15), "sides.name is 3, not a text"),
        ("replicas: [{}]", "spec/missing-key", (2, 12), "replicas[0].name is missing; add `name:`"),
        ("clients:\n  api: {weight: 1}", "spec/missing-key", (3, 3), "clients.api.name is missing"),
        ("strage: {}", "spec/unknown-key", (2, 1), "there is no key `strage`; did you mean `storage`?"),
        (
            "storage: {typ: gp3}",
            "spec/unknown-key",
            (2, 11),
            "storage has no key `typ`; did you mean `type`?",
        ),
        (
            "clients: {a: {name: b, wight: 1}}",
            "spec/unknown-key",
            (2, 24),
            "clients.a has no key `wight`; did you",
        ),
        ("replicas: [{name: a, zzz: 1}]", "spec/unknown-key", (2, 22), "its keys are name, weight"),
        ("size: 10", "spec/unknown-key", (2, 1), "write it as `storage.size`"),
        ("weight: x", "spec/unknown-key", (2, 1), "write it as `sides.weight`"),
        ("fro: 1", "spec/unknown-key", (2, 1), "did you mean `from`?"),
        ("kind: shop\nallocated_storage: 10", "spec/unknown-key", (3, 1), "write `storage.allocated_gib`"),
        ("window_start: 1", "spec/unknown-key", (2, 1), "there is no key `window_start`"),
    ],
)
def test_each_mistake_is_said_at_its_place(text: str, rule: str, place: tuple[int, int], said: str) -> None:
    found = only(text)
    assert (found.rule, found.at and found.at[1:]) == (rule, place)
    assert said in found.words


def test_all_mistakes_are_said_at_once() -> None:
    found = explained("storge: {}\nmulti_az: on\nstorage: {type: x, size: 0, z: 1}\n")
    assert sorted(each.rule for each in found) == [
        "spec/missing-key",
        "spec/out-of-range",
        "spec/unknown-key",
        "spec/unknown-key",
        "spec/wrong-type",
        "spec/wrong-value",
    ]


def test_a_misspelt_key_is_not_missing_too() -> None:
    (found,) = explained("onwer: me\n")
    assert found.message == "there is no key `onwer`; did you mean `owner`?"


def test_a_missing_key_stands_where_its_mapping_does_and_says_what_it_is_for() -> None:
    (found,) = explained("# a comment\nkind: shop\n")
    assert found.at == Place("f.yaml", 2, 1)
    assert found.words == "owner is missing; add `owner:`, the team that is asked"


def test_a_value_from_a_lower_layer_is_blamed_where_it_stands() -> None:
    lower = read("environment.yaml", b"storage:\n  size: 1\n")
    node = merge(merge(EMPTY, lower), read("orders.yaml", b"owner: me\nstorage: {type: gp3}\n"))
    _, error = validate(Shop, node)
    assert error is not None
    (found,) = explain_errors(error, node, Shop)
    assert found.at == Place("environment.yaml", 2, 9)


def test_a_check_of_our_own_gives_its_rule_and_its_way_out_even_with_braces_in_it() -> None:
    def taken(value: str) -> str:
        raise invalid("shop/name", f"{value!r} is taken", "choose {another}")

    class Named(Model):
        name: Annotated[str, AfterValidator(taken)]

    node = read("f.yaml", b"name: '{x}'\n")
    _, error = validate(Named, node)
    assert error is not None
    (found,) = explain_errors(error, node, Named)
    assert (found.rule, found.words) == ("shop/name", "'{x}' is taken; choose {another}")


def test_ten_thousand_unknown_keys_are_all_told() -> None:
    text = "owner: me\n" + "".join(f"owne{number}: 1\n" for number in range(10_000))
    assert len(explained(text)) == 10_000


def test_a_message_never_carries_what_a_terminal_would_obey() -> None:
    for text in ('"\\e[31mx": 1', 'tags: {a: "\\e[31m"}\ncode: "\\e]0;x\\a"', 'days: "\\e[2J"'):
        for found in explained(f"owner: me\n{text}"):
            assert found.words.isprintable()
