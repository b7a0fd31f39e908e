"""What the apply job does with what was merged: which stacks, in which order, by which commit, and what stops what."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.forge.local.merging import Method
from compiler.diagnostics import Exit
from compiler.engine.job import Job
from tests.applying.conftest import ENVIRONMENT, PRODUCTION, TABLE, endings

if TYPE_CHECKING:
    from tests.applying.conftest import Town

CHANGED = TABLE + "table_class: STANDARD_INFREQUENT_ACCESS\n"


def test_everything_is_applied_once_the_environment_first(new_town: Town) -> None:
    first = new_town.apply()
    second = new_town.apply()

    assert endings(first["prod"]) == {
        "prod.environment": "applied",
        "prod.orders": "applied",
        "prod.sessions": "applied",
    }
    assert new_town.engine.did.index("prod.environment") < new_town.engine.did.index("prod.orders")
    assert len(new_town.engine.did) == 5
    assert (second["prod"].reports, second["prod"].unchanged, second["prod"].exit) == ((), 3, Exit.DONE)
    found = new_town.record("prod.orders")
    assert found
    assert found.converged
    assert found.converged.commit == new_town.main


@pytest.mark.parametrize("method", list(Method))
def test_a_merge_applies_what_it_changed_and_is_told_on_its_pull_request(town: Town, method: Method) -> None:
    pull = town.merge({"specs/prod/orders.yaml": CHANGED}, method=method)

    found = town.apply()

    assert town.engine.did == ["prod.orders"]
    assert endings(found["prod"]) == {"prod.orders": "applied"}
    (comment,) = town.comments(pull)
    assert comment.key == "apply/prod"
    assert "prod.orders" in comment.body
    assert "sessions" not in comment.body
    assert town.told(pull.merged_sha or "") == {"prod.orders": "applied"}
    deployment = town.forge.checks.deployment(town.main, "prod")
    assert deployment
    assert (deployment.state, deployment.description) == ("success", "prod: 1 applied")


def test_what_is_renamed_is_not_told_of_under_its_former_name_too(town: Town) -> None:
    renamed = TABLE + "formerly: prod/orders\nidentifier: shop-prod-orders\n"
    pull = town.merge({"specs/prod/orders.yaml": None, "specs/prod/bought.yaml": renamed})

    town.apply()

    (comment,) = town.comments(pull)
    assert "`prod.bought`" in comment.body
    assert "`prod.orders`" not in comment.body


def test_what_a_merge_queue_brought_is_told_on_each_pull_request(town: Town) -> None:
    pulls = [
        town.open({f"specs/prod/{name}.yaml": CHANGED}, f"Change {name}") for name in ("orders", "sessions")
    ]
    for each in pulls:
        town.grace.merging.enqueue(each.number)
    for each in pulls:
        town.grace.merging.land(each.number)

    town.apply()

    for each, name in zip(pulls, ("orders", "sessions"), strict=True):
        (comment,) = town.comments(each)
        assert f"prod.{name}" in comment.body


def test_whatever_runs_were_skipped_the_next_applies_and_tells_all_of_it(town: Town) -> None:
    first = town.merge({"specs/prod/orders.yaml": CHANGED})
    second = town.merge({"specs/prod/orders.yaml": CHANGED + "description: Orders\n"}, "Say what they are")
    third = town.merge({"specs/dev/carts.yaml": CHANGED}, "Change carts")

    town.apply()

    assert sorted(town.engine.did) == ["dev.carts", "prod.orders"]
    assert [[each.key for each in town.comments(pull)] for pull in (first, second, third)] == [
        ["apply/prod"],
        ["apply/prod"],
        ["apply/dev"],
    ]


def test_one_of_thirty_stacks_failing_stops_no_other_and_heals_with_the_next_run(town: Town) -> None:
    names = [f"table-{number}" for number in range(30)]
    pull = town.merge({f"specs/dev/{name}.yaml": TABLE for name in names})
    town.account.fault("aws:dynamodb:Table", message="ThrottlingException: Rate exceeded")

    failed = town.apply()
    (told,) = town.comments(pull)
    healed = town.apply()

    by_ending = sorted(endings(failed["dev"]).values())
    assert by_ending.count("failed") == 1
    assert by_ending.count("applied") == 29
    assert (failed["dev"].exit, failed["prod"].exit) == (Exit.ENGINE, Exit.DONE)
    assert "ThrottlingException: Rate exceeded" in told.body
    (stack,) = (name for name, ending in endings(failed["dev"]).items() if ending == "failed")
    assert endings(healed["dev"]) == {stack: "applied"}
    (told,) = town.comments(pull)
    assert "ThrottlingException" not in told.body


def test_a_spec_broken_on_main_stops_its_environment_alone(town: Town) -> None:
    pull = town.merge({"specs/prod/orders.yaml": "kind: mysq\n", "specs/dev/carts.yaml": CHANGED})

    found = town.apply()

    assert town.engine.did == ["dev.carts"]
    assert (found["dev"].exit, found["prod"].exit) == (Exit.DONE, Exit.SPECS)
    assert [str(each.at) for each in found["prod"].diagnostics] == ["specs/prod/orders.yaml:1:7"]
    (check,) = town.forge.checks.checks(town.main, "dbspec/apply (prod)")
    assert (check.conclusion, check.title) == (
        "failure",
        "prod: nothing is applied, its files cannot be compiled",
    )
    assert "mysq" in check.summary
    assert {each.key: "mysq" in each.body for each in town.comments(pull)} == {
        "apply/dev": False,
        "apply/prod": True,
    }
    town.merge({"specs/prod/orders.yaml": CHANGED}, "Mend it")
    town.apply()
    assert not any("mysq" in each.body for each in town.comments(pull))


def test_an_environment_file_that_cannot_be_read_stops_its_environment_alone(new_town: Town) -> None:
    new_town.merge({"specs/prod/environment.yaml": "tier: [production\n"})

    found = new_town.apply()

    assert (found["dev"].exit, found["prod"].exit) == (Exit.DONE, Exit.SPECS)
    assert set(new_town.engine.did) == {"dev.environment", "dev.carts"}


def test_what_fails_a_control_stops_that_database_alone(new_town: Town) -> None:
    new_town.merge({"specs/prod/orders.yaml": TABLE + "deletion_protection: false\n"})

    found = new_town.apply("prod")

    assert endings(found["prod"]) == {
        "prod.environment": "applied",
        "prod.orders": "refused",
        "prod.sessions": "applied",
    }
    (refused,) = (each for each in found["prod"].reports if each.refusals)
    assert refused.spec
    assert (refused.spec.path, found["prod"].exit) == ("specs/prod/orders.yaml", Exit.REFUSED)


def test_a_record_that_cannot_be_read_stops_that_stack_alone(town: Town) -> None:
    (town.clone / ".dbspec/state/.dbspec/applied/prod.orders.json").write_text("{")
    town.merge({"specs/prod/sessions.yaml": CHANGED})

    found = town.apply("prod")

    assert endings(found["prod"]) == {"prod.orders": "failed", "prod.sessions": "applied"}


def test_a_file_that_vanished_is_an_orphan_and_only_development_destroys_it(town: Town) -> None:
    pull = town.merge({"specs/prod/orders.yaml": None, "specs/dev/carts.yaml": None})

    found = town.apply()
    again = town.apply()

    assert town.engine.did == ["-dev.carts"]
    assert endings(found["prod"]) == endings(again["prod"]) == {"prod.orders": "orphaned"}
    assert endings(found["dev"]) == {"dev.carts": "destroyed"}
    assert endings(again["dev"]) == {}
    assert found["prod"].exit is Exit.DONE
    assert {each.key for each in town.comments(pull)} == {"apply/prod", "apply/dev"}
    assert "put its file back" in next(each.body for each in town.comments(pull) if each.key == "apply/prod")


def test_a_spec_that_cannot_be_read_is_no_spec_that_vanished(town: Town) -> None:
    town.merge({"specs/dev/carts.yaml": "kind: [\n"})

    town.apply()

    assert town.engine.did == []


def test_a_decommissioned_database_goes_and_then_its_file(town: Town) -> None:
    leaving = TABLE + "decommission: {reason: sold, final_snapshot: orders-final}\n"
    town.merge({"specs/prod/orders.yaml": leaving})
    gone = town.apply()
    still = town.apply()
    town.merge({"specs/prod/orders.yaml": None}, "Remove it")

    after = town.apply()

    assert town.engine.did == ["-prod.orders"]
    assert endings(gone["prod"]) == {"prod.orders": "destroyed"}
    assert endings(still["prod"]) == endings(after["prod"]) == {}


def test_what_is_held_is_applied_once_its_day_is_over(town: Town) -> None:
    held = CHANGED + "hold: {reason: the audit, until: 2026-11-30}\n"
    pull = town.merge({"specs/prod/orders.yaml": held})

    first = town.apply(today=date(2026, 11, 30))
    (told,) = town.comments(pull)
    second = town.apply(today=date(2026, 12, 1))

    assert (endings(first["prod"]), first["prod"].exit) == ({"prod.orders": "held"}, Exit.DONE)
    assert "the audit" in told.body
    assert endings(second["prod"]) == {"prod.orders": "applied"}
    assert town.engine.did == ["prod.orders"]


def test_what_is_merged_while_the_lock_is_waited_for_is_applied_with_it(town: Town) -> None:
    pull = town.merge({"specs/prod/orders.yaml": CHANGED})
    other = town.open({"specs/prod/orders.yaml": CHANGED + "description: Orders\n"}, "Say what they are")
    town.engine.meanwhile = lambda job: _once(town, job, other.number)

    first = town.apply()
    second = town.apply()

    found = town.record("prod.orders")
    assert found
    assert found.converged
    assert found.converged.commit == town.main
    assert endings(first["prod"]) == {"prod.orders": "applied"}
    assert endings(second["prod"]) == {}
    assert [each.key for each in town.comments(pull)] == ["apply/prod"]
    assert [each.key for each in town.comments(other)] == ["apply/prod"]


def _once(town: Town, job: Job, number: int) -> None:
    town.engine.meanwhile = lambda job: None
    town.grace.review(number)
    town.grace.merge(number)


def test_what_vanishes_while_the_lock_is_waited_for_is_left_to_the_next_run(town: Town) -> None:
    town.merge({"specs/prod/orders.yaml": CHANGED})
    other = town.open({"specs/prod/orders.yaml": None}, "Remove it")
    town.engine.meanwhile = lambda job: _once(town, job, other.number)

    found = town.apply()

    assert (town.engine.did, found["prod"].exit) == ([], Exit.DONE)
    assert endings(found["prod"]) == {"prod.orders": "unchanged"}
    assert endings(town.apply()["prod"]) == {"prod.orders": "orphaned"}


def test_an_environment_is_judged_by_the_stricter_tier_of_before_and_now(town: Town) -> None:
    town.merge({"specs/prod/environment.yaml": ENVIRONMENT, "specs/prod/orders.yaml": CHANGED})

    town.apply()

    assert town.engine.jobs["prod.orders"].target.tier == "production"
    town.merge({"specs/prod/orders.yaml": TABLE})
    town.apply()
    # What counted when it was applied last counts from then on.
    assert town.engine.jobs["prod.orders"].target.tier == "development"


def test_nobody_destroys_by_removing_a_file_in_the_change_that_lowers_the_tier(town: Town) -> None:
    town.merge({"specs/prod/environment.yaml": ENVIRONMENT, "specs/prod/orders.yaml": None})

    found = town.apply("prod")

    assert endings(found["prod"])["prod.orders"] == "orphaned"
    assert "-prod.orders" not in town.engine.did


def test_a_touched_file_is_applied_though_its_graph_is_the_same(town: Town) -> None:
    pull = town.merge({"specs/prod/orders.yaml": TABLE + "# looked at\n"})

    found = town.apply()

    assert town.engine.did == ["prod.orders"]
    assert endings(found["prod"]) == {"prod.orders": "unchanged"}
    assert [each.key for each in town.comments(pull)] == ["apply/prod"]
    assert endings(town.apply()["prod"]) == {}


def test_a_stack_is_told_what_was_reviewed_of_it(new_town: Town) -> None:
    new_town.merge({"specs/prod/environment.yaml": PRODUCTION + "approvals: 1\n"})
    new_town.apply()
    new_town.merge({"specs/prod/orders.yaml": CHANGED}, approve=False)
    new_town.apply()
    unapproved = new_town.engine.jobs["prod.orders"].reviewed
    new_town.merge({"specs/prod/sessions.yaml": CHANGED}, "Change sessions")
    new_town.apply()
    approved = new_town.engine.jobs["prod.sessions"].reviewed

    assert unapproved is not None
    assert (dict(unapproved.values), "merged unapproved" in unapproved.notes[0]) == ({}, True)
    assert approved is not None
    assert {at for _, at in approved.values} == {"table_class"}


def test_only_the_environments_that_are_named_are_applied(new_town: Town) -> None:
    found = new_town.apply("dev")

    assert set(found) == {"dev"}
    assert {each.partition(".")[0] for each in new_town.engine.did} == {"dev"}
