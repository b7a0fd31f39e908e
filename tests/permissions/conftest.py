"""Specs as text, read into catalogs without a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from compiler import catalog
from compiler.catalog import Catalog
from compiler.source import File

PEOPLE = """\
teams:
  checkout: {members: [ada, alan]}
  identity: {members: [grace]}
  platform: {members: [barbara, edsger]}
users:
  ada: {slack: U0ADA, github: {id: 1, login: ada}}
  alan: {slack: U0ALAN, github: {id: 2, login: alan}}
  grace: {slack: U0GRACE, github: {id: 3, login: grace}}
  barbara: {slack: U0BARBARA, github: {id: 4, login: barbara}}
  edsger: {slack: U0EDSGER, github: {id: 5, login: edsger}}
  donald: {slack: U0DONALD}
grants:
  "*":
    request: [owner, platform]
    change: [owner, platform]
    remove: [owner, platform]
    retry: [owner, platform]
  prod:
    waive: [platform]
    emergency: [barbara]
"""
ENVIRONMENT = 'tier: production\nedition: "2026.11"\nregion: ap-northeast-2\ntarget: sandbox\napprovals: 1\n'
ORDERS = "kind: mysql\nproject: ecommerce\nowner: checkout\ndatabase_name: orders\n"
SESSIONS = "kind: dynamodb\nproject: ecommerce\nowner: identity\nattributes: {id: S}\nhash_key: id\n"

FILES = {
    "people.yaml": PEOPLE,
    "dev/environment.yaml": ENVIRONMENT.replace("production", "development").replace("approvals: 1\n", ""),
    "dev/orders.yaml": ORDERS,
    "prod/environment.yaml": ENVIRONMENT,
    "prod/orders.yaml": ORDERS,
    "prod/sessions.yaml": SESSIONS,
}


@dataclass(frozen=True)
class Texts:
    """A specs folder that is nowhere."""

    texts: Mapping[str, str]

    @property
    def name(self) -> str:
        return "specs"

    def files(self) -> Iterator[File]:
        for path, text in sorted(self.texts.items()):
            yield File(path, f"specs/{path}", text.encode())


Change = str | tuple[str, str] | None
Specs = Callable[..., Catalog]


@pytest.fixture(scope="session")
def specs() -> Specs:
    """The catalog of FILES with some of them different.

    A pair replaces a part of a file, a text is a whole file, None takes one out.
    """

    def load(changes: Mapping[str, Change] | None = None, *, wrong: bool = False) -> Catalog:
        texts = dict(FILES)
        for path, change in (changes or {}).items():
            if change is None:
                del texts[path]
            elif isinstance(change, str):
                texts[path] = change
            else:
                old, new = change
                assert old in texts[path], old
                texts[path] = texts[path].replace(old, new)
        found = catalog.load(Texts(texts))
        return found if wrong else found.checked()

    return load
