"""No secret of a job reaches the forge, wherever in a text it stands."""

from __future__ import annotations

import json

import pytest

from bot.forge.connect import connect
from bot.forge.forge import (
    Annotation,
    CheckState,
    Conclusion,
    DeploymentState,
    NewCheck,
)
from bot.forge.local.forge import LocalForge
from bot.redactor import HIDDEN, knowing

CANARIES = {
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "canary+session/token==",
    "GITHUB_TOKEN": "canary-of-the-job",
    "PULUMI_CONFIG_PASSPHRASE": 'canary "quoted" phrase',
    "DBSPEC_GITHUB_APP_KEY": "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----",
}
SAID = "the engine said: " + "; ".join(f"{json.dumps(each)} and {each}" for each in CANARIES.values())


@pytest.fixture
def texts(local: LocalForge) -> str:
    """Everything that the forge has after a job wrote all that it can write, with secrets in each text."""
    forge = connect({"DBSPEC_FORGE": str(local.root), **CANARIES})
    omar = local.contributor("omar")
    sha = omar.commit("change", {"a.txt": "a\n"}, "Change")
    pull = forge.pulls.open_pull("change", "main", SAID, SAID)
    forge.pulls.update_pull(pull.number, title=SAID, body=SAID)
    comment = forge.pulls.put_comment(pull.number, "preview", SAID)
    check = forge.checks.put_check(
        NewCheck(
            sha,
            "dbspec",
            CheckState.DONE,
            SAID,
            SAID,
            Conclusion.FAILURE,
            {"kept": ["0a1b"]},
            [Annotation("a.txt", 1, SAID, SAID)],
        )
    )
    assert check.data == {"kept": ["0a1b"]}
    deployment = forge.checks.put_deployment(
        sha, "prod", DeploymentState.FAILURE, f"failed: {CANARIES['GITHUB_TOKEN']}"
    )
    issue = forge.checks.put_issue("drift/prod/orders", SAID, SAID)
    forge.checks.close_issue("drift/prod/orders", SAID)
    found = forge.pulls.pull(pull.number)
    said = [comment.body, check.title, check.summary, deployment.description, issue.title, issue.body]
    said += [found.title, found.body, *(each.body for each in forge.pulls.comments(issue.number))]
    with local.store.reading() as db:
        tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
        said += [str(tuple(row)) for table in tables for row in db.execute(f"select * from {table}")]
    return "\n".join(said)


def test_no_secret_of_a_job_is_anywhere_on_the_forge(texts: str) -> None:
    assert texts.count(HIDDEN) > 20
    for each in CANARIES.values():
        for line in (each, json.dumps(each)[1:-1], *each.splitlines()):
            if "canary" in line or "wJalr" in line:
                assert line not in texts


def test_values_for_trying_are_words_like_others() -> None:
    assert knowing({"AWS_SECRET_ACCESS_KEY": "test", "PATH": "/usr/bin"}).clean("a test in /usr/bin") == (
        "a test in /usr/bin"
    )
