"""How one resource type behaves, as a literal: its names, what AWS adds to it, refuses and replaces."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any, Final, TypeAlias

from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing, Values, World, token


class _Unknown(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = _Unknown.UNKNOWN  # a value that a preview cannot know yet


@dataclass(frozen=True, slots=True)
class Step:
    """A thing being made (`old` is None) or changed; `inputs` are complete with the provider's defaults."""

    world: World
    region: str
    inputs: Values
    seed: str
    old: Thing | None = None

    def get(self, name: str) -> Any:
        """An input; None where it is missing or not known."""
        value = self.inputs.get(name)
        return None if value is UNKNOWN else value

    def kept(self, name: str, otherwise: Callable[[], Any] | Any = None) -> Any:
        """What the thing had before, else what AWS chooses now."""
        if self.old is not None and name in self.old.attributes:
            return self.old.attributes[name]
        return otherwise() if callable(otherwise) else otherwise

    def was(self, name: str) -> Any:
        """What the thing has until this step; None where it is only being made."""
        return self.old.attributes.get(name) if self.old else None

    def changes(self, name: str) -> bool:
        """Whether this step sets an input to something else; false while a thing is being made."""
        return self.old is not None and self.get(name) is not None and self.get(name) != self.was(name)

    def token(self, purpose: str, length: int, alphabet: str = "0123456789abcdef") -> str:
        """Random-looking text, the same whenever the same thing is made in the same account."""
        return token(f"{self.seed}|{purpose}", length, alphabet)

    def find(self, type: str, handle: Any) -> Thing | None:
        """What an input means by this name, ARN or id."""
        return self.world.find((type,), self.region, handle)


Rule: TypeAlias = Callable[[Step], None]
Make: TypeAlias = Callable[[str, Values], None]


class Hold(Enum):
    """What a reference means for the life of what it refers to."""

    NEEDS = "needs"  # must exist when it is named
    USES = "uses"  # and cannot be deleted meanwhile
    PARENT = "parent"  # and takes this thing along when it goes


@dataclass(frozen=True, slots=True)
class Reference:
    """An input that names something which must exist.

    `input` is a dotted route; lists on the way mean each of their items. `builtin` is a prefix of names that AWS
    itself offers. `code` and `message` are the refusal, `{value}` in it the name that means nothing.
    """

    input: str
    types: tuple[str, ...]
    hold: Hold
    code: str
    message: str
    builtin: tuple[str, ...] = ()

    def refusal(self, value: Any) -> AwsError:
        """The error where nothing is called so."""
        return AwsError(self.code, self.message.format(value=value))


@dataclass(frozen=True, slots=True)
class Says:
    """A refusal that is always the same but for the thing: `{name}`, `{users}`."""

    code: str
    message: str

    def of(self, **words: str) -> AwsError:
        """The error to be raised."""
        return AwsError(self.code, self.message.format(**words))


def _removed_at_once(world: World, thing: Thing, inputs: Values) -> timedelta | None:  # noqa: ARG001
    return timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One resource type. Inputs and outputs have pulumi_aws's names, routes are dotted (`s3_import.bucket_name`)."""

    # What the provider calls it in its errors.
    noun: str
    # What AWS adds, `id` among it, and inputs that AWS chooses.
    outputs: Callable[[Step], dict[str, Any]]
    # Outputs that other things decide, at the time of reading.
    live: Callable[[World, Thing], Values] | None = None
    # Lives in the engine's state only.
    stateless: bool = False
    regional: bool = True

    # Inputs that tell things of this type in one region apart.
    identity: tuple[str, ...] = ()
    # The refusal where that exists already; without it the second one overwrites the first.
    taken: Says | None = None
    # The refusal where that exists and is scheduled for deletion.
    leaving: Says | None = None
    # Outputs by which others may refer to it, besides id and ARN.
    handles: tuple[str, ...] = ()
    # The input that the provider makes up where it is missing.
    name: str = ""
    # Whether the provider deletes the old one first where a person chose that name.
    deletes_before_replacing: bool = True

    # What the provider fills in; of the items of a list by dotted route.
    defaults: Values = field(default_factory=dict)
    # AWS chooses these where nobody does: taking one away changes nothing.
    chosen: frozenset[str] = frozenset()
    # Lists whose order means nothing.
    sets: frozenset[str] = frozenset()
    # JSON texts, equal where what they say is.
    documents: frozenset[str] = frozenset()
    # Inputs that AWS never tells again, and what an import assumes of them.
    unread: frozenset[str] = frozenset()
    imported: Values = field(default_factory=dict)

    # What an input may be, before AWS is asked.
    choices: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    ranges: Mapping[str, range] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    # At most one of each may be given.
    exclusive: tuple[tuple[str, ...], ...] = ()

    # Inputs whose difference the provider overlooks, for all inputs before and after.
    overlooks: Callable[[Values, Values], frozenset[str]] | None = None
    # Inputs whose change makes another thing of it.
    replaces: frozenset[str] = frozenset()
    # What does so for some values only: for the inputs before and after, the one that does, "" where none.
    replaces_when: tuple[Callable[[Values, Values], str], ...] = ()
    references: tuple[Reference, ...] = ()
    # Each raises AwsError where AWS would refuse; they run when a thing is made and when it is changed.
    rules: tuple[Rule, ...] = ()
    # Changed inputs that wait for the maintenance window.
    waits: Callable[[Step], frozenset[str]] | None = None
    # What else happens once it is made or changed.
    effects: tuple[Callable[[Step, Thing, Make], None], ...] = ()
    # The refusal where something uses it; without it AWS deletes it all the same.
    in_use: Says | None = None
    # May refuse; how long AWS still keeps it; None where nothing is deleted at all. The inputs are those that the
    # provider remembers, which AWS may not.
    deletes: Callable[[World, Thing, Values], timedelta | None] = _removed_at_once


def replacing(declared: Declaration) -> frozenset[str]:
    """Every input that replaces, the region among them: nothing moves from one to another."""
    return declared.replaces | {"region"} if declared.regional else declared.replaces


def values_at(values: Any, route: str) -> Iterator[Any]:
    """Everything at a dotted route, in each item of each list on the way; nothing where the way ends early."""
    if isinstance(values, list):
        for item in values:
            yield from values_at(item, route)
        return
    if not route:
        if values is not None:
            yield values
        return
    step, _, rest = route.partition(".")
    if isinstance(values, Mapping) and step in values:
        yield from values_at(values[step], rest)


def identity_of(declaration: Declaration, inputs: Values) -> str:
    """The identity as text, "" where the type has none."""
    return json.dumps([inputs.get(name) for name in declaration.identity]) if declaration.identity else ""
