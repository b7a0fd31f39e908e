"""What a repository on GitHub is not set up for is said, with the way to set it up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.doctor import Wanted, forge
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect_rules
from bot.forge.local.forge import LocalForge
from compiler.doctor.finding import Finding, State
from tests.forge.conftest import Github
from tests.forge.github_rules import ruleset
from tests.forge.github_server import ALL, Fault, Principal

WANTED = Wanted("main", "dbspec", ["prod"], 1)
ADMIN = ALL | {"actions": "read", "administration": "read"}
GOOD_PROTECTION = {
    "required_status_checks": {"strict": False, "contexts": ["dbspec"], "checks": [{"context": "dbspec"}]},
    "required_pull_request_reviews": {
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "required_approving_review_count": 1,
        "require_last_push_approval": False,
    },
    "enforce_admins": {"enabled": True},
    "allow_force_pushes": {"enabled": False},
    "allow_deletions": {"enabled": False},
}


@pytest.fixture
def admin(github: Github) -> Github:
    github.server.tokens["admin"] = Principal("octocat", ADMIN, is_app=False)
    return github


def _found(
    github: Github, token: str = "admin", wanted: Wanted = WANTED, tries: int = 6
) -> dict[str, Finding]:
    patience = Patience(tries=tries, sleep=github.waits.append)
    rules = connect_rules(github.server.environ(token), patience)
    area = forge(github.connect(token, tries).pulls, rules, wanted)
    return {each.about: each for each in area.findings}


def _missing(found: dict[str, Finding]) -> set[str]:
    return {about for about, each in found.items() if each.state is State.MISSING}


def test_a_repository_as_it_should_be_lacks_nothing(admin: Github) -> None:
    admin.server.largest_page = 2
    found = _found(admin)
    assert {about: each.said for about, each in found.items() if each.state is not State.OK} == {}
    assert found["subject of tokens"].said.endswith(
        "it has both ids in it: dbspec roles ENVIRONMENT "
        "--repository acme/databases --owner-id 11 --repository-id 22"
    )


def test_a_new_repository_lacks_everything_that_protects_it(admin: Github) -> None:
    rules = admin.server.rules
    rules.rules, rules.places, rules.workflows, rules.owners = [], {}, {"ci": "active"}, None
    rules.tokens, rules.approves = "write", True
    found = _found(admin)
    assert _missing(found) == {
        "required check",
        "pull requests",
        "approvals",
        "code owners",
        "stale approvals",
        "history",
        "deletion",
        "CODEOWNERS",
        "Actions",
        "workflows",
        "environment prod",
    }
    for about in _missing(found):
        assert found[about].fix, about


def test_the_older_branch_protection_counts_as_much(admin: Github) -> None:
    admin.server.rules.rules, admin.server.rules.protection = [], GOOD_PROTECTION
    found = _found(admin)
    assert _missing(found) == set()
    assert found["administrators"].said == "are held to all of this"
    admin.server.rules.protection = GOOD_PROTECTION | {"enforce_admins": {"enabled": False}}
    assert _missing(_found(admin)) == {"administrators"}


def test_a_ruleset_and_a_protection_add_up(admin: Github) -> None:
    only_reviews = [each for each in ruleset() if each["type"] == "pull_request"]
    only_checks: dict[str, Any] = GOOD_PROTECTION | {"required_pull_request_reviews": None}
    admin.server.rules.rules, admin.server.rules.protection = only_reviews, only_checks
    assert _missing(_found(admin)) == set()


@pytest.mark.parametrize(
    ("more", "about"),
    [
        ({"checks": ["test", "dbspec / conclude"]}, "required check"),
        ({"reviews": {"require_code_owner_review": False}}, "code owners"),
        ({"reviews": {"required_approving_review_count": 0}}, "approvals"),
        (
            {"reviews": {"dismiss_stale_reviews_on_push": False, "require_last_push_approval": False}},
            "stale approvals",
        ),
    ],
)
def test_each_rule_that_is_not_there_is_named(admin: Github, more: dict[str, Any], about: str) -> None:
    admin.server.rules.rules = ruleset(**more)
    assert _missing(_found(admin)) == {about}


def test_approvals_are_asked_for_as_the_strictest_environment_does(admin: Github) -> None:
    assert _missing(_found(admin, wanted=Wanted("main", "dbspec", [], 2))) == {"approvals"}
    admin.server.rules.rules = ruleset(reviews={"required_approving_review_count": 0})
    assert _missing(_found(admin, wanted=Wanted("main", "dbspec", [], 0))) == set()


@pytest.mark.parametrize(
    ("branches", "said"),
    [(None, "any branch may deploy to it"), (["main", "release/*"], "release/* may deploy to it too")],
)
def test_an_environment_that_more_than_main_deploys_to_is_named(
    admin: Github, branches: list[str] | None, said: str
) -> None:
    admin.server.rules.places["prod"] = branches
    found = _found(admin)
    assert _missing(found) == {"environment prod"}
    assert found["environment prod"].said == said


def test_settings_that_let_too_much_through_are_named(admin: Github) -> None:
    rules = admin.server.rules
    rules.workflows["drift"] = "disabled_inactivity"
    rules.owners = ["Unknown owner"]
    rules.customized = True
    rules.default_branch = "trunk"
    found = _found(admin)
    assert _missing(found) == {"repository", "CODEOWNERS", "workflows", "subject of tokens"}
    assert found["workflows"].fix == "gh workflow enable drift.yaml"
    assert ".github/CODEOWNERS:4: Unknown owner" in found["CODEOWNERS"].said
    admin.server.rules.actions = False
    assert "switched off" in _found(admin)["Actions"].said


def test_what_a_token_may_not_know_is_unknown_and_not_missing(github: Github) -> None:
    found = _found(github, "good")
    assert _missing(found) == set()
    unknown = {about for about, each in found.items() if each.state is State.UNKNOWN}
    assert unknown == {"Actions", "workflows", "environments", "subject of tokens"}
    assert "gh auth token" in found["Actions"].fix
    # Whether a protection that it may not read adds something to the ruleset.
    github.server.rules.protection = GOOD_PROTECTION
    assert _found(github, "good")["branch rules"].state is State.UNKNOWN


def test_an_app_is_asked_what_it_was_given(github: Github, tmp_path: Path) -> None:
    from tests.forge.test_github_faults import _as_app

    environ = _as_app(github.server, tmp_path)
    rules = connect_rules(environ, Patience(sleep=github.waits.append))
    assert rules.lacking() == ()
    github.server.installed = ALL | {"checks": "read", "administration": "write"}
    assert rules.lacking() == ("checks: write",)


def test_a_token_that_github_does_not_know_says_so_once(github: Github) -> None:
    found = _found(github, "expired")
    assert set(found) == {"token"}
    assert found["token"].state is State.MISSING


def test_what_github_fails_to_answer_is_unknown(admin: Github) -> None:
    admin.server.faults_on = frozenset({"GET"})
    admin.server.faults.extend([Fault.NONE, Fault.BAD_GATEWAY])
    found = _found(admin, tries=1)
    assert "502" in "".join(each.said for each in found.values() if each.state is State.UNKNOWN)
    assert _missing(found) == set()


def test_a_forge_in_a_folder_has_no_rules(local: LocalForge) -> None:
    area = forge(local.connect("dbspec[bot]").pulls, None, WANTED)
    assert [each.state for each in area.findings] == [State.OK, State.OK]
