"""What is told of a preview: one comment, one check, and who has to act; and what the forge does meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.commands.app import run
from bot.forge.forge import CheckState, Conclusion, Forge, Pull, ReviewState
from bot.forge.github.client import Patience
from bot.forge.github.connect import connect
from bot.forge.local.checks import LocalChecks
from bot.jobs import conclude, files
from bot.jobs.conclude import CHECK, Attempt
from bot.jobs.event import Event
from bot.jobs.result import Phase, Result, Tier
from tests.forge.github_server import ALL, WRITES, Fault, GithubServer, Principal
from tests.jobs.conftest import ORDERS, SESSIONS, TODAY, Shop, git, granted

READS = dict.fromkeys(ALL, "read")
LARGER = ORDERS + "instance_class: db.r7g.xlarge\n"


@pytest.fixture(name="granted")
def _granted(shop: Shop) -> Shop:
    """The shop, in which the team may approve its databases."""
    shop.grace.commit("main", granted(shop), "Say who may")
    return shop


def told(shop: Shop, pull: Pull, forge: Forge | None = None, key: str = "1/1") -> Result:
    """What comes of a whole preview of the first tier."""
    event, forge = shop.event(pull), forge or shop.forge
    revisions = shop.revisions(pull)
    found, approval = conclude.approved(forge, event, revisions, shop.preview(pull), TODAY)
    conclude.tell(forge, event, found, approval, Attempt(key, "https://forge.example/run/1"))
    return found


def _comments(shop: Shop, pull: Pull) -> list[str]:
    return [each.body for each in shop.forge.pulls.comments(pull.number)]


def _conclusion(shop: Shop, sha: str, forge: Forge | None = None) -> Conclusion | None:
    (check,) = (forge or shop.forge).checks.checks(sha, CHECK)
    return check.conclusion


def test_a_change_that_nobody_approved_waits_for_whoever_may_and_then_passes(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    found = told(granted, pull)
    assert _conclusion(granted, pull.head_sha) is Conclusion.ACTION_REQUIRED
    assert any("grace" in each for each in found.next)
    assert not any("ada" in each for each in found.next)
    granted.grace.review(pull.number, ReviewState.APPROVED)
    assert told(granted, pull, key="2/1").next == (
        "Whoever wants it: merge it. It is approved, and merging applies just this.",
    )
    assert _conclusion(granted, pull.head_sha) is Conclusion.SUCCESS
    assert len(_comments(granted, pull)) == 1


def test_whose_wish_for_changes_stands_in_the_way_is_said(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    granted.grace.review(pull.number, ReviewState.CHANGES_REQUESTED)

    assert "grace" in next(each for each in told(granted, pull).next if each.startswith("The author"))


def test_what_is_refused_fails_and_is_annotated_where_it_is_written(granted: Shop) -> None:
    pull = granted.pull(
        {"specs/prod/orders.yaml": ORDERS.replace("database_name: orders", "database_name: shop")}
    )
    found = told(granted, pull)
    assert not conclude.passes(found)
    (check,) = granted.forge.checks.checks(pull.head_sha, CHECK)
    assert check.conclusion is Conclusion.FAILURE
    assert isinstance(granted.forge.checks, LocalChecks)
    places = {(each.path, each.line) for each in granted.forge.checks.annotations(check.id)}
    assert ("specs/prod/orders.yaml", 4) in places


def test_no_change_is_told_too_and_clears_what_was_alarming(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": None})
    told(granted, pull)
    (before,) = _comments(granted, pull)
    granted.ada.commit("change", {"specs/prod/orders.yaml": "# as it was\n" + ORDERS}, "Put it back")
    pull = granted.forge.pulls.pull(pull.number)
    told(granted, pull)
    (after,) = _comments(granted, pull)
    assert "refused" in before
    assert "refused" not in after
    assert _conclusion(granted, pull.head_sha) is not Conclusion.FAILURE


def test_a_preview_that_runs_says_so_and_does_not_pass(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    conclude.begin(granted.forge, granted.event(pull), Attempt("1/1"))
    (check,) = granted.forge.checks.checks(pull.head_sha, CHECK)
    assert (check.state, check.conclusion) == (CheckState.RUNNING, None)
    assert len(_comments(granted, pull)) == 1
    assert conclude.last(granted.forge, granted.event(pull)) is None
    told(granted, pull)
    assert len(granted.forge.checks.checks(pull.head_sha, CHECK)) == 1
    assert len(_comments(granted, pull)) == 1


def test_a_preview_that_runs_again_keeps_what_is_known_of_the_same_head(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    told(granted, pull)
    conclude.begin(granted.forge, granted.event(pull), Attempt("1/2"))
    (comment,) = _comments(granted, pull)
    assert comment.startswith("### Looking at what this does")
    assert "| `prod.orders` |" in comment
    granted.ada.commit(pull.head_branch, {"specs/prod/orders.yaml": ORDERS}, "Take it back")
    pull = granted.forge.pulls.pull(pull.number)
    conclude.begin(granted.forge, granted.event(pull), Attempt("2/1"))
    (comment,) = _comments(granted, pull)
    assert "prod.orders" not in comment


def test_a_head_that_was_pushed_over_meanwhile_leaves_the_newer_comment_alone(granted: Shop) -> None:
    older = granted.pull({"specs/prod/orders.yaml": LARGER})
    granted.fetch()
    granted.ada.force("change", {"specs/prod/sessions.yaml": SESSIONS + "ttl: gone_at\n"}, "Something else")
    newer = granted.forge.pulls.pull(older.number)
    told(granted, newer)
    before = _comments(granted, newer)
    told(granted, older)
    assert _comments(granted, newer) == before
    (check,) = granted.forge.checks.checks(older.head_sha, CHECK)
    assert check.data["result"]["head"] == older.head_sha


def test_main_that_changed_the_same_database_meanwhile_is_said(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    granted.grace.commit("main", {"specs/prod/sessions.yaml": SESSIONS + "ttl: gone_at\n"}, "Elsewhere")
    assert not any("update the branch" in each for each in told(granted, pull).next)
    granted.grace.commit("main", {"specs/prod/orders.yaml": "# more\n" + ORDERS}, "The same")
    assert any("update the branch" in each for each in told(granted, pull).next)


def test_what_was_told_can_be_told_again_with_new_approvals(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    first = told(granted, pull)
    again = conclude.last(granted.forge, granted.event(pull))
    assert again is not None
    assert (again.reports, again.diagnostics) == (first.reports, first.diagnostics)


def test_a_check_of_somebody_else_is_not_told_again(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    told(granted, pull, forge=granted.local.connect("stranger[bot]"))
    assert conclude.last(granted.forge, granted.event(pull)) is None


def test_a_group_of_a_merge_queue_gets_the_check_on_its_own_commit_and_no_comment(granted: Shop) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    granted.grace.review(pull.number, ReviewState.APPROVED)
    group = granted.grace.merging.enqueue(pull.number)
    granted.fetch()
    event = Event(pull.number, group, pull.base_sha, group=True)
    from bot.jobs.preview import preview
    from bot.jobs.revisions import revisions

    both = revisions(granted.clone / "specs", event.base, event.head)
    found, approval = conclude.approved(granted.forge, event, both, preview(event, both, TODAY), TODAY)
    conclude.tell(granted.forge, event, found, approval, Attempt("1/1"))
    assert _conclusion(granted, group) is Conclusion.SUCCESS
    assert _comments(granted, pull) == []


def test_a_part_that_left_no_result_fails_the_whole(granted: Shop, tmp_path: Path) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    event = granted.event(pull)
    files.write(granted.preview(pull), tmp_path / "a", "specs")
    files.expect(["account-prod-1", "account-prod-2"], tmp_path / "b", Tier.ACCOUNT)
    files.write(replace(granted.preview(pull), reports=()), tmp_path / "c", "account-prod-1")
    found = conclude.gathered(
        event,
        tmp_path,
        json.dumps(
            {"rehearse": {"result": "failure"}, "begin": {"result": "failure"}, "x": {"result": "skipped"}}
        ),
    )
    assert found.phase is Phase.FAILED
    assert [each.split("`")[1] for each in found.failures] == ["account-prod-2", "rehearse"]
    assert [each.stack for each in found.reports] == ["prod.orders"]
    assert not conclude.passes(found)


def test_results_of_another_commit_are_not_mixed_in(granted: Shop, tmp_path: Path) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    files.write(replace(granted.preview(pull), head="0" * 40), tmp_path, "specs")
    found = conclude.gathered(granted.event(pull), tmp_path, "")
    assert (found.phase, found.reports) == (Phase.FAILED, ())
    assert "another commit" in found.failures[0]


@pytest.mark.parametrize("left", [b"", b"{}", b"[]", b'{"version": 0}', b"[" * 100_000])
def test_what_is_no_result_fails_the_whole_and_is_told(granted: Shop, tmp_path: Path, left: bytes) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    (tmp_path / "rehearse-1.result.json").write_bytes(left)
    found = conclude.gathered(granted.event(pull), tmp_path, "", granted.preview(pull))
    assert (found.phase, [each.stack for each in found.reports]) == (Phase.FAILED, ["prod.orders"])
    assert found.failures[0].startswith("`rehearse-1` left no result")


def test_nothing_left_at_all_is_a_failure_that_is_told(granted: Shop, tmp_path: Path) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    found = conclude.gathered(granted.event(pull), tmp_path, "")
    assert found.phase is Phase.FAILED
    conclude.tell(granted.forge, granted.event(pull), found, None, Attempt("1/1"))
    assert _conclusion(granted, pull.head_sha) is Conclusion.FAILURE
    assert len(_comments(granted, pull)) == 1


@dataclass
class Github:
    """A GitHub over the shop's repository, and a forge that speaks to it."""

    server: GithubServer
    waits: list[float] = field(default_factory=list)

    def connect(self, token: str = "good") -> Forge:
        return connect(self.server.environ(token), Patience(tries=6, sleep=self.waits.append))


