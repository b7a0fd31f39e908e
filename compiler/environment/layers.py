"""environment.yaml and the files it extends, merged over the edition's defaults."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from compiler import document, edition
from compiler.diagnostics import Diagnostic, Note, UserError
from compiler.document import Node
from compiler.source import File
from compiler.suggest import closest


def read(file: File, files: Mapping[str, File]) -> Node:
    """The document of an environment with everything it extends below it, without the edition's defaults.

    `files` are those of the specs folder by path. Raises UserError.
    """
    return _read(file, files, ())


def with_defaults(node: Node) -> Node:
    """The document over the defaults of its edition and tier; as it is where it names neither."""
    assert isinstance(node.value, dict)
    named, tier = edition_and_tier(node)
    return document.merge(edition.defaults("compiler/environment", named, tier), node)


def edition_and_tier(node: Node) -> tuple[str, str]:
    """The edition and tier that a document names, or where it names none that exist, the newest and strictest.

    The fallback only lets the rest of a file be checked: the wrong value itself is a diagnostic elsewhere.
    """
    values = document.plain(node)
    named, tier = values.get("edition"), values.get("tier")
    named = getattr(named, "written", named)
    return (
        named if named in edition.EDITIONS else edition.EDITIONS[-1],
        tier if tier in edition.TIERS else edition.TIERS[-1],
    )


def _read(file: File, files: Mapping[str, File], above: tuple[str, ...]) -> Node:
    node = document.read(file.shown, file.data)
    assert isinstance(node.value, dict)
    extends = node.value.get("extends")
    if extends is None:
        return node
    rest = {key: item for key, item in node.value.items() if key != "extends"}
    node = Node(rest, node.at, {key: place for key, place in node.keys.items() if key != "extends"})
    if not isinstance(extends.value, str):
        raise UserError(
            Diagnostic(
                "environment/extends",
                "extends names no file",
                "write a path such as ../base.yaml",
                extends.at,
            )
        )
    path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), extends.value))
    chain = (*above, file.path)
    if path in chain:
        through = [files[each].shown for each in chain[chain.index(path) + 1 :]]
        raise UserError(
            Diagnostic(
                "environment/extends-itself",
                f"{files[path].shown} extends itself" + (f" through {', '.join(through)}" if through else ""),
                "take one of the `extends` lines out",
                extends.at,
            )
        )
    if path not in files:
        near = closest(path, [each for each in files if "/" not in each and each != "people.yaml"])
        raise UserError(
            Diagnostic(
                "environment/extends",
                f"there is no file {extends.value} in the specs folder",
                f"did you mean {posixpath.relpath(near, posixpath.dirname(file.path))}?"
                if near
                else "name a file of the specs folder",
                extends.at,
            )
        )
    try:
        lower = _read(files[path], files, chain)
    except UserError as error:
        raise UserError(*(_noted(each, extends) for each in error.diagnostics)) from None
    return document.merge(lower, node)


def _noted(diagnostic: Diagnostic, extends: Node) -> Diagnostic:
    return Diagnostic(
        diagnostic.rule,
        diagnostic.message,
        diagnostic.fix,
        diagnostic.at,
        (*diagnostic.also, Note("extended here", extends.at)),
        diagnostic.severity,
    )
