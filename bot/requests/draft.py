"""What a request would write, what is wrong with it, and what it means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from bot import authority
from bot.approval import approving
from bot.authority import needs
from bot.permissions import Principal, user_of
from bot.requests import edit, join
from bot.requests.edit import UneditableError
from bot.requests.request import Intent, Request
from compiler import catalog, compilation, document, edition, kinds, route
from compiler.catalog import Catalog, Database, Environment
from compiler.controls import Judgement
from compiler.controls.control import Level
from compiler.controls.verdict import Verdict
from compiler.cost import Delta
from compiler.diagnostics import Diagnostic, Place, Severity
from compiler.difference import HEAD, difference
from compiler.document import Node
from compiler.environment import layers
from compiler.parts import names
from compiler.report import Report
from compiler.route import Route
from compiler.source import File
from compiler.validation import validate

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class Problem(NamedTuple):
    """What is wrong at one key of the answers, a route such as `storage.allocated_gib`; "" for the whole."""

    key: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.message}; {self.fix}" if self.fix else self.message


@dataclass(frozen=True, slots=True)
class Draft:
    """A file before and after, None where it is not there; `path` is from the repository's top.

    `base` is the commit of main that it was drafted on. `problems` keep it from being carried out, `notes` do not.
    `reports` are the stacks that differ, `cost` what is added a month. `refused` and `waived` are the controls that
    stop the database and those that somebody accepted. `approvers` are the users of people.yaml who may approve,
    without whoever asked, `approvals` how many of them must.
    """

    path: str
    before: bytes | None
    after: bytes | None
    base: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    reports: tuple[Report, ...] = ()
    cost: Delta | None = None
    refused: tuple[Judgement, ...] = ()
    waived: tuple[Judgement, ...] = ()
    approvers: tuple[str, ...] = ()
    approvals: int = 0


class Main(NamedTuple):
    """The specs as they are on main: `folder` is theirs from the repository's top, `files` what is in it."""

    sha: str
    folder: str
    files: Sequence[File]
    catalog: Catalog

    def path(self, inside: str) -> str:
        """A file of the folder, from the repository's top."""
        return inside if self.folder == "." else f"{self.folder}/{inside}"


def draft(request: Request, main: Main, today: date, *, gone: bool = False) -> Draft:
    """The request as a change of one file; whatever speaks against it is in `problems`.

    `gone` tells that the database was destroyed, so that a decommissioned one's file can be removed.
    """
    empty = Draft("", None, None, main.sha)
    try:
        path, after = _written(request, main, gone=gone)
    except _RefusedError as error:
        return replace(empty, problems=(error.problem,))
    before = main.catalog.texts.get(path)
    made = replace(empty, path=path, before=before, after=after)
    if before == after:
        return replace(made, problems=(Problem("", "this changes nothing", "answer something else"),))
    return _judged(made, request, main, today)


def defaults(environment: Environment, kind: str) -> Mapping[str, Any]:
    """What a database of this kind has in an environment where its spec says nothing: edition, then environment."""
    named = kinds.named(kind)
    base = edition.defaults(named.package, *layers.edition_and_tier(environment.node))
    over = document.plain(environment.node).get("defaults", {}).get(kind)
    if not over:
        return dict(document.plain(base))
    node = environment.node
    for step in ("defaults", kind):
        assert isinstance(node.value, dict)
        node = node.value[step]
    return dict(document.plain(document.merge(base, node)))


