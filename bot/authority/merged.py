"""What merging a branch makes of base: the branch's where it changes something, base's everywhere else."""

from __future__ import annotations

from collections.abc import Collection

from compiler.catalog import Catalog


def merged(base: Catalog, head: Catalog, paths: Collection[str]) -> Catalog:
    """The catalog of both; `paths` are what the branch changes, as its forge tells it.

    A branch that is older than base takes back nothing of base by that, and whoever base has let in since may approve.
    """
    theirs = (head.texts.keys() | base.texts.keys()) & set(paths)
    texts = {path: text for path, text in base.texts.items() if path not in theirs}
    texts |= {path: text for path, text in head.texts.items() if path in theirs}
    databases = {id: each for id, each in base.databases.items() if each.path not in theirs}
    databases |= {id: each for id, each in head.databases.items() if each.path in theirs}
    # An environment is also what it extends: files that are none of those with a meaning of their own.
    known = {each.path for side in (base, head) for each in side.environments.values()}
    known |= {each.path for side in (base, head) for each in side.databases.values()}
    extended = theirs - known
    environments = {name: each for name, each in base.environments.items() if each.path not in theirs}
    environments |= {
        name: each
        for name, each in head.environments.items()
        if each.path in theirs or (extended and name in environments)
    }
    people = head if any(path.rpartition("/")[2] == "people.yaml" for path in theirs) else base
    return Catalog(
        environments,
        dict(sorted(databases.items())),
        people.people,
        head.diagnostics,
        texts,
        head.unread - environments.keys() - databases.keys(),
        people.people_node,
    )
