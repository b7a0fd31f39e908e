"""What previews of the account showed, and where that is kept."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.forge.github.client import Patience
from bot.forge.github.connect import connect
from bot.forge.local.merging import Method
from bot.reviews.history import History
from bot.reviews.window import reviewed
from compiler import document, edition, graph
from compiler.comparison import compare
from compiler.diagnostics import UserError
from compiler.document import Node
from compiler.environment import model
from compiler.graph import Stack
from compiler.reviewed import Shown
from compiler.unreviewed import shown
from tests.forge.github_server import GithubServer
from tests.reviewed.conftest import ENVIRONMENT, ENVIRONMENT_FILE, FILE, ORDERS, orders

if TYPE_CHECKING:
    from tests.reviewed.conftest import World

LONGER = orders(backup="{retention_days: 21}")


def drifted(stack: Stack | None) -> Stack:
    """The account with another class of the instance than the graph says."""
    assert stack
    changed = (
        replace(each, inputs={**each.inputs, "instance_class": "db.r7g.16xlarge"})
        if each.name == "instance"
        else each
        for each in stack.resources
    )
    return replace(stack, resources=tuple(changed))


def test_what_the_preview_of_a_pull_request_showed_was_reviewed_with_it(world: World) -> None:
    applied = world.converge()
    base, account = world.stack(), drifted(world.stack())
    pull = world.open(LONGER)
    head = world.stack(pull.head_sha)
    world.show(pull.head_sha, shown(compare(account, head), base, head, {}))

    world.merge(pull)

    assert world.stopped(applied, account=account) == []


def test_on_github_it_is_read_back_from_the_check_that_the_app_itself_wrote(world: World) -> None:
    applied = world.converge()
    base, account = world.stack(), drifted(world.stack())
    with GithubServer(world.local) as server:
        world.forge = connect(server.environ("good"), Patience(tries=2, sleep=lambda _: None))
        pull = world.open(LONGER)
        head = world.stack(pull.head_sha)
        world.show(pull.head_sha, shown(compare(account, head), base, head, {}))
        world.merge(pull, Method.SQUASH)

        assert world.stopped(applied, account=account) == []
    assert server.problems == []


def test_what_no_preview_showed_is_drift_whatever_else_was_reviewed(world: World) -> None:
    applied = world.converge()
    account = drifted(world.stack())

    world.pull(LONGER)

    assert world.stopped(applied, account=account) == ["update instance?: instance_class"]


def test_what_another_app_says_was_shown_proves_nothing(world: World) -> None:
    applied = world.converge()
    base, account = world.stack(), drifted(world.stack())
    pull = world.open(LONGER)
    head = world.stack(pull.head_sha)
    stranger = world.local.connect("stranger[bot]")
    world.show(pull.head_sha, shown(compare(account, head), base, head, {}), forge=stranger)

    world.merge(pull)

    assert world.stopped(applied, account=account) == ["update instance?: instance_class"]


def test_what_was_shown_on_an_earlier_head_was_not_approved(world: World) -> None:
    applied = world.converge()
    base, account = world.stack(), drifted(world.stack())
    pull = world.open(LONGER, "longer")
    head = world.stack(pull.head_sha)
    world.show(pull.head_sha, shown(compare(account, head), base, head, {}))
    world.ada.commit("longer", {"README.md": "more\n"}, "More")

    world.merge(pull)

    assert world.stopped(applied, account=account) == ["update instance?: instance_class"]


def test_what_others_built_is_reviewed_as_the_preview_found_it(world: World) -> None:
    found = {"${shared.vpc_id}": "sha256:one", "${shared.private_subnet_ids}": "sha256:two"}
    pull = world.open({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")})
    world.show(pull.head_sha, Shown(shared=found), "prod.carts")

    world.merge(pull)

    assert world.stopped(None, "prod.carts", shared=found) == []
    moved = found | {"${shared.vpc_id}": "sha256:three"}
    assert world.stopped(None, "prod.carts", shared=moved) == ["create firewall?: vpc_id"]
    # Another preview finds it as it is now.
    again = world.open({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts") + "# again\n"})
    world.show(again.head_sha, Shown(shared=moved), "prod.carts")
    world.merge(again)
    assert world.stopped(None, "prod.carts", shared=moved) == []


def test_another_edition_is_reviewed_by_the_pull_request_that_moves_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = edition.defaults

    def defaults(package: str, named: str, tier: str) -> Node:
        node = released(package, "2026.11", tier)
        if named == "2026.11" or package != "compiler/kinds/mysql":
            return node
        longer = document.read("editions/2027.01.yaml", b"backup: {retention_days: 28}")
        return document.merge(node, longer)

    monkeypatch.setattr(edition, "EDITIONS", ("2026.11", "2027.01"))
    monkeypatch.setattr(model, "EDITIONS", ("2026.11", "2027.01"))
    monkeypatch.setattr(edition, "defaults", defaults)
    applied = world.converge()
    bumped = {ENVIRONMENT_FILE: ENVIRONMENT.replace("2026.11", "2027.01")}

    pull = world.open(bumped)
    world.merge(pull)
    assert world.stopped(applied) == []

    world.push({ENVIRONMENT_FILE: ENVIRONMENT})
    back = world.converge()
    world.push(bumped)
    assert world.stopped(back) == ["update instance: backup_retention_period"]


def test_what_a_release_compiles_otherwise_is_pending_until_a_pull_request_touches_it(world: World) -> None:
    applied = world.converge()
    assert applied.converged
    older = drifted(graph.from_data(applied.converged.graph))
    applied = replace(applied, converged=replace(applied.converged, graph=graph.to_data(older)))

    assert world.stopped(applied) == ["update instance: instance_class"]
    world.pull({FILE: ORDERS + "# looked at\n"})

    assert world.stopped(applied) == []


def test_a_clone_fetches_the_head_of_a_pull_request_whose_branch_is_gone(
    world: World, tmp_path: Path
) -> None:
    applied = world.converge()
    pull = world.pull(LONGER, Method.SQUASH)
    world.ada.delete_branch(pull.head_branch)
    clone = tmp_path / "a clone"
    subprocess.run(["git", "clone", "--quiet", world.local.url, clone], check=True)

    found = reviewed(History(clone, "specs", world.main), world.forge, "prod.orders", applied, world.judge)

    assert found.notes == ()
    assert found.values == world.reviewed(applied).values


def test_a_clone_without_all_of_the_history_tells_nothing(world: World, tmp_path: Path) -> None:
    applied = world.converge()
    world.pull(LONGER)
    clone = tmp_path / "clone"
    url = f"file://{world.local.url}"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", url, clone], check=True)

    with pytest.raises(UserError) as raised:
        reviewed(History(clone, "specs", world.main), world.forge, "prod.orders", applied, world.judge)

    assert [each.rule for each in raised.value.diagnostics] == ["review/shallow"]
