"""What is asked when something is looked for in an account, and what may be the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from compiler.account.session import code


class NamelessError(Exception):
    """The input that names a thing is not known."""


@dataclass(frozen=True, slots=True)
class Question:
    """`client(service)` is a boto3 client of the right region; `tags` are those that make a thing ours.

    `known` are the ids that the state has.
    """

    client: Callable[[str], Any]
    inputs: Mapping[str, Any]
    tags: Mapping[str, str]
    known: frozenset[str]

    def text(self, input: str) -> str:
        """An input as text, empty where it is not known."""
        value = self.inputs.get(input)
        return value if isinstance(value, str) else ""

    def name(self, input: str) -> str:
        """An input by which AWS is asked. NamelessError where it is not known: AWS would answer with everything."""
        if value := self.text(input):
            return value
        raise NamelessError(input)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be the thing: `ids` are all by which a state may know it.

    `busy` says what AWS is still doing with it (`creating`), empty where it can be imported.
    """

    import_id: str
    tags: Mapping[str, str]
    ids: frozenset[str]
    busy: str = ""


Lookup: TypeAlias = Callable[[Question], Iterable[Candidate]]


def same_stack(question: Question, tags: Mapping[str, str]) -> bool:
    return tags.get("dbspec:stack") == question.tags["dbspec:stack"]


def or_none(missing: str, ask: Callable[..., Any], **arguments: str) -> Any:
    """The answer, None where AWS says that there is no such thing; RDS ends some of its codes in Fault."""
    from botocore.exceptions import ClientError

    try:
        return ask(**arguments)
    except ClientError as error:
        if code(error).removesuffix("Fault") == missing:
            return None
        raise


def tags(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """RDS, EC2, IAM and others say Key and Value, KMS says TagKey and TagValue."""
    return {
        each.get("Key", each.get("TagKey", "")): each.get("Value", each.get("TagValue", ""))
        for each in listed
    }


def by_tags(question: Question) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{name}", "Values": [value]} for name, value in question.tags.items()]


def by(values: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"Name": name, "Values": [value]} for name, value in values.items() if value]
