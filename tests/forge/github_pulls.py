"""Pull requests, commits and comments of the simulated GitHub, in its documented shapes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bot.forge.authors import account_of
from bot.forge.forge import Account, Comment, Commit, ForgeError, MissingError, Person, Pull, PullState
from bot.forge.local.comments import add_comment, comments
from bot.forge.local.forge import LocalForge
from bot.forge.local.pulls import LocalPulls
from tests.forge.github_request import Refusal, Request, Route, Text

READ, WRITE = ("pull_requests", "read"), ("pull_requests", "write")
_TRIAL = "f" * 40  # what GitHub names in merge_commit_sha before the merge: a trial, on no branch


@dataclass
class Pulls:
    """`most` is how many commits of a pull request GitHub lists; `emails` whose private addresses are known to it."""

    local: LocalForge
    name: str
    url: str
    most: int = 250
    emails: dict[str, Account] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/pulls", READ, self._list, "*", ("state", "head", "base", "sort", "direction")),
            Route("POST", "/pulls", WRITE, self._open),
            Route("GET", "/pulls/{number}", READ, self._get),
            Route("PATCH", "/pulls/{number}", WRITE, self._update),
            Route("GET", "/pulls/{number}/commits", READ, self._commits, "*"),
            Route("GET", "/pulls/{number}/reviews", READ, self._reviews, "*"),
            Route("GET", "/pulls/{number}/files", READ, self._files, "*"),
            Route("POST", "/pulls/{number}/requested_reviewers", WRITE, self._ask),
            Route("GET", "/commits/{sha}/pulls", READ, self._of_commit, "*"),
            Route("GET", "/compare/{basehead}", ("contents", "read"), self._compare, "commits"),
            Route("GET", "/issues/{number}/comments", ("issues|pull_requests", "read"), self._comments, "*"),
            Route("POST", "/issues/{number}/comments", ("issues|pull_requests", "write"), self._comment),
            Route("PATCH", "/issues/comments/{number}", ("issues|pull_requests", "write"), self._edit),
            Route("DELETE", "/issues/comments/{number}", ("issues|pull_requests", "write"), self._delete),
        ]

    def authors(self, body: Any) -> list[dict[str, Any]]:
        """Of a commit, those that its trailers name among them, as the GraphQL API gives them."""
        sha = body["variables"]["sha"]
        commit = self._as(Account(0, ""))._commit(sha)
        people = [commit.author, *commit.co_authors]
        return [{"email": each.email, "user": self._graphql_user(each)} for each in people]

    def label(self, number: int, labels: list[str]) -> list[str]:
        """Adds labels to a pull request; all that it has then."""
        pull = self._pull(number)
        together = list(dict.fromkeys([*pull.labels, *labels]))
        with self.local.store.writing() as db:
            db.execute("update pulls set labels = ? where number = ?", (json.dumps(together), number))
        return together

    def _list(self, request: Request) -> tuple[int, Any]:
        head, state = request.query.get("head", ""), request.query.get("state", "open")
        if head and not head.startswith(f"{self._owner}:"):
            request.problems.append(f"the filter head={head} names no owner, so that GitHub ignores it")
        with self.local.store.reading() as db:
            numbers = [row["number"] for row in db.execute("select number from pulls order by number desc")]
        pulls = [self._pull(number) for number in numbers]
        shown = [
            each
            for each in pulls
            if (state == "all" or (state == "open") == (each.state is PullState.OPEN))
            and request.query.get("base", each.base_branch) == each.base_branch
            # A fork of the same organisation is called so too.
            and (not head or head.partition(":")[2] == each.head_branch)
        ]
        return 200, [self._shown(each) for each in shown]

    def _open(self, request: Request) -> tuple[int, Any]:
        given = request.checked(
            "PullRequest",
            {"head!": Text(), "base!": Text(), "title!": Text(256), "body": Text(), "draft": bool},
        )
        pulls = self._as(request.actor)
        there = [each for each in pulls.pulls_from(given["head"]) if each.state is PullState.OPEN]
        if any(each.base_branch == given["base"] for each in there):
            said = f"A pull request already exists for {self._owner}:{given['head']}."
            raise Refusal.invalid("PullRequest", "", "custom", said)
        try:
            pull = pulls.open_pull(
                given["head"],
                given["base"],
                given["title"],
                given.get("body", ""),
                draft=given.get("draft", False),
            )
        except ForgeError as error:
            raise Refusal.invalid("PullRequest", "head", "invalid", str(error)) from error
        return 201, self._shown(pull)

    def _get(self, request: Request) -> tuple[int, Any]:
        return 200, self._shown(self._pull(request.number()))

    def _update(self, request: Request) -> tuple[int, Any]:
        given = request.checked(
            "PullRequest", {"title": Text(256), "body": Text(), "state": ("open", "closed")}
        )
        self._pull(request.number())
        closed = {"open": False, "closed": True}.get(given.get("state", ""))
        try:
            pull = self._as(request.actor).update_pull(
                request.number(), title=given.get("title"), body=given.get("body"), closed=closed
            )
        except ForgeError as error:
            raise Refusal.invalid("PullRequest", "state", "invalid", str(error)) from error
        return 200, self._shown(pull)

    def _commits(self, request: Request) -> tuple[int, Any]:
        self._pull(request.number())
        found = self._as(request.actor).commits(request.number())
        return 200, [self._commit(each) for each in found[: self.most]]

    def _reviews(self, request: Request) -> tuple[int, Any]:
        self._pull(request.number())
        found = self._as(request.actor).reviews(request.number())
        reviews = [
            {
                "id": number,
                "user": user(each.author),
                "state": each.state.value.upper(),
                "commit_id": each.sha,
                "submitted_at": each.at.isoformat(),
            }
            for number, each in enumerate(found, start=1)
        ]
        # What somebody has begun to write is listed to themselves; whoever deleted their account stays as null.
        pending = {"id": 0, "user": user(request.actor), "state": "PENDING", "commit_id": None}
        gone = {"id": 99, "user": None, "state": "APPROVED", "submitted_at": "2026-01-01T00:00:00Z"}
        return 200, [pending, *reviews, gone]

    def _files(self, request: Request) -> tuple[int, Any]:
        pull = self._pull(request.number())
        found = self.local.repository._run(
            "diff", "--name-status", "-M", "-z", f"{pull.base_sha}...{pull.head_sha}"
        )
        parts = iter([part for part in found.split("\0") if part])
        files = []
        for status in parts:
            first = next(parts)
            if status.startswith("R"):
                files.append({"filename": next(parts), "previous_filename": first, "status": "renamed"})
            else:
                files.append(
                    {"filename": first, "status": {"A": "added", "D": "removed"}.get(status, "modified")}
                )
        return 200, files

    def _ask(self, request: Request) -> tuple[int, Any]:
        given = request.checked("PullRequest", {"reviewers": [Text()], "team_reviewers": [Text()]})
        pull = self._pull(request.number())
        logins = given.get("reviewers", [])
        if pull.author.login in logins:
            raise Refusal(422, {"message": "Review cannot be requested from pull request author."})
        teams = [f"{self._owner}/{each}" for each in given.get("team_reviewers", [])]
        together = json.dumps(list(dict.fromkeys([*pull.reviewers, *logins, *teams])))
        with self.local.store.writing() as db:
            db.execute("update pulls set reviewers = ? where number = ?", (together, pull.number))
        return 201, self._shown(self._pull(pull.number))

    def _of_commit(self, request: Request) -> tuple[int, Any]:
        sha = request.found["sha"]
        if not self.local.repository.knows(sha):
            raise Refusal(422, {"message": f"No commit found for SHA: {sha}"})
        with self.local.store.reading() as db:
            landed = [row[0] for row in db.execute("select number from landed where sha = ?", (sha,))]
            numbers = [row[0] for row in db.execute("select number from pulls where state = 'open'")]
        holding = [number for number in numbers if self._holds(number, sha)]
        return 200, [self._shown(self._pull(number)) for number in [*holding, *landed]]

    def _holds(self, number: int, sha: str) -> bool:
        return any(each.sha == sha for each in self._as(Account(0, "")).commits(number))

    def _compare(self, request: Request) -> tuple[int, Any]:
        base, _, head = request.found["basehead"].partition("...")
        if not (self.local.repository.knows(base) and self.local.repository.knows(head)):
            raise Refusal.not_found()
        pulls = self._as(request.actor)
        return 200, [self._commit(pulls._commit(sha)) for sha in self.local.repository.between(base, head)]

    def _comments(self, request: Request) -> tuple[int, Any]:
        try:
            return 200, [self._said(each) for each in comments(self.local.store, request.number())]
        except MissingError as error:
            raise Refusal.not_found() from error

    def _comment(self, request: Request) -> tuple[int, Any]:
        given = request.checked("IssueComment", {"body!": Text()})
        try:
            with self.local.store.writing() as db:
                made = add_comment(self.local.store, db, request.actor, request.number(), given["body"])
        except MissingError as error:
            raise Refusal.not_found() from error
        found = next(each for each in comments(self.local.store, request.number()) if each.id == made)
        return 201, self._said(found)

    def _edit(self, request: Request) -> tuple[int, Any]:
        given = request.checked("IssueComment", {"body!": Text()})
        row = self._comment_row(request)
        with self.local.store.writing() as db:
            db.execute("update comments set body = ? where id = ?", (given["body"], row["id"]))
        found = next(each for each in comments(self.local.store, row["number"]) if each.id == row["id"])
        return 200, self._said(found)

    def _delete(self, request: Request) -> tuple[int, Any]:
        row = self._comment_row(request)
        with self.local.store.writing() as db:
            db.execute("delete from comments where id = ?", (row["id"],))
        return 204, None

    def _comment_row(self, request: Request) -> Any:
        with self.local.store.reading() as db:
            row = db.execute("select * from comments where id = ?", (request.number(),)).fetchone()
        if row is None:
            raise Refusal.not_found()
        return row

    def _said(self, comment: Comment) -> dict[str, Any]:
        with self.local.store.reading() as db:
            (text,) = db.execute("select body from comments where id = ?", (comment.id,)).fetchone()
        return {
            "id": comment.id,
            "user": user(comment.author),
            "body": text,
            "html_url": f"{self.url}/{self.name}/comments/{comment.id}",
            "created_at": comment.at.isoformat(),
        }

    def _shown(self, pull: Pull) -> dict[str, Any]:
        owner = {"login": self._owner, "id": 1}
        repository = {"id": 1, "full_name": self.name, "owner": owner}
        fork = {"id": 2, "full_name": "someone/databases", "owner": {"login": "someone", "id": 2}}
        return {
            "number": pull.number,
            "title": pull.title,
            "body": pull.body or None,
            "html_url": f"{self.url}/{self.name}/pull/{pull.number}",
            "user": user(pull.author),
            "state": "open" if pull.state is PullState.OPEN else "closed",
            "draft": pull.draft,
            "head": {
                "sha": pull.head_sha,
                "ref": pull.head_branch,
                "repo": fork if pull.from_fork else repository,
            },
            "base": {"sha": pull.base_sha, "ref": pull.base_branch, "repo": repository},
            "merge_commit_sha": pull.merged_sha or _TRIAL,
            "merged_at": pull.merged_at.isoformat() if pull.merged_at else None,
            "labels": [{"name": each} for each in pull.labels],
            "requested_reviewers": [{"login": each, "id": 0} for each in pull.reviewers if "/" not in each],
            "requested_teams": [{"slug": each.partition("/")[2]} for each in pull.reviewers if "/" in each],
        }

    def _commit(self, commit: Commit) -> dict[str, Any]:
        def named(person: Person) -> dict[str, str]:
            return {"name": person.name, "email": person.email, "date": commit.at.isoformat()}

        return {
            "sha": commit.sha,
            "parents": [{"sha": each} for each in commit.parents],
            "commit": {
                "author": named(commit.author),
                "committer": named(commit.committer),
                "message": commit.message,
            },
            "author": self._known(commit.author),
            "committer": self._known(commit.committer),
        }

    def _known(self, person: Person) -> dict[str, Any] | None:
        found = account_of(person.email) or self.emails.get(person.email)
        return user(found) if found else None

    def _graphql_user(self, person: Person) -> dict[str, Any] | None:
        found = account_of(person.email) or self.emails.get(person.email)
        return {"login": found.login, "databaseId": found.id} if found else None

    def _pull(self, number: int) -> Pull:
        try:
            return self._as(Account(0, "")).pull(number)
        except MissingError as error:
            raise Refusal.not_found() from error

    def _as(self, account: Account) -> LocalPulls:
        return LocalPulls(self.local.store, self.local.repository, account)

    @property
    def _owner(self) -> str:
        return self.name.partition("/")[0]


def user(account: Account) -> dict[str, Any]:
    return {"login": account.login, "id": account.id, "type": "Bot" if "[bot]" in account.login else "User"}