class _RefusedError(Exception):
    def __init__(self, message: str, fix: str = "", key: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(key, message, fix)


def _written(request: Request, main: Main, *, gone: bool) -> tuple[str, bytes | None]:
    """The path of the file and what it is to hold."""
    if request.action is Intent.JOIN:
        path = main.path("people.yaml")
        text = (main.catalog.texts.get(path) or b"").decode()
        try:
            return path, join.joined(text, main.catalog.people, request).encode()
        except join.RefusedError as error:
            raise _RefusedError(str(error), error.fix) from error
        except UneditableError as error:
            raise _RefusedError(str(error)) from error
    environment = main.catalog.environments.get(request.environment)
    if environment is None:
        raise _RefusedError(
            f"there is no environment {request.environment!r}",
            f"name one of {', '.join(main.catalog.environments)}",
        )
    if request.action is Intent.REQUEST:
        try:
            return _new(request, main, environment)
        except UneditableError as error:
            raise _RefusedError(str(error)) from error
    path = _path(request, main)
    database = main.catalog.databases.get(request.target)
    answers = {_route(key): value for key, value in request.answers.items()}
    if request.action is Intent.REMOVE:
        if database is None:
            raise _RefusedError(f"{path} says something wrong", "mend it first")
        if environment.spec.tier == "development" or (database.spec.decommission and gone):
            return path, None
        if database.spec.decommission:
            raise _RefusedError(
                f"{request.target} is decommissioned, and still there",
                "ask again once that has been applied",
            )
        answers = _decommission(request, database) | answers
    try:
        return path, edit.edited(main.catalog.texts[path].decode(), answers).encode()
    except UneditableError as error:
        raise _RefusedError(str(error)) from error


def _new(request: Request, main: Main, environment: Environment) -> tuple[str, bytes]:
    name = request.target.partition("/")[2]
    if name == "environment" or not _NAME.fullmatch(name):
        raise _RefusedError(
            f"{name!r} cannot name a database",
            "use lower-case letters, digits and single hyphens, a letter first",
        )
    if (there := _found(request.target, main)) is not None:
        raise _RefusedError(f"{request.target} is there already, in {there}", "choose another name")
    if request.kind not in kinds.KINDS:
        raise _RefusedError(f"there is no kind {request.kind!r}", f"name one of {', '.join(kinds.KINDS)}")
    model = kinds.named(request.kind).spec
    unsaid = {
        name: field.get_default() for name, field in model.model_fields.items() if not field.is_required()
    }
    known: dict[str, Any] = {**unsaid, **defaults(environment, request.kind)}
    said: dict[str, Any] = {"kind": request.kind}
    for key, value in request.answers.items():
        at = _route(key)
        if value is not None and value != _at(known, at):
            _put(said, at, value)
    path = main.path(f"{environment.name}/{name}.yaml")
    return path, edit.written(_ordered(said, list(model.model_fields))).encode()


def _route(key: str) -> Route:
    try:
        at = route.parse(key)
    except ValueError:
        at = ()
    if not at or not all(isinstance(step, str) for step in at):
        raise _RefusedError(f"{key!r} names no key of a spec", "write it as storage.allocated_gib", key)
    return at


def _at(data: Mapping[str, Any], at: Route) -> Any:
    value: Any = data
    for step in at:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _put(data: dict[str, Any], at: Route, value: Any) -> None:
    *above, last = map(str, at)
    for step in above:
        data = data.setdefault(step, {})
        if not isinstance(data, dict):
            raise _RefusedError(f"`{step}` is answered twice", "answer it once", route.text(at))
    data[last] = value


def _ordered(data: Mapping[str, Any], order: Sequence[str]) -> dict[str, Any]:
    """In the order in which the model has its keys; keys that it has not, last."""
    known = {key: data[key] for key in order if key in data}
    return known | {key: value for key, value in data.items() if key not in known}


def _path(request: Request, main: Main) -> str:
    found = _found(request.target, main)
    if found is None:
        raise _RefusedError(f"there is no database {request.target}", "ask for it, or name another")
    return found


def _found(target: str, main: Main) -> str | None:
    """The file of a database, readable or not."""
    environment, _, name = target.partition("/")
    known = main.catalog.databases.get(target)
    if known:
        return known.path
    for file in main.files:
        folder, _, rest = file.path.partition("/")
        if folder == environment and rest.rsplit("/", 1)[-1] == f"{name}.yaml" and name != "environment":
            return file.shown
    return None


def _decommission(request: Request, database: Database[Any]) -> dict[Route, Any]:
    if not request.reason.strip():
        raise _RefusedError("nobody said why it goes", "give a reason", "decommission.reason")
    return {
        ("decommission", "reason"): request.reason.strip(),
        ("decommission", "final_snapshot"): f"{names.identifier(database)}-final",
    }


def _judged(made: Draft, request: Request, main: Main, today: date) -> Draft:
    head = catalog.load(Edited(main, made.path, made.after))
    database = head.databases.get(request.target)
    wrong = list(_wrong(main.catalog, head, made.path))
    known = list(head.environments.values())
    if database:
        wrong += compilation.problems([], [database], today, known)
    node = _read(made.path, made.after)
    problems = [_problem(each, made.path, node) for each in wrong if _stops(each)]
    notes = [each.words for each in wrong if not _stops(each)]
    found = difference(main.catalog, head, [request.target]) if _compares(request, main, head) else None
    if found:
        problems += [_problem(each, made.path, node) for each in found.wrong[HEAD]]
    wanted = needs(main.catalog, head, today)
    asker = user_of(main.catalog.people, Principal(slack=request.by))
    notes += [each.words for each in authority.problems(wanted, main.catalog.people, head.people)]
    reports = found.reports if found else ()
    problems += [_problem(each, made.path, node) for report in reports for each in report.refusals]
    judged = next(compilation.judged([], [database], today, known)).judgements if database else ()
    return replace(
        made,
        problems=tuple(dict.fromkeys(problems)),
        notes=tuple(dict.fromkeys(notes)),
        reports=reports,
        cost=next((each.cost for each in reports if each.cost is not None), None),
        refused=tuple(each for each in judged if each.verdict is Verdict.UNMET and each.level is Level.ERROR),
        waived=tuple(each for each in judged if each.verdict is Verdict.WAIVED),
        approvers=tuple(
            each for each in approving(wanted, main.catalog.people, head.people) if each != asker
        ),
        approvals=max((each.count for each in wanted), default=0),
    )


class Edited:
    """The specs of main with one file as it is to be."""

    def __init__(self, main: Main, path: str, data: bytes | None) -> None:
        self.main = main
        self.path = path
        self.data = data

    @property
    def name(self) -> str:
        return self.main.folder

    def files(self) -> Iterator[File]:
        files = {each.shown: each for each in self.main.files if each.shown != self.path}
        if self.data is not None:
            files[self.path] = File(self.path.removeprefix(f"{self.main.folder}/"), self.path, self.data)
        yield from sorted(files.values(), key=lambda each: each.path)


def _stops(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity is Severity.ERROR


def _wrong(base: Catalog, head: Catalog, path: str) -> Iterator[Diagnostic]:
    """What is wrong in the file, and what is wrong elsewhere only because of it."""
    before = Counter(_apart(each) for each in base.diagnostics)
    for each in head.diagnostics:
        if each.at and each.at.path == path:
            yield each
        elif before[_apart(each)]:
            before[_apart(each)] -= 1
        else:
            yield each


def _apart(diagnostic: Diagnostic) -> tuple[str, str, str]:
    return diagnostic.rule, diagnostic.message, diagnostic.at.path if diagnostic.at else ""


def _read(path: str, data: bytes | None) -> Node | None:
    return document.read(path, data) if data else None


def _problem(diagnostic: Diagnostic, path: str, node: Node | None) -> Problem:
    at = diagnostic.at
    if at is None or at.path != path or node is None:
        where = f"{at}: " if at and at.path != path else ""
        return Problem("", f"{where}{diagnostic.message}", diagnostic.fix)
    missing = next((each for each in _missing(node) if diagnostic.message == f"{each} is missing"), None)
    # What is said of the whole file stands at its top.
    known = route.text(_route_of(node, at)) if at != Place(path) else ""
    return Problem(missing or known, diagnostic.message, diagnostic.fix)


def _missing(node: Node) -> Iterator[str]:
    """The keys that the kind's model wants of a spec and that it has not, whatever the defaults give."""
    said = document.plain(node).get("kind")
    if isinstance(said, str) and said in kinds.KINDS:
        _, error = validate(kinds.named(said).spec, node)
        for each in error.errors(include_url=False) if error else ():
            if each["type"] == "missing":
                yield route.text(each["loc"])


def _route_of(node: Node, place: Place) -> Route:
    """The route of what stands at a place, or the nearest around it."""
    if isinstance(node.value, dict):
        for key, value in node.value.items():
            if node.keys[key] == place or value.at == place:
                return (key,)
            if below := _route_of(value, place):
                return (key, *below)
    elif isinstance(node.value, list):
        for index, value in enumerate(node.value):
            if value.at == place:
                return (index,)
            if below := _route_of(value, place):
                return (index, *below)
    return ()


def _compares(request: Request, main: Main, head: Catalog) -> bool:
    if request.action is Intent.JOIN:
        return False
    return any(
        request.target in each.databases or request.target in each.unread for each in (main.catalog, head)
    )
