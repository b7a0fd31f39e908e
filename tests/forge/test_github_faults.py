"""GitHub at its worst: what was written once is there once, and what cannot be done is said plainly."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.forge.forge import (
    Annotation,
    CheckState,
    Conclusion,
    DeniedError,
    DeploymentState,
    Forge,
    ForgeError,
    NewCheck,
)
from bot.forge.github.client import Patience
from bot.forge.github.connect import PERMISSIONS, connect, connect_client
from bot.forge.github.pulls import GithubPulls
from bot.forge.local.comments import add_comment
from bot.forge.local.forge import LocalForge
from compiler.diagnostics import UserError
from tests.forge.conftest import Github
from tests.forge.github_server import APP_ID, INSTALLATION, WRITES, Fault, GithubServer, Principal

FAULTS = st.lists(st.sampled_from(list(Fault)), max_size=5)


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Github]:
    local = LocalForge.create(tmp_path_factory.mktemp("forge"))
    local.contributor("mei").commit("main", {"a": "a"}, "Begin")
    with GithubServer(local) as server:
        yield Github(server)
    assert server.problems == []


_fresh = itertools.count()


@settings(max_examples=12, deadline=None)
@given(faults=FAULTS, reads_too=st.booleans())
def test_whatever_fails_a_comment_a_check_an_issue_a_deployment_and_a_pull_request_are_there_once(
    rough: Github, faults: list[Fault], reads_too: bool
) -> None:
    server, local, forge = rough.server, rough.server.local, rough.connect()
    name = f"x{next(_fresh)}"
    sha = local.contributor("mei").commit(name, {name: name}, name)
    marks = [Annotation(f"{name}.yaml", line, "t", "m") for line in range(1, 61)]
    data = {"stack": name}
    check = NewCheck(sha, name, CheckState.DONE, "t", "s", Conclusion.SUCCESS, data, marks)
    server.faults_on = WRITES | {"GET"} if reads_too else WRITES

    def failing(write: Callable[[], object]) -> None:
        server.faults.clear()
        server.faults.extend(faults)
        write()
        server.faults.clear()

    failing(lambda: forge.pulls.open_pull(name, "main", name, "body", labels=["l"], reviewers=["omar"]))
    pulls = forge.pulls.pulls_from(name)
    assert [(each.title, each.body, each.labels, each.reviewers) for each in pulls] == [
        (name, "body", ("l",), ("omar",))
    ]
    number = pulls[0].number
    failing(lambda: forge.pulls.put_comment(number, "report", "first"))
    failing(lambda: forge.pulls.put_comment(number, "report", "second"))
    assert [(each.key, each.body) for each in forge.pulls.comments(number)] == [("report", "second")]
    failing(lambda: forge.checks.put_check(check))
    failing(lambda: forge.checks.put_check(check))
    runs = [each for each in server.checks.runs if each["head_sha"] == sha]
    assert len(runs) == 1
    assert [each["start_line"] for each in runs[0]["output"]["annotations"]] == list(range(1, 61))
    assert forge.checks.checks(sha)[0].data == data
    failing(lambda: forge.checks.put_issue(f"drift:{name}", name, "first", ["drift"]))
    failing(lambda: forge.checks.put_issue(f"drift:{name}", name, "second", ["drift"]))
    issues = [each for each in server.checks.issues if each["title"] == name]
    assert [(each["body"], each["state"]) for each in issues] == [
        (f"<!-- dbspec:drift:{name} -->\nsecond", "open")
    ]
    failing(lambda: forge.checks.close_issue(f"drift:{name}", "gone"))
    assert issues[0]["state"] == "closed"
    assert [each.body for each in forge.pulls.comments(issues[0]["number"])] == ["gone"]
    failing(lambda: forge.checks.put_deployment(sha, "prod", DeploymentState.RUNNING))
    failing(lambda: forge.checks.put_deployment(sha, "prod", DeploymentState.SUCCESS, "12 databases"))
    forge.checks.put_deployment(sha, "prod", DeploymentState.SUCCESS, "12 databases")
    deployed = [each for each in server.checks.deployed if each["sha"] == sha]
    assert [[status["state"] for status in each["statuses"]] for each in deployed] == [
        ["in_progress", "success"]
    ]


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.NONE])
def test_a_request_that_fails_again_and_again_ends_with_an_error_that_says_it_may_work_later(
    github: Github, fault: Fault
) -> None:
    forge = github.connect(tries=3)
    github.server.faults_on = WRITES | {"GET"}
    github.server.faults.extend([fault] * 50)
    with pytest.raises(ForgeError) as caught:
        forge.pulls.pull(1)
    assert caught.value.again
    assert len(github.server.log) == 3
    assert len(github.waits) == 2
    assert "good" not in str(caught.value)


def test_waits_grow_until_it_works(github: Github) -> None:
    forge = github.connect()
    github.server.faults_on = frozenset({"GET"})
    github.server.faults.extend([Fault.BAD_GATEWAY, Fault.DROPPED, Fault.CUT, Fault.LOST])
    assert forge.pulls.open_pulls("main") == ()
    assert github.waits == [1, 2, 4, 8]


def test_a_limit_is_waited_for_as_long_as_github_asks(github: Github) -> None:
    forge = github.connect()
    github.server.faults_on = frozenset({"GET"})
    github.server.faults.extend([Fault.RETRY_AFTER, Fault.SECONDARY, Fault.PRIMARY])
    assert forge.pulls.open_pulls("main") == ()
    assert github.waits[:2] == [7, 60]
    # By GitHub's clock, and so that the second in which it ends is over.
    assert 29 <= github.waits[2] <= 32


def test_graphql_says_with_200_that_it_is_limited_or_has_failed(github: Github) -> None:
    forge = github.connect()
    until = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 30)}
    github.server.errors.extend(
        [
            ({"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}, until),
            ({"message": "You have exceeded a secondary rate limit."}, {"Retry-After": "7"}),
            ({"message": "Something went wrong while executing your query."}, {}),
        ]
    )
    assert forge.pulls.me().login == "dbspec[bot]"
    assert 29 <= github.waits[0] <= 32
    assert github.waits[1:] == [7, 4]


def test_nobody_waits_an_hour_but_is_told_when_it_goes_on(github: Github) -> None:
    forge = github.connect()
    github.server.pauses = ("7", 3600)
    github.server.faults_on = frozenset({"GET"})
    github.server.faults.append(Fault.PRIMARY)
    with pytest.raises(ForgeError, match="used up until") as caught:
        forge.pulls.open_pulls("main")
    assert caught.value.again
    assert caught.value.after is not None
    assert github.waits == []


def test_a_limited_write_was_not_done_and_is_sent_again_without_looking(github: Github) -> None:
    github.server.local.contributor("mei").commit("x", {"a": "a"}, "x")
    forge = github.connect()
    number = forge.pulls.open_pull("x", "main", "X", "").number
    before = github.server.sent("GET")
    github.server.faults.append(Fault.RETRY_AFTER)
    forge.pulls.put_comment(number, "report", "text")
    assert len(forge.pulls.comments(number)) == 1
    assert github.server.sent("POST", "/comments") == 2
    assert github.server.sent("GET") - before == 3


def test_two_jobs_that_write_the_same_comment_at_once_leave_one(github: Github) -> None:
    local = github.server.local
    local.contributor("mei").commit("x", {"a": "a"}, "x")
    forge = github.connect()
    number = forge.pulls.open_pull("x", "main", "X", "").number

    me = forge.pulls.me()

    def other() -> None:
        with local.store.writing() as db:
            add_comment(local.store, db, me, number, "<!-- dbspec:report -->\nthe other's")

    github.server.meanwhile.append(other)
    forge.pulls.put_comment(number, "report", "mine")
    assert [each.body for each in forge.pulls.comments(number)] == ["mine"]


def test_a_pull_request_that_another_opens_at_the_same_moment_is_ours_too(github: Github) -> None:
    local = github.server.local
    local.contributor("mei").commit("x", {"a": "a"}, "x")
    forge = github.connect()

    def other() -> None:
        local.contributor("mei").open("x", "Theirs")

    github.server.meanwhile.append(other)
    pull = forge.pulls.open_pull("x", "main", "Ours", "body")
    assert [(each.number, each.title) for each in forge.pulls.open_pulls("main")] == [(pull.number, "Ours")]


def test_a_branch_without_commits_makes_no_pull_request_and_says_so(github: Github) -> None:
    github.server.local.contributor("mei").force("x", {}, "nothing")
    forge = github.connect()
    with pytest.raises(ForgeError, match="no branch nowhere"):
        forge.pulls.open_pull("nowhere", "main", "X", "")


def test_a_wrong_token_a_wrong_name_and_none_are_the_users_to_mend(github: Github) -> None:
    for token, name, rule in (
        ("stolen", "acme/databases", "forge/credentials"),
        ("good", "acme/unknown", "forge/no-repository"),
        ("", "acme/databases", "forge/settings"),
        ("good", "databases", "forge/settings"),
    ):
        environ = github.server.environ(token) | {"GITHUB_REPOSITORY": name}
        with pytest.raises(UserError) as caught:
            connect(environ).pulls.pull(1)
        assert [each.rule for each in caught.value.diagnostics] == [rule]
        assert all(each.fix for each in caught.value.diagnostics)
    assert github.waits == []


def test_a_forks_token_may_read_and_is_told_what_writing_needs(github: Github) -> None:
    server = github.server
    server.local.contributor("mei").commit("x", {"a": "a"}, "x")
    number = server.local.contributor("mei").open("x", "X").number
    reading = dict.fromkeys(("metadata", "pull_requests", "issues", "checks", "contents"), "read")
    server.tokens["fork"] = Principal("github-actions[bot]", reading)
    forge = github.connect("fork")
    assert forge.pulls.pull(number).number == number
    assert forge.pulls.me().login == "github-actions[bot]"
    with pytest.raises(DeniedError, match="issues=write; pull_requests=write"):
        forge.pulls.put_comment(number, "report", "text")
    with pytest.raises(DeniedError, match="checks=write"):
        forge.checks.put_check(NewCheck(forge.pulls.pull(number).head_sha, "x", CheckState.QUEUED, "t", "s"))
    assert github.waits == []


def test_a_persons_token_can_write_no_check_and_is_told_why(github: Github) -> None:
    github.server.tokens["mine"] = Principal("mei", PERMISSIONS, is_app=False)
    sha = github.server.local.repository.tip("refs/heads/main") or ""
    with pytest.raises(DeniedError, match="authenticate via a GitHub App"):
        github.connect("mine").checks.put_check(NewCheck(sha, "x", CheckState.QUEUED, "t", "s"))


def test_a_renamed_repository_is_read_to_its_last_page(github: Github) -> None:
    server, mei = github.server, github.server.local.contributor("mei")
    for each in range(5):
        mei.commit(f"x{each}", {"a": str(each)}, "x")
        mei.open(f"x{each}", "X")
    server.largest_page = 2
    server.renamed_from = "acme/old-name"
    forge = connect(server.environ() | {"GITHUB_REPOSITORY": "acme/old-name"})
    assert len(forge.pulls.open_pulls("main")) == 5


def test_commits_beyond_what_github_lists_of_a_pull_request_are_found(github: Github) -> None:
    local, mei = github.server.local, github.server.local.contributor("mei")
    first = mei.commit("x", {"a": "a"}, "0")
    tree, sha = local.repository.tree(first), first
    who = ("mei", mei.address, "1700000000 +0000")
    for each in range(1, 256):
        sha = local.repository.commit_tree(tree, [sha], str(each), who, who)
    local.repository.move("refs/heads/x", sha, first)
    commits = github.connect().pulls.commits(mei.open("x", "X").number)
    assert [each.message for each in commits] == [str(each) for each in range(256)]


def test_a_co_author_by_a_private_address_is_known_by_account(github: Github) -> None:
    server, mei = github.server, github.server.local.contributor("mei")
    omar = server.local.contributor("omar")
    server.pulls.emails["omar@example.com"] = omar.account
    trailers = "Co-authored-by: Omar <Omar@example.com>\nco-authored-by: Nobody <nobody@example.com>"
    server.pulls.emails["Omar@example.com"] = omar.account
    mei.commit("x", {"a": "a"}, f"x\n\n{trailers}")
    (commit,) = github.connect().pulls.commits(mei.open("x", "X").number)
    assert [each.account for each in commit.co_authors] == [omar.account, None]


def test_a_job_that_dies_while_it_writes_much_data_leaves_what_was_there_readable(github: Github) -> None:
    sha = github.server.local.repository.tip("refs/heads/main") or ""

    def check(salt: int) -> NewCheck:
        data = {
            f"{salt}-{each}": hashlib.sha256(f"{salt}-{each}".encode()).hexdigest() for each in range(3_000)
        }
        return NewCheck(sha, "dbspec preview", CheckState.DONE, "t", "s", Conclusion.SUCCESS, data)

    forge = github.connect(tries=1)
    forge.checks.put_check(check(1))
    parts = len(github.server.checks.runs)
    assert parts > 1
    # The last of its writes, which is that of the check itself, never arrives.
    github.server.faults.extend([Fault.NONE] * (parts - 1) + [Fault.DROPPED])
    with pytest.raises(ForgeError):
        forge.checks.put_check(check(2))
    (found,) = forge.checks.checks(sha)
    assert found.data == check(1).data
    forge.checks.put_check(check(2))
    (found,) = forge.checks.checks(sha)
    assert found.data == check(2).data


def _as_app(server: GithubServer, folder: Path) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    server.public_key = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    file = folder / "app.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    environ = server.environ() | {"DBSPEC_GITHUB_APP_ID": APP_ID, "DBSPEC_GITHUB_APP_KEY_FILE": str(file)}
    del environ["GITHUB_TOKEN"]
    return environ


def test_an_app_asks_for_the_permissions_it_needs_and_no_more(github: Github, tmp_path: Path) -> None:
    environ = _as_app(github.server, tmp_path)
    github.server.installed = PERMISSIONS | {"administration": "write"}
    forge: Forge = connect(environ, Patience(sleep=github.waits.append))
    assert forge.pulls.me().login == "dbspec[bot]"
    assert github.server.tokens["ghs_installation"].permissions == PERMISSIONS
    assert github.server.sent("POST", f"/app/installations/{INSTALLATION}/access_tokens") == 1
    sha = github.server.local.repository.tip("refs/heads/main") or ""
    forge.checks.put_check(NewCheck(sha, "x", CheckState.QUEUED, "t", "s"))
    assert isinstance(forge.pulls, GithubPulls)


def test_an_app_survives_github_failing_while_it_gets_its_token(github: Github, tmp_path: Path) -> None:
    environ = _as_app(github.server, tmp_path)
    github.server.faults_on = WRITES | {"GET"}
    github.server.faults.extend([Fault.BAD_GATEWAY, Fault.NONE, Fault.LOST, Fault.BAD_GATEWAY_LATE])
    forge = connect(environ, Patience(sleep=github.waits.append))
    assert forge.pulls.open_pulls("main") == ()


def test_the_password_of_git_is_made_anew_though_github_fails(github: Github, tmp_path: Path) -> None:
    environ = _as_app(github.server, tmp_path)
    client = connect_client(environ, Patience(tries=3, sleep=github.waits.append))
    github.server.faults.extend([Fault.BAD_GATEWAY, Fault.LOST])
    assert client.token() == "ghs_installation"
    client = connect_client(environ, Patience(tries=3, sleep=github.waits.append))
    github.server.faults.extend([Fault.DROPPED] * 3)
    with pytest.raises(ForgeError) as caught:
        client.token()
    assert caught.value.again


def test_an_apps_key_can_come_from_the_environment_itself(github: Github, tmp_path: Path) -> None:
    environ = _as_app(github.server, tmp_path)
    key = Path(environ.pop("DBSPEC_GITHUB_APP_KEY_FILE")).read_text(encoding="utf-8")
    assert connect(environ | {"DBSPEC_GITHUB_APP_KEY": key}).pulls.me().login == "dbspec[bot]"


def test_an_app_without_rights_or_key_is_told_what_to_do(github: Github, tmp_path: Path) -> None:
    environ = _as_app(github.server, tmp_path)
    github.server.installed = {"metadata": "read"}
    with pytest.raises(DeniedError, match="not granted"):
        connect(environ, Patience(sleep=github.waits.append)).pulls.pull(1)
    with pytest.raises(UserError, match="cannot be read"):
        connect(environ | {"DBSPEC_GITHUB_APP_KEY_FILE": str(tmp_path / "nowhere")})
    (tmp_path / "app.pem").write_text("no key", encoding="utf-8")
    with pytest.raises(UserError, match="holds no private key"):
        connect(environ)
    with pytest.raises(UserError) as caught:
        connect(_as_app(github.server, tmp_path) | {"GITHUB_REPOSITORY": "acme/unknown"})
    assert caught.value.diagnostics[0].rule == "forge/no-repository"
    assert github.waits == []
