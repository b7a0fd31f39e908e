"""What a change takes for itself, and who at base has to agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.authority import merged, needs, problems, stricter, strictly
from bot.authority.grants import rights
from bot.permissions import Action
from compiler.catalog import Catalog
from compiler.engine.job import Job
from compiler.engine.target import Target
from compiler.graph import Stack
from compiler.render import terminal

Specs = Callable[..., Catalog]

TODAY = date(2026, 11, 23)
ENVIRONMENT = 'tier: production\nedition: "2026.11"\nregion: ap-northeast-2\ntarget: sandbox\napprovals: 1\n'
ACCOUNT = (
    'target: {account: "123456789012", preview_role: "arn:aws:iam::123456789012:role/read", '
    'apply_role: "arn:aws:iam::123456789012:role/write"}\n'
    "state: {backend: 's3://acme-prod'}\n"
    "shared_infrastructure: {literal: {vpc_id: vpc-0123456789abcdef0, private_subnet_ids: "
    "[subnet-0123456789abcdef0, subnet-0123456789abcdef1]}}\n"
)
ORDERS = "kind: mysql\nproject: ecommerce\nowner: checkout\ndatabase_name: orders\n"
WAIVER = "waive: {{RDS.23: {{reason: 3306 is compiled in, until: {until}}}}}\n"
HOLD = "hold: {reason: the audit, until: 2026-12-31}\n"


@dataclass(frozen=True)
class Case:
    """What differs from the usual specs at base and at head."""

    base: Mapping[str, str | tuple[str, str] | None]
    head: Mapping[str, str | tuple[str, str] | None]


CASES = {
    "nothing": Case({}, {}),
    "a database of development": Case({}, {"dev/orders.yaml": f"{ORDERS}description: the shop\n"}),
    "a database": Case({}, {"prod/orders.yaml": f"{ORDERS}description: the shop\n"}),
    "a comment in a database": Case({}, {"prod/orders.yaml": f"# again\n{ORDERS}"}),
    "a file moved": Case({}, {"prod/orders.yaml": None, "prod/shop/orders.yaml": ORDERS}),
    "a new database": Case({}, {"prod/carts.yaml": ORDERS}),
    "a database taken out": Case({}, {"prod/orders.yaml": None}),
    "a database renamed to another team": Case(
        {},
        {
            "prod/orders.yaml": None,
            "prod/carts.yaml": ORDERS.replace("checkout", "identity")
            + "formerly: prod/orders\nidentifier: ecommerce-prod-orders\n",
        },
    ),
    "an owner changed": Case({}, {"prod/orders.yaml": ORDERS.replace("checkout", "identity")}),
    "a hold taken out": Case({"prod/orders.yaml": ORDERS + HOLD}, {}),
    "a hold that is over taken out": Case(
        {"prod/orders.yaml": ORDERS + HOLD.replace("2026-12-31", "2026-11-22")}, {}
    ),
    "a database decommissioned": Case(
        {}, {"prod/orders.yaml": f"{ORDERS}decommission: {{reason: old, final_snapshot: false}}\n"}
    ),
    "a loss of data acknowledged": Case(
        {},
        {
            "prod/orders.yaml": f"{ORDERS}acknowledge: "
            "[{resource: instance, property: kms_key_id, data_loss: empty}]\n"
        },
    ),
    "a waiver": Case({}, {"prod/orders.yaml": ORDERS + WAIVER.format(until="2027-03-31")}),
    "a waiver that is over": Case({}, {"prod/orders.yaml": ORDERS + WAIVER.format(until="2026-11-22")}),
    "a longer waiver": Case(
        {"prod/orders.yaml": ORDERS + WAIVER.format(until="2027-03-31")},
        {"prod/orders.yaml": ORDERS + WAIVER.format(until="2027-04-01")},
    ),
    "a shorter waiver": Case(
        {"prod/orders.yaml": ORDERS + WAIVER.format(until="2027-03-31")},
        {"prod/orders.yaml": ORDERS + WAIVER.format(until="2027-03-30")},
    ),
    "a waiver that the environment has": Case(
        {"prod/environment.yaml": ENVIRONMENT + WAIVER.format(until="2027-12-31")},
        {
            "prod/environment.yaml": ENVIRONMENT + WAIVER.format(until="2027-12-31"),
            "prod/orders.yaml": ORDERS + WAIVER.format(until="2027-03-31"),
        },
    ),
    "a waiver of an environment": Case(
        {}, {"prod/environment.yaml": ENVIRONMENT + WAIVER.format(until="2027-12-31")}
    ),
    "a waiver by default": Case(
        {},
        {
            "prod/environment.yaml": f"{ENVIRONMENT}defaults:\n  mysql:\n    {WAIVER.format(until='2027-12-31')}"
        },
    ),
    "a tier lowered": Case({}, {"prod/environment.yaml": ENVIRONMENT.replace("production", "development")}),
    "a tier lowered and approvals with it": Case(
        {},
        {
            "prod/environment.yaml": ENVIRONMENT.replace("production", "development").replace(
                "approvals: 1", "approvals: 0"
            )
        },
    ),
    "a tier raised": Case({"prod/environment.yaml": ENVIRONMENT.replace("production", "staging")}, {}),
    "an account instead of the sandbox": Case(
        {"prod/environment.yaml": ENVIRONMENT.replace("approvals: 1\n", "")},
        {
            "prod/environment.yaml": ENVIRONMENT.replace("approvals: 1\n", "").replace(
                "target: sandbox\n", ACCOUNT
            )
        },
    ),
    "the sandbox instead of an account": Case(
        {
            "prod/environment.yaml": ENVIRONMENT.replace("approvals: 1\n", "").replace(
                "target: sandbox\n", ACCOUNT
            )
        },
        {"prod/environment.yaml": ENVIRONMENT.replace("approvals: 1\n", "")},
    ),
    "limits loosened": Case(
        {"prod/environment.yaml": f"{ENVIRONMENT}limits: {{kinds: [mysql, dynamodb], storage_gib: 100}}\n"},
        {"prod/environment.yaml": f"{ENVIRONMENT}limits: {{kinds: [mysql, dynamodb, redis]}}\n"},
    ),
    "a control no longer required": Case(
        {"prod/environment.yaml": f"{ENVIRONMENT}require: [RDS.5, RDS.23]\n"},
        {"prod/environment.yaml": f"{ENVIRONMENT}require: [RDS.23]\n"},
    ),
    "limits tightened": Case(
        {"prod/environment.yaml": f"{ENVIRONMENT}limits: {{storage_gib: 400}}\n"},
        {"prod/environment.yaml": f"{ENVIRONMENT}limits: {{storage_gib: 200, replicas: 2}}\n"},
    ),
    "an environment's hold taken out": Case({"prod/environment.yaml": ENVIRONMENT + HOLD}, {}),
    "what an environment extends": Case(
        {
            "base.yaml": "tags: {Team: shop}\n",
            "prod/environment.yaml": f"extends: ../base.yaml\n{ENVIRONMENT}",
        },
        {
            "base.yaml": "tags: {Team: store}\n",
            "prod/environment.yaml": f"extends: ../base.yaml\n{ENVIRONMENT}",
        },
    ),
    "a new environment": Case(
        {},
        {"test/environment.yaml": ENVIRONMENT + "account_wide: false\n" + WAIVER.format(until="2027-12-31")},
    ),
    "an environment taken out": Case(
        {},
        {
            "prod/environment.yaml": None,
            "prod/orders.yaml": None,
            "prod/sessions.yaml": None,
            "people.yaml": ("  prod:\n    waive: [platform]\n    emergency: [barbara]\n", ""),
        },
    ),
    "an environment unreadable at base": Case({"prod/environment.yaml": "tier: none\n"}, {}),
    "a new member": Case(
        {}, {"people.yaml": ("members: [barbara, edsger]", "members: [barbara, edsger, ada]")}
    ),
    "a new member of an owner": Case({}, {"people.yaml": ("members: [grace]", "members: [grace, ada]")}),
    "somebody who may everything joins an owner": Case(
        {}, {"people.yaml": ("members: [grace]", "members: [grace, barbara]")}
    ),
    "from everything to what one team owns": Case(
        {},
        {
            "people.yaml": (
                "identity: {members: [grace]}\n  platform: {members: [barbara, edsger]}",
                "identity: {members: [grace, edsger]}\n  platform: {members: [barbara]}",
            )
        },
    ),
    "a change that only somebody without an account may approve": Case(
        {"people.yaml": ("members: [barbara, edsger]", "members: [donald]")},
        {
            "people.yaml": ("members: [barbara, edsger]", "members: [donald]"),
            "prod/environment.yaml": f"{ENVIRONMENT}tags: {{Team: shop}}\n",
        },
    ),
    "an account changed": Case(
        {}, {"people.yaml": ("github: {id: 5, login: edsger}", "github: {id: 50, login: e}")}
    ),
    "a login changed": Case({}, {"people.yaml": ("login: edsger", "login: dijkstra")}),
    "a user renamed": Case({}, {"people.yaml": ("edsger", "dijkstra")}),
    "a right widened": Case({}, {"people.yaml": ("waive: [platform]", "waive: [platform, owner]")}),
    "a right that nobody has": Case({"people.yaml": ("    waive: [platform]\n", "")}, {}),
    "a right taken away": Case({}, {"people.yaml": ("    emergency: [barbara]\n", "")}),
    "a right in development": Case(
        {}, {"people.yaml": ("  prod:\n", "  dev:\n    emergency: [ada]\n  prod:\n")}
    ),
    "no grants yet": Case({"people.yaml": "teams: {checkout: {}, identity: {}}\n"}, {}),
}


def test_what_changes_need(specs: Specs, golden: Callable[[Path, str], None]) -> None:
    said = []
    for name, case in CASES.items():
        base, head = specs(case.base, wrong=True), specs(case.head)
        found = needs(base, head, TODAY)
        said.append(f"== {name}\n")
        for each in found:
            words = each.right.words(base.people, each.count)
            holders = ", ".join(each.right.holders(base.people, head.people))
            said.append(f"{each.rule} at {each.at}: {each.reason}\n")
            said.append(f"  needs {words}\n  of whom there are: {holders or 'none'}\n")
        shown = terminal.diagnostics(problems(found, base.people, head.people))
        said.append("\n" if not found else f"-- as problems:\n{shown}\n")
    golden(Path(__file__).parent / "needs.txt", "".join(said))


def test_what_the_compiler_changes_needs_approval_like_a_file(specs: Specs) -> None:
    found = needs(specs(), specs(), TODAY, touched={"prod/orders", "prod", "dev/orders"})
    assert [(each.rule, each.reason) for each in found] == [
        ("authority/change", "environment prod is changed"),
        ("authority/change", "prod/orders is changed"),
    ]


def test_the_more_approvals_of_base_and_head_are_asked_for(specs: Specs) -> None:
    two = {"prod/environment.yaml": ENVIRONMENT.replace("approvals: 1", "approvals: 2")}
    for base, head in ((specs(two), specs()), (specs(), specs(two))):
        assert {each.count for each in needs(base, head, TODAY)} == {2}


def test_an_unreadable_environment_asks_for_an_approval_at_least(specs: Specs) -> None:
    base = specs({"prod/environment.yaml": "tier: none\n"}, wrong=True)
    head = specs({"prod/environment.yaml": ENVIRONMENT.replace("approvals: 1\n", "")})
    assert {each.count for each in needs(base, head, TODAY)} == {1}
    assert needs(head, head, TODAY) == ()


def test_a_branch_brings_what_it_changes_and_nothing_else(specs: Specs) -> None:
    extending = f"extends: ../base.yaml\n{ENVIRONMENT}"
    old = {"base.yaml": "tags: {Team: shop}\n", "prod/environment.yaml": extending}
    branch = specs(old | {"base.yaml": "tags: {Team: store}\n", "prod/orders.yaml": None})
    main = specs(old | {"prod/sessions.yaml": None, "prod/carts.yaml": ORDERS, "dev/orders.yaml": None})
    found = merged(main, branch, {"specs/base.yaml", "specs/prod/orders.yaml", "README.md"})
    assert list(found.databases) == ["prod/carts"]
    assert found.environments["prod"].spec.tags == {"Team": "store"}
    assert found.texts["specs/base.yaml"] == b"tags: {Team: store}\n"
    assert found.texts.keys() == main.texts.keys() - {"specs/prod/orders.yaml"}
    assert found.people is main.people
    reasons = [each.reason for each in needs(main, found, TODAY)]
    assert reasons == ["environment prod is changed", "prod/orders is taken out of the specs"]


def test_nothing_is_needed_for_what_is_the_same(specs: Specs) -> None:
    assert needs(specs(), specs(), TODAY) == ()


@pytest.mark.parametrize(
    ("base", "head", "tier"),
    [
        ("production", "development", "production"),
        ("development", "production", "production"),
        ("staging", "development", "staging"),
        ("development", None, "development"),
        (None, "staging", "staging"),
        (None, None, "production"),
    ],
)
def test_gates_judge_by_the_stricter_tier(
    specs: Specs, base: str | None, head: str | None, tier: str
) -> None:
    def catalog(tier: str | None) -> Catalog:
        if tier is None:
            return specs(
                dict.fromkeys(["prod/environment.yaml", "prod/orders.yaml", "prod/sessions.yaml"]), wrong=True
            )
        return specs({"prod/environment.yaml": ENVIRONMENT.replace("production", tier)})

    before, after = catalog(base), catalog(head)
    assert stricter(before.environments.get("prod"), after.environments.get("prod")) == tier
    target = Target("prod", "development", "ap-northeast-2", "0" * 12, None, "file:///x", "passphrase")
    judged = strictly(Job(Stack("prod.orders", ()), target), before, after)
    assert judged.target.tier == tier


def test_an_environment_unreadable_at_base_is_judged_as_production(specs: Specs) -> None:
    before = specs({"prod/environment.yaml": "tier: none\n"}, wrong=True)
    after = specs({"prod/environment.yaml": ENVIRONMENT.replace("production", "development")})
    target = Target("prod", "development", "ap-northeast-2", "0" * 12, None, "file:///x", "passphrase")
    assert strictly(Job(Stack("prod.orders", ()), target), before, after).target.tier == "production"


def test_rights_are_those_of_accounts_and_not_of_names(specs: Specs) -> None:
    found = rights(specs().people, "prod")
    waiving = {each.account for each in found if each.action is Action.WAIVE}
    assert waiving == {("slack", "U0BARBARA"), ("github", "4"), ("slack", "U0EDSGER"), ("github", "5")}
    owned = {(each.owner, user) for each, user in found.items() if each.action is Action.CHANGE}
    assert owned == {
        ("checkout", "ada"),
        ("checkout", "alan"),
        ("identity", "grace"),
        ("", "barbara"),
        ("", "edsger"),
    }
