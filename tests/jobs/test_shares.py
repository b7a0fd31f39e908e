"""Which stacks are asked about, and by how many jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs import affected as shares
from bot.jobs import graphs
from bot.jobs.affected import MOST_JOBS, Shard, affected, previews, rehearsals, unasked
from bot.jobs.preview import Sides, sides
from compiler import catalog, graph
from compiler.catalog import Catalog
from compiler.source import WorkTree
from tests.jobs.conftest import ENVIRONMENT, IN_AN_ACCOUNT, ORDERS, SESSIONS, Shop

STACKS = st.sets(st.builds("{}.db-{}".format, st.sampled_from(["dev", "prod"]), st.integers(0, 60)))


def _catalog(folder: Path, **files: str) -> Catalog:
    for path, text in ({"people": "teams: {checkout: {}}\n"} | files).items():
        file = folder / f"{path.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return catalog.load(WorkTree(folder)).checked()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """Two environments, each in an account, on both sides."""
    folder = tmp_path_factory.mktemp("specs")
    other = IN_AN_ACCOUNT.replace("123456789012", "210987654321")
    found = _catalog(folder, dev__environment=other, prod__environment=IN_AN_ACCOUNT)
    return Sides(found, found)


@given(stacks=STACKS, most=st.integers(1, 12))
def test_every_stack_is_rehearsed_by_exactly_one_job(stacks: set[str], most: int) -> None:
    parts = [each.part(stacks) for each in rehearsals(stacks, most)]
    assert sorted(stack for part in parts for stack in part) == sorted(stacks)
    assert all(0 < len(part) <= most for part in parts)


@given(stacks=STACKS, most=st.integers(1, 12))
def test_every_account_is_asked_about_its_own_stacks_once(both: Sides, stacks: set[str], most: int) -> None:
    shards = previews(both, stacks, most)
    assert sorted(stack for each in shards for stack in each.part(stacks)) == sorted(stacks)
    assert all(stack.startswith(f"{each.environment}.") for each in shards for stack in each.part(stacks))
    assert len({each.name for each in shards}) == len(shards)


def test_there_are_never_more_jobs_than_a_matrix_may_have(both: Sides) -> None:
    stacks = {f"{name}.db-{number}" for name in ("dev", "prod") for number in range(2000)}
    for shards in (rehearsals(stacks, 1), previews(both, stacks, 1)):
        assert 0 < len(shards) <= MOST_JOBS
        assert sum(len(each.part(stacks)) for each in shards) == len(stacks)


def test_a_job_is_told_the_role_that_reads(both: Sides) -> None:
    assert Shard("prod", 2, 3).data(both.head.environments) == {
        "shard": "2/3",
        "name": "account-prod-2",
        "environment": "prod",
        "region": "ap-northeast-2",
        "role": "arn:aws:iam::123456789012:role/dbspec-preview",
    }
    assert Shard("", 1, 1).data({}) == {"shard": "1/1", "name": "sandbox-1"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ENVIRONMENT, IN_AN_ACCOUNT),
        (IN_AN_ACCOUNT, IN_AN_ACCOUNT.replace("dbspec-preview", "dbspec-apply")),
        (IN_AN_ACCOUNT, IN_AN_ACCOUNT.replace("s3://acme-dbspec", "s3://elsewhere")),
        (None, IN_AN_ACCOUNT),
    ],
)
def test_nobody_is_asked_in_an_account_that_the_pull_request_itself_names(
    tmp_path: Path, before: str | None, after: str
) -> None:
    base = _catalog(tmp_path / "base", **({"prod__environment": before} if before else {}))
    found = Sides(base, _catalog(tmp_path / "head", prod__environment=after, prod__sessions=SESSIONS))
    stacks = affected(found)
    assert "prod.sessions" in stacks
    assert previews(found, stacks, 10) == []
    assert [
        (each.rule, each.at and each.at.path.endswith("environment.yaml")) for each in unasked(found, stacks)
    ] == [("preview/target", True)]


def test_what_is_touched_is_asked_about_and_what_goes_is_not(shop: Shop) -> None:
    pull = shop.pull(
        {
            "specs/prod/orders.yaml": "# the orders\n" + ORDERS,
            "specs/prod/sessions.yaml": None,
            "specs/dev/sessions.yaml": SESSIONS + "ttl: gone_at\n",
        }
    )
    assert affected(sides(shop.revisions(pull))) == {"prod.orders", "dev.sessions"}


def test_what_other_code_compiles_decides_where_there_is_some(shop: Shop) -> None:
    found = sides(shop.revisions(shop.pull({"specs/dev/sessions.yaml": "# touched\n" + SESSIONS})))
    made = graphs.compiled(found.head, "head")
    assert affected(found, made) == {"dev.sessions"}
    orders = made.stacks["prod.orders"]
    other = dict(made.stacks) | {"prod.orders": graph.Stack(orders.id, orders.resources[:-1])}
    other["prod.new"] = graph.Stack("prod.new", ())
    del other["dev.sessions"]
    assert affected(found, graphs.Graphs("head", other, frozenset({"dev.sessions"}))) == {
        "prod.orders",
        "prod.new",
    }


def test_a_shards_name_is_that_of_its_result() -> None:
    assert [each.name for each in shares.rehearsals({"dev.a", "dev.b"}, 1)] == ["sandbox-1", "sandbox-2"]
