"""A place to try everything in: a repository with these specs, a forge beside it, and two people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.forge.local.forge import LocalForge
from bot.requests import edit
from bot.requests.edit import UneditableError
from compiler.route import Route
from compiler.source import WorkTree

BOT = "dbspec[bot]"
ASKER, REVIEWER = "ada", "grace"
PEOPLE = {ASKER: "U0ADA", REVIEWER: "U0GRACE"}
"""Who plays, and as whom the chat knows them."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """`clone` is where jobs work: a clone of the forge's repository."""

    root: Path
    forge: LocalForge

    @property
    def clone(self) -> Path:
        return self.root / "clone"

    @property
    def database(self) -> str:
        return f"sqlite:///{(self.root / 'bot.db').absolute()}"


def scratch(root: Path, specs: Path) -> Scratch:
    """The one in that folder, or a new one with a copy of these specs. Raises UserError where they cannot be read."""
    root.mkdir(parents=True, exist_ok=True)
    forge = LocalForge.create(root / "forge")
    made = Scratch(root, forge)
    if forge.repository.tip("refs/heads/main") is None:
        files = {f"specs/{each.path}": each.data for each in WorkTree(specs).files() if not each.link}
        forge.contributor(ASKER).commit("main", _peopled(files, forge), "Begin with the specs as they are")
    if not made.clone.exists():
        from git import Repo

        Repo.clone_from(forge.url, made.clone).close()
    return made


def _peopled(files: Mapping[str, bytes], forge: LocalForge) -> dict[str, str | bytes | None]:
    """The files with two people in every team, of whom one has to approve what the other asks for."""
    changed: dict[str, str | bytes | None] = dict(files)
    for path, data in files.items():
        name = path.removeprefix("specs/")
        if name == "people.yaml":
            changed[path] = _with(data, _users(data, forge))
        elif name.count("/") == 1 and name.endswith("/environment.yaml"):
            changed[path] = _with(data, {("approvals",): 1})
    return changed


def _users(data: bytes, forge: LocalForge) -> dict[Route, object]:
    from compiler import document

    said = document.plain(document.read("people.yaml", data))
    answers: dict[Route, object] = {}
    for name, slack in PEOPLE.items():
        account = forge.store.account(name)
        answers["users", name] = {"slack": slack, "github": {"id": account.id, "login": account.login}}
    for team in said.get("teams", {}):
        answers["teams", team, "members"] = list(PEOPLE)
    return answers


def _with(data: bytes, answers: Mapping[Route, object]) -> bytes:
    try:
        return edit.edited(data.decode(), answers).encode()
    except UneditableError:
        return data
