"""Which pull requests of main's history have reviewed what is to be applied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.forge.local.merging import Method
from compiler import graph
from tests.reviewed.conftest import ENVIRONMENT, ENVIRONMENT_FILE, FILE, ORDERS, SANDBOX, orders

if TYPE_CHECKING:
    from bot.forge.forge import Pull
    from compiler.engine.store.record import Applied
    from tests.reviewed.conftest import World

LONGER = orders(backup="{retention_days: 21}")
LONGEST = orders(backup="{retention_days: 28}")
STOPPED = ["update instance: backup_retention_period"]


@pytest.mark.parametrize("method", list(Method))
def test_however_a_pull_request_is_merged_what_it_showed_is_reviewed(world: World, method: Method) -> None:
    applied = world.converge()
    world.ada.commit("longer", {FILE: ORDERS + "# one\n"}, "One")
    world.ada.commit("longer", LONGER, "Two")
    world.push({"README.md": "something else meanwhile\n"})

    world.merge(world.ada.open("longer", "Keep backups longer"), method)

    assert world.reviewed(applied).notes == ()
    assert world.stopped(applied) == []


def test_a_merge_queue_reviews_each_pull_request_by_its_own_head(world: World) -> None:
    applied = world.converge()
    one = world.open(LONGER, "one")
    two = world.open({ENVIRONMENT_FILE: ENVIRONMENT + "tags: {Team: shop}\n"}, "two")
    for each in (one, two):
        world.ada.merging.enqueue(each.number, Method.SQUASH)
    for each in (one, two):
        world.ada.merging.land(each.number)

    assert world.stopped(applied) == []
    assert world.asked == [one.number, two.number]


def test_two_pull_requests_on_one_database_review_together_what_git_merges(world: World) -> None:
    world.push({FILE: ORDERS + "\n\n\n\ntags: {Team: shop}\n"})
    applied = world.converge()
    one = world.open({FILE: ORDERS + "backup: {retention_days: 21}\n\n\n\ntags: {Team: shop}\n"}, "one")
    two = world.open({FILE: ORDERS + "\n\n\n\ntags: {Team: shop}\ndeletion_protection: false\n"}, "two")

    world.merge(one)
    world.merge(two)

    stack = world.stack()
    assert stack
    instance = stack.resource("instance").inputs
    assert (instance["backup_retention_period"], instance["deletion_protection"]) == (21, False)
    assert world.stopped(applied) == []


def test_a_create_and_an_update_merged_before_the_first_apply_are_both_reviewed(world: World) -> None:
    world.pull({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")})
    world.pull(
        {"specs/prod/carts.yaml": ORDERS.replace("orders", "carts") + "backup: {retention_days: 21}\n"}
    )

    assert world.stopped(None, "prod.carts") == []


def test_what_a_dead_run_made_of_a_create_is_brought_to_what_was_reviewed_since(world: World) -> None:
    carts = "specs/prod/carts.yaml"
    world.pull({carts: ORDERS.replace("orders", "carts")})
    made = world.stack(name="prod.carts")
    world.pull(
        {carts: ORDERS.replace("orders", "carts") + "backup: {retention_days: 21}\ntags: {Team: shop}\n"}
    )

    assert world.stopped(None, "prod.carts", account=made) == []


def test_a_direct_push_reviews_nothing_and_says_so(world: World) -> None:
    applied = world.converge()
    sha = world.push(LONGER)

    assert world.stopped(applied) == STOPPED
    assert world.reviewed(applied).notes == (
        f"the push of {sha[:12]} reviews nothing: no pull request brought it",
    )


def test_a_direct_push_to_one_database_stops_no_other(world: World) -> None:
    world.push({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")})
    carts, applied = world.converge(name="prod.carts"), world.converge()

    world.push(LONGER)
    world.pull(
        {"specs/prod/carts.yaml": ORDERS.replace("orders", "carts") + "backup: {retention_days: 21}\n"}
    )

    assert world.stopped(carts, "prod.carts") == []
    assert world.stopped(applied) == STOPPED


def test_a_direct_push_counts_in_the_sandbox(world: World) -> None:
    file = "specs/dev/orders.yaml"
    world.push({file: ORDERS})
    assert world.stopped(None, "dev.orders") == []
    applied = world.converge(name="dev.orders")

    world.push({file: ORDERS + "backup: {retention_days: 3}\n"})

    assert world.stopped(applied, "dev.orders") == []


def test_in_the_sandbox_nothing_is_shown_and_whoever_touches_a_stack_takes_its_account_as_it_is(
    world: World,
) -> None:
    file = "specs/dev/orders.yaml"
    world.push({file: ORDERS})
    applied = world.converge(name="dev.orders")
    world.push({file: ORDERS + "backup: {retention_days: 3}\n"})
    account = world.stack(name="dev.orders")
    world.push({file: ORDERS})
    again = world.converge(name="dev.orders")

    assert world.stopped(again, "dev.orders", account=account) == [
        "update instance?: backup_retention_period"
    ]
    world.pull({file: ORDERS + "# as it was\n"})
    assert world.stopped(again, "dev.orders", account=account) == []
    assert not world.reviewed(applied).unseen


def test_of_a_long_history_the_latest_is_told_and_nothing_that_somebody_has_looked_at_since(
    world: World,
) -> None:
    applied = world.converge()
    pushed = [world.push(orders(backup=f"{{retention_days: {days}}}")) for days in range(8, 16)]
    last = "reviews nothing: no pull request brought it"
    assert world.reviewed(applied).notes == (
        "3 earlier commits review nothing",
        *(f"the push of {sha[:12]} {last}" for sha in pushed[3:]),
    )

    world.pull({FILE: ORDERS + "backup: {retention_days: 15} # looked at\n"})

    assert world.reviewed(applied).notes == ()


def test_a_pull_request_merged_unapproved_reviews_nothing_and_says_why(world: World) -> None:
    applied = world.converge()
    pull = world.pull(LONGER, approved=False)

    assert world.stopped(applied) == STOPPED
    assert world.reviewed(applied).notes == (
        f"pull request #{pull.number} reviews nothing: it was merged unapproved: nobody of checkout has approved it",
    )


def test_touching_the_file_in_a_pull_request_reviews_all_that_is_pending(world: World) -> None:
    applied = world.converge()
    world.push(LONGER)
    assert world.stopped(applied) == STOPPED

    world.pull({FILE: (LONGER[FILE] or "") + "# looked at by us\n"})

    assert world.stopped(applied) == []


def test_a_pull_request_on_another_database_reviews_nothing_that_is_pending(world: World) -> None:
    applied = world.converge()
    world.push(LONGER)

    world.pull({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")})

    assert world.stopped(applied) == STOPPED


def test_what_was_pushed_after_a_pull_request_branched_off_is_not_in_its_review(world: World) -> None:
    applied = world.converge()
    pull = world.open({FILE: ORDERS.replace("access:", "# who may connect\naccess:")}, "comment")
    world.push(LONGER)

    world.merge(pull)

    assert world.stopped(applied) == STOPPED


def test_what_a_merge_commit_holds_beside_the_pull_request_is_unreviewed(world: World) -> None:
    applied = world.converge()
    pull = world.open(orders(tags="{Team: shop}"), "tags")

    _merge_with(world, pull, {FILE: f"{orders(tags='{Team: shop}')[FILE]}deletion_protection: false\n"})

    assert world.stopped(applied) == ["update instance: deletion_protection, options"]


def test_what_a_merge_commit_does_to_another_stack_is_unreviewed_too(world: World) -> None:
    applied = world.converge()
    pull = world.open({"README.md": "read me\n"}, "readme")

    _merge_with(world, pull, {FILE: LONGER[FILE] or ""})

    assert world.stopped(applied) == STOPPED
    assert "not in its own commits" in world.reviewed(applied).notes[0]


def test_a_merge_commit_that_moves_an_environment_leaves_nothing_reviewed(world: World) -> None:
    world.pull({FILE: ORDERS + "# reviewed in the old account\n"})
    assert world.stopped(None) == []
    pull = world.open({"README.md": "read me\n"}, "readme")

    _merge_with(world, pull, {ENVIRONMENT_FILE: ENVIRONMENT.replace("123456789012", "210987654321")})

    assert world.stopped(None) != []


def _merge_with(world: World, pull: Pull, files: dict[str, str]) -> None:
    """Merges by hand, and slips something else into the merge commit."""
    repository, main = world.local.repository, world.main
    data: dict[str, bytes | None] = {path: text.encode() for path, text in files.items()}
    tampered = repository.commit_files(pull.head_sha, data, "x", world.ada.account, world.local.clock())
    who = ("ada", world.ada.address, "1700000000 +0000")
    evil = repository.commit_tree(repository.tree(tampered), [main, pull.head_sha], "Merge", who, who)
    repository.move("refs/heads/main", evil, world.merge(pull))
    with world.local.store.writing() as db:
        db.execute("insert into landed values (?, 'main', ?)", (evil, pull.number))
        db.execute("update pulls set merged_sha = ? where number = ?", (evil, pull.number))


def test_later_reviews_supersede_earlier_ones_and_a_push_after_them_stops(world: World) -> None:
    applied = world.converge()
    world.pull(LONGER)
    world.pull(LONGEST)
    assert world.stopped(applied) == []

    world.push(LONGER)  # as it was reviewed once, and no more

    assert world.stopped(applied) == STOPPED


def test_a_step_back_after_a_dead_run_is_reviewed_like_any_other(world: World) -> None:
    applied = world.converge()
    world.pull(LONGER)
    reached = world.stack()
    world.pull({FILE: ORDERS + "# as it was\n"})
    assert world.stopped(applied, account=reached) == []

    again = world.converge()
    world.pull(LONGER)
    world.push({FILE: ORDERS})

    assert world.stopped(again, account=reached) == STOPPED


def test_a_stale_pull_request_from_before_the_last_apply_reviews_what_it_changes(world: World) -> None:
    pull = world.open({FILE: ORDERS.replace("kind:", "tags: {Team: shop}\nkind:")}, "tags")
    world.pull(LONGER)
    applied = world.converge()
    world.push(LONGEST)

    world.merge(pull)

    assert world.stopped(applied) == STOPPED


def test_without_a_record_the_whole_history_is_the_window(world: World) -> None:
    carts = "specs/prod/carts.yaml"
    world.pull({carts: ORDERS.replace("orders", "carts")})
    world.pull({carts: ORDERS.replace("orders", "carts") + "backup: {retention_days: 21}\n"})
    made = world.stack(name="prod.carts")
    assert world.stopped(None, "prod.carts", account=made) == []

    world.push({carts: ORDERS.replace("orders", "carts") + "backup: {retention_days: 28}\n"})

    assert world.stopped(None, "prod.carts", account=made) == STOPPED


def test_what_was_never_in_a_pull_request_is_not_created_until_one_touches_it(world: World) -> None:
    found = world.stopped(None)
    assert "create instance" in {each.partition(":")[0] for each in found}

    world.pull({FILE: ORDERS + "# adopted\n"})

    assert world.stopped(None) == []


def test_a_changed_default_of_the_environment_is_reviewed_for_all_its_databases(world: World) -> None:
    world.push({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")})
    carts, applied = world.converge(name="prod.carts"), world.converge()

    world.pull({ENVIRONMENT_FILE: ENVIRONMENT + "defaults: {mysql: {backup: {retention_days: 21}}}\n"})

    assert world.stopped(applied) == world.stopped(carts, "prod.carts") == []
    world.push({ENVIRONMENT_FILE: ENVIRONMENT + "defaults: {mysql: {backup: {retention_days: 28}}}\n"})
    assert world.stopped(applied) == world.stopped(carts, "prod.carts") == STOPPED


def test_a_changed_environment_is_reviewed_for_its_own_stack(world: World) -> None:
    applied = world.converge(name="prod.environment")

    world.pull({ENVIRONMENT_FILE: ENVIRONMENT + "dashboard: true\n"})
    assert world.stopped(applied, "prod.environment") == []

    world.push({ENVIRONMENT_FILE: ENVIRONMENT + "dashboard: true\ntags: {Team: shop}\n"})
    assert world.stopped(applied, "prod.environment") != []


def test_what_an_environment_extends_is_a_part_of_it(world: World) -> None:
    base, own = ENVIRONMENT.partition("region:")[0], ENVIRONMENT.partition("region:")[2]
    world.push({"specs/base.yaml": base, ENVIRONMENT_FILE: f"extends: ../base.yaml\nregion:{own}"})
    applied = world.converge()

    world.pull({"specs/base.yaml": base + "defaults: {mysql: {backup: {retention_days: 21}}}\n"})
    assert world.stopped(applied) == []

    world.push({"specs/base.yaml": base + "defaults: {mysql: {backup: {retention_days: 28}}}\n"})
    assert world.stopped(applied) == STOPPED


def test_a_new_account_is_all_creates_and_the_pull_request_that_moves_there_reviews_them(
    world: World,
) -> None:
    world.pull({FILE: ORDERS + "# reviewed in the old account\n"})
    moved = ENVIRONMENT.replace("123456789012", "210987654321")

    world.pull({ENVIRONMENT_FILE: moved})
    assert world.stopped(None) == []

    world.pull({FILE: ORDERS + "# once more\n"})
    world.push({ENVIRONMENT_FILE: ENVIRONMENT})
    found = world.stopped(None)
    assert "create instance" in {each.partition(":")[0] for each in found}


def test_another_state_is_as_good_as_another_account(world: World) -> None:
    world.pull({FILE: ORDERS + "# reviewed\n"})
    elsewhere = ENVIRONMENT.replace("s3://acme-dbspec?", "s3://acme-dbspec-2?")

    world.push({ENVIRONMENT_FILE: elsewhere})
    assert world.stopped(None) != []

    world.pull({FILE: ORDERS + "# reviewed for the other state\n"})
    assert world.stopped(None) == []


def test_leaving_the_sandbox_makes_nothing_of_what_was_pushed_there(world: World) -> None:
    file = "specs/dev/orders.yaml"
    world.push({file: ORDERS})
    assert world.stopped(None, "dev.orders") == []

    world.push({"specs/dev/environment.yaml": ENVIRONMENT})
    assert world.stopped(None, "dev.orders") != []

    world.push({"specs/dev/environment.yaml": SANDBOX})
    world.pull({"specs/dev/environment.yaml": ENVIRONMENT})
    assert world.stopped(None, "dev.orders") == []


def test_a_commit_that_cannot_be_compiled_reviews_nothing_for_its_stack_and_says_so(world: World) -> None:
    applied = world.converge()
    pull = world.pull({FILE: ORDERS + "backup: {retention_day: 21}\n"})
    (note,) = world.reviewed(applied).notes
    assert note.startswith(
        f"pull request #{pull.number} reviews nothing: its spec cannot be compiled there: "
    )
    assert "retention_day" in note

    # Whoever mends it shows all there is to come.
    world.pull(LONGER)

    assert world.stopped(applied) == []


def test_a_broken_spec_is_nothing_to_the_others(world: World) -> None:
    applied = world.converge()
    world.push({"specs/prod/carts.yaml": "kind: nothing\n"})

    world.pull(LONGER)

    assert world.stopped(applied) == []


def test_a_renamed_database_is_followed_to_its_former_name(world: World) -> None:
    applied = world.converge()
    renamed = ORDERS + "formerly: prod/orders\nidentifier: ecommerce-prod-orders\n"
    world.pull({FILE: None, "specs/prod/purchases.yaml": renamed})
    reviewed = world.reviewed(applied, "prod.purchases")
    assert ("", "id") in reviewed.values
    assert world.stopped(applied, "prod.purchases") == []

    world.push({"specs/prod/purchases.yaml": renamed + "backup: {retention_days: 21}\n"})
    assert world.stopped(applied, "prod.purchases") == STOPPED


def test_a_file_that_moves_to_another_folder_is_the_same_database(world: World) -> None:
    applied = world.converge()
    world.push(LONGER)

    world.pull({FILE: None, "specs/prod/checkout/orders.yaml": LONGER[FILE]})

    assert world.stopped(applied) == []


def test_an_acknowledgement_a_decommission_and_a_fresh_start_are_reviewed_too(world: World) -> None:
    applied = world.converge()
    said = "acknowledge: [{resource: instance, property: kms_key_id, data_loss: nobody wrote to it}]\n"
    world.push({FILE: ORDERS + said})
    assert ("", "acknowledge.instance.kms_key_id") not in world.reviewed(applied).values

    gone = "decommission: {reason: moved, final_snapshot: kept}\n"
    world.pull({FILE: ORDERS + gone})
    kept = world.reviewed(applied).values["", "decommission"]
    world.push({FILE: ORDERS + gone.replace("kept", "false")})
    assert world.reviewed(applied).values["", "decommission"] == kept
    assert world.stopped(applied) == []

    world.pull({FILE: ORDERS + "fresh: true\n"})
    values = world.reviewed(applied).values
    assert ("", "begins") in values
    assert values["", "decommission"] == "absent"


def test_a_file_that_vanishes_takes_with_it_what_a_pull_request_showed(world: World) -> None:
    file = "specs/prod/carts.yaml"
    world.push({file: ORDERS.replace("orders", "carts")})
    carts, applied = world.converge(name="prod.carts"), world.converge()

    world.pull({file: None})
    world.push({FILE: None})

    assert world.stopped(carts, "prod.carts") == []
    assert "delete instance" in world.stopped(applied)


def test_a_database_that_went_and_comes_again_is_created_anew(world: World) -> None:
    world.pull({FILE: ORDERS + "decommission: {reason: moved, final_snapshot: false}\n"})
    world.pull({FILE: None})
    world.pull({FILE: ORDERS + "fresh: true\n"})

    assert world.stopped(None) == []


def test_a_branch_that_is_gone_is_fetched_from_where_it_was(world: World) -> None:
    applied = world.converge()
    pull = world.pull(LONGER, Method.SQUASH)
    world.ada.delete_branch(pull.head_branch)

    assert world.stopped(applied) == []


def test_nobody_is_asked_about_commits_that_leave_the_stack_alone(world: World) -> None:
    applied = world.converge()
    world.pull({"README.md": "Read me\n"})
    world.pull({"specs/people.yaml": "teams: {checkout: {}, platform: {}, more: {}}\n"})
    world.pull({"specs/dev/orders.yaml": ORDERS})
    asked = world.pull(LONGER)

    assert world.stopped(applied) == []
    assert world.asked == [asked.number]


def test_a_pull_request_that_was_rebased_is_judged_by_main_as_it_was_before_all_of_it(world: World) -> None:
    applied = world.converge()
    world.ada.commit("two", {"specs/people.yaml": "teams: {checkout: {}, platform: {}, more: {}}\n"}, "One")
    world.ada.commit("two", LONGER, "Two")
    pull = world.ada.open("two", "Two commits")
    before = world.main

    world.merge(pull, Method.REBASE)

    assert world.stopped(applied) == []
    assert world.onto == [before]


def test_what_was_pending_on_a_side_of_main_only_was_never_shown(world: World) -> None:
    applied = world.converge()
    longer = world.ada.commit("side", LONGER, "Keep backups longer")
    world.ada.commit("side", {FILE: ORDERS}, "Or not")
    world.merge(world.ada.open("side", "Nothing"), approved=False)
    # Merged, this leaves main as it is; its branch has what the first one took back.
    world.local.repository.move("refs/heads/other", longer, None)
    world.ada.commit("other", {FILE: f"# Orders\n{LONGER[FILE]}"}, "Say what it is")
    world.merge(world.ada.open("other", "Say what it is"))
    assert world.stopped(applied) == []

    world.push(LONGER)

    assert world.stopped(applied) == STOPPED


def test_who_touches_what_was_merged_unapproved_from_its_own_branch_reviews_it(world: World) -> None:
    applied = world.converge()
    world.ada.commit("longer", LONGER, "Keep backups longer")
    world.merge(world.ada.open("longer", "Keep backups longer"), approved=False)
    world.ada.commit("longer", {FILE: f"{LONGER[FILE]}# as agreed\n"}, "Say that it is agreed")

    world.merge(world.ada.open("longer", "Say that it is agreed"))

    assert world.stopped(applied) == []


def test_a_file_in_a_hidden_folder_is_no_spec_and_reviews_nothing(world: World) -> None:
    carts = ORDERS.replace("orders", "carts")
    applied = world.converge()
    world.pull({"specs/prod/.old/carts.yaml": carts, "specs/prod/.old/orders.yaml": carts})
    world.pull(LONGER)
    world.push({"specs/prod/carts.yaml": carts})

    assert world.stopped(applied) == []
    assert world.stopped(None, "prod.carts") != []


def test_a_file_may_be_called_anything(world: World) -> None:
    applied = world.converge()
    world.pull({f"specs/prod/a\n\x01{'a' * 40}": "", f"specs/prod/b\n{world.main}": "", **LONGER})
    world.pull({"specs/prod/\n": "", f"specs/{world.main}": "", **LONGEST})

    assert world.stopped(applied) == []
    world.push(LONGER)
    assert world.stopped(applied) == STOPPED


TOOL = "compiler/kinds/mysql/resources.py"


def test_what_dbspec_itself_makes_otherwise_is_reviewed_by_the_pull_requests_that_changed_it(
    world: World,
) -> None:
    applied = older(world)
    assert world.stopped(applied) == STOPPED

    world.pull({TOOL: "one\n"})
    assert world.stopped(applied) == []
    world.pull({"specs/prod/carts.yaml": ORDERS.replace("orders", "carts")})
    world.pull({TOOL: "two\n"}, Method.SQUASH)
    assert world.stopped(applied) == []

    world.push({FILE: ORDERS + "deletion_protection: false\n"})
    assert world.stopped(applied) == ["update instance: deletion_protection, options"]


def test_what_dbspec_itself_makes_otherwise_is_unreviewed_where_a_part_of_it_was_not_approved(
    world: World,
) -> None:
    applied = older(world)
    world.pull({TOOL: "one\n"})
    unapproved = world.pull({TOOL: "two\n"}, approved=False)

    assert world.stopped(applied) == STOPPED
    assert [f"#{unapproved.number} reviews nothing" in each for each in world.reviewed(applied).notes] == [
        True
    ]
    world.pull({FILE: f"# looked at\n{ORDERS}"})
    assert world.stopped(applied) == []


def test_what_a_push_makes_of_dbspec_itself_is_unreviewed(world: World) -> None:
    applied = older(world)
    sha = world.push({TOOL: "one\n"})

    assert world.stopped(applied) == STOPPED
    assert world.reviewed(applied).notes == (
        f"the push of {sha[:12]} reviews nothing: no pull request brought it",
    )


def older(world: World) -> Applied:
    """The record of what an earlier dbspec applied, which kept fewer backups."""
    applied = world.converge()
    assert applied.converged
    stack = graph.from_data(applied.converged.graph)
    resources = tuple(
        replace(each, inputs={**each.inputs, "backup_retention_period": 1})
        if each.name == "instance"
        else each
        for each in stack.resources
    )
    data = graph.to_data(replace(stack, resources=resources))
    return replace(applied, converged=replace(applied.converged, graph=data))