@pytest.fixture
def github(granted: Shop) -> Iterator[Github]:
    with GithubServer(granted.local) as server:
        server.tokens["fork"] = Principal("github-actions[bot]", READS)
        yield Github(server)
    assert server.problems == []


def test_the_same_over_http(granted: Shop, github: Github) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    told(granted, pull, forge=github.connect())
    assert _conclusion(granted, pull.head_sha, github.connect()) is Conclusion.ACTION_REQUIRED
    assert conclude.last(github.connect(), granted.event(pull)) is not None


def test_a_forks_token_writes_nothing_and_the_run_has_it_all(
    granted: Shop,
    github: Github,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pull = granted.local.contributor("linus").open_from_fork("fix", {"specs/prod/orders.yaml": None}, "Fix")
    granted.fetch()
    files.write(granted.preview(pull), tmp_path / "results", "specs")
    for name, value in github.server.environ("fork").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.chdir(granted.clone)
    asked = ["--pull", str(pull.number), "--head", pull.head_sha, "--base", pull.base_sha]
    assert run(["ci", "conclude", str(tmp_path / "results"), *asked]) == 4
    out, err = capsys.readouterr()
    assert "::error file=specs/prod/orders.yaml,line=1" in out
    assert "no check was written" in err
    assert "no comment was written" in err
    assert "prod/orders" in (tmp_path / "summary.md").read_text()
    assert _comments(granted, pull) == []


@pytest.mark.parametrize(
    "fault", [Fault.BAD_GATEWAY, Fault.BAD_GATEWAY_LATE, Fault.LOST, Fault.RETRY_AFTER, Fault.SECONDARY]
)
def test_a_forge_that_fails_for_a_while_gets_one_comment_and_one_check(
    granted: Shop, github: Github, fault: Fault
) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    github.server.faults_on = WRITES | {"GET"}
    github.server.faults.extend([fault] * 3)
    told(granted, pull, forge=github.connect())
    assert len(_comments(granted, pull)) == 1
    assert _conclusion(granted, pull.head_sha, github.connect()) is Conclusion.ACTION_REQUIRED


def test_a_forge_that_answers_no_more_ends_the_job_with_the_summary_written(
    granted: Shop,
    github: Github,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": LARGER})
    granted.fetch()
    files.write(granted.preview(pull), tmp_path / "results", "specs")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.chdir(granted.clone)
    forge = github.connect()
    monkeypatch.setattr("bot.forge.connect.connect", lambda _: forge)
    github.server.faults_on = WRITES
    github.server.faults.extend([Fault.BAD_GATEWAY] * 100)
    asked = ["--pull", str(pull.number), "--head", pull.head_sha, "--base", pull.base_sha]
    assert run(["ci", "conclude", str(tmp_path / "results"), *asked]) == 3
    assert "502" in capsys.readouterr().err
    assert "prod/orders" in (tmp_path / "summary.md").read_text()


def test_what_the_code_of_main_finds_stands_over_what_that_of_the_pull_request_says(
    granted: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = granted.pull({"specs/prod/orders.yaml": None})
    granted.fetch()
    nothing = Result(pull.number, pull.head_sha, pull.base_sha, unchanged=5)
    files.write(nothing, tmp_path / "results", "specs")
    monkeypatch.setenv("DBSPEC_FORGE", str(granted.local.root))
    monkeypatch.chdir(granted.clone)
    asked = ["--pull", str(pull.number), "--head", pull.head_sha, "--base", pull.base_sha]
    assert run(["ci", "conclude", str(tmp_path / "results"), *asked]) == 4
    assert _conclusion(granted, pull.head_sha) is Conclusion.FAILURE


def test_a_forks_commit_is_fetched_where_the_clone_lacks_it(
    granted: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(granted.clone, "pull", "--quiet")
    linus = granted.local.contributor("linus")
    pull = linus.open_from_fork("fix", {"specs/prod/orders.yaml": LARGER}, "Fix")
    monkeypatch.chdir(granted.clone)
    asked = ["--pull", str(pull.number), "--head", pull.head_sha, "--base", pull.base_sha]
    assert run(["ci", "preview", "--out", str(tmp_path), *asked]) == 0
