"""A forge to which no secret is written, whatever the text that it is in was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from bot.forge.forge import (
    Check,
    Checks,
    Comment,
    Deployment,
    DeploymentState,
    Forge,
    Issue,
    NewCheck,
    Pull,
    Pulls,
)
from bot.redactor import Redactor


def cleaned(forge: Forge, redactor: Redactor) -> Forge:
    """The forge, with every text that people read cleaned before it is written.

    What machines read of a check stays as it is: it holds hashes where there are values.
    """
    return Forge(
        cast("Pulls", _Pulls(forge.pulls, redactor)),
        cast("Checks", _Checks(forge.checks, redactor)),
    )


@dataclass(frozen=True, slots=True)
class _Pulls:
    inner: Pulls
    redactor: Redactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def open_pull(self, branch: str, base: str, title: str, body: str, **more: Any) -> Pull:
        clean = self.redactor.clean
        return self.inner.open_pull(branch, base, clean(title), clean(body), **more)

    def update_pull(
        self, number: int, *, title: str | None = None, body: str | None = None, closed: bool | None = None
    ) -> Pull:
        title, body = (each and self.redactor.clean(each) for each in (title, body))
        return self.inner.update_pull(number, title=title, body=body, closed=closed)

    def put_comment(self, number: int, key: str, body: str) -> Comment:
        return self.inner.put_comment(number, key, self.redactor.clean(body))


@dataclass(frozen=True, slots=True)
class _Checks:
    inner: Checks
    redactor: Redactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def put_check(self, check: NewCheck) -> Check:
        clean = self.redactor.clean
        annotations = [
            each._replace(title=clean(each.title), message=clean(each.message)) for each in check.annotations
        ]
        return self.inner.put_check(
            replace(check, title=clean(check.title), summary=clean(check.summary), annotations=annotations)
        )

    def put_deployment(
        self, sha: str, environment: str, state: DeploymentState, description: str = "", url: str = ""
    ) -> Deployment:
        return self.inner.put_deployment(sha, environment, state, self.redactor.clean(description), url)

    def put_issue(self, key: str, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        clean = self.redactor.clean
        return self.inner.put_issue(key, clean(title), clean(body), labels)

    def close_issue(self, key: str, comment: str) -> None:
        self.inner.close_issue(key, self.redactor.clean(comment))
