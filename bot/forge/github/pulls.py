"""Pull requests on GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.forge.forge import (
    MAX_BODY,
    Account,
    Comment,
    Commit,
    ForgeError,
    Pull,
    PullState,
    Review,
)
from bot.forge.github import answers
from bot.forge.github.client import Client
from bot.forge.github.comments import comments, put_comment
from bot.forge.github.commits import commits

_MOST_FILES = 3000  # GitHub lists no more of a pull request


@dataclass(frozen=True, slots=True)
class GithubPulls:
    """Pulls of one repository on GitHub."""

    client: Client

    def me(self) -> Account:
        return self.client.me

    def pull(self, number: int) -> Pull:
        return answers.pull(self.client.get(f"/pulls/{number}"))

    def open_pulls(self, base: str) -> tuple[Pull, ...]:
        found = self.client.pages("/pulls", state="open", base=base, sort="created", direction="desc")
        return tuple(answers.pull(each) for each in found)

    def pulls_from(self, branch: str) -> tuple[Pull, ...]:
        found = self.client.pages(
            "/pulls", state="all", head=self._head(branch), sort="created", direction="desc"
        )
        # A fork of the same owner can have a branch of this name too.
        return tuple(each for each in map(answers.pull, found) if not each.from_fork)

    def pull_of(self, sha: str, base: str) -> Pull | None:
        found = [answers.pull(each) for each in self.client.pages(f"/commits/{sha}/pulls")]
        merged = [each for each in found if each.state is PullState.MERGED and each.base_branch == base]
        # Of several, the one whose merging made the commit, else the first that had it.
        merged.sort(key=lambda each: (each.merged_sha != sha, each.merged_at, each.number))
        return merged[0] if merged else None

    def open_pull(
        self,
        branch: str,
        base: str,
        title: str,
        body: str,
        *,
        draft: bool = False,
        labels: Sequence[str] = (),
        reviewers: Sequence[str] = (),
    ) -> Pull:
        _check_length(body)
        found = self._open_from(branch, base)
        if found is None:
            found = self._open(branch, base, title, body, draft)
        if (found.title, found.body) != (title, body):
            found = self.update_pull(found.number, title=title, body=body)
        self._label(found, labels)
        self._ask(found, reviewers)
        return self.pull(found.number)

    def update_pull(
        self, number: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> Pull:
        _check_length(body or "")
        changes = {"title": title, "body": body, "state": {None: None, True: "closed", False: "open"}[closed]}
        changes = {name: value for name, value in changes.items() if value is not None}
        return answers.pull(self.client.write("PATCH", f"/pulls/{number}", changes))

    def commits(self, number: int) -> tuple[Commit, ...]:
        return commits(self.client, number)

    def reviews(self, number: int) -> tuple[Review, ...]:
        found = map(answers.review, self.client.pages(f"/pulls/{number}/reviews"))
        return tuple(sorted((each for each in found if each is not None), key=lambda each: each.at))

    def changed_paths(self, number: int) -> tuple[str, ...]:
        files = list(self.client.pages(f"/pulls/{number}/files"))
        if len(files) >= _MOST_FILES:
            raise ForgeError(f"GitHub lists only {_MOST_FILES} files of pull request #{number}")
        names = {each["filename"] for each in files} | {each.get("previous_filename") for each in files}
        return tuple(sorted(names - {None}))

    def comments(self, number: int) -> tuple[Comment, ...]:
        return comments(self.client, number)

    def put_comment(self, number: int, key: str, body: str) -> Comment:
        return put_comment(self.client, number, key, body)

    def _open_from(self, branch: str, base: str) -> Pull | None:
        found = self.client.pages("/pulls", state="open", head=self._head(branch), base=base)
        return next((each for each in map(answers.pull, found) if not each.from_fork), None)

    def _open(self, branch: str, base: str, title: str, body: str, draft: bool) -> Pull:
        def look() -> Pull | None:
            return self._open_from(branch, base)

        given = {"head": branch, "base": base, "title": title, "body": body, "draft": draft}
        try:
            made = self.client.once("POST", "/pulls", given, look)
        except ForgeError as error:
            # Somebody opened it since we looked, or did an earlier try of ours.
            found = look() if "already exists" in str(error) else None
            if found is None:
                raise
            return found
        return made if isinstance(made, Pull) else answers.pull(made)

    def _label(self, pull: Pull, labels: Sequence[str]) -> None:
        missing = [each for each in labels if each not in pull.labels]
        if missing:
            self.client.write("POST", f"/issues/{pull.number}/labels", {"labels": missing})

    def _ask(self, pull: Pull, reviewers: Sequence[str]) -> None:
        missing = [each for each in reviewers if each not in pull.reviewers]
        if not missing:
            return
        # Who reviewed is no longer among those asked; a team is taken off with the first of its members.
        answered = {each.author.login for each in self.reviews(pull.number)}
        logins = [each for each in missing if "/" not in each and each not in answered | {pull.author.login}]
        teams = [each.partition("/")[2] for each in missing if "/" in each and not answered]
        if logins or teams:
            asked = {"reviewers": logins, "team_reviewers": teams}
            self.client.write("POST", f"/pulls/{pull.number}/requested_reviewers", asked)

    def _head(self, branch: str) -> str:
        return f"{self.client.repository.split('/')[2]}:{branch}"


def _check_length(body: str) -> None:
    if len(body) > MAX_BODY:
        raise ValueError(f"a pull request's body of {len(body)} characters is over {MAX_BODY}")
