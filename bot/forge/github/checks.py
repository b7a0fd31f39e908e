"""Check runs on GitHub, and the data that they carry."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.forge.forge import (
    MAX_OUTPUT,
    Annotation,
    Check,
    CheckState,
    Conclusion,
    Deployment,
    DeploymentState,
    ForgeError,
    Issue,
    NewCheck,
)
from bot.forge.github import deployments, issues
from bot.forge.github.client import Client
from bot.forge.parcel import Part, pack, part_in, unpack

_AT_ONCE = 50  # annotations that GitHub takes in one request
_FURTHER = re.compile(r".* \(data \d+ of \d+\)")


@dataclass(frozen=True, slots=True)
class GithubChecks:
    """Checks of one repository on GitHub; data too long for one check run continues in others beside it."""

    client: Client

    def checks(self, sha: str, name: str = "") -> tuple[Check, ...]:
        asked = {"check_name": name} if name else {}
        found = self.client.pages(f"/commits/{sha}/check-runs", "check_runs", filter="latest", **asked)
        shown = (each for each in found if not _FURTHER.fullmatch(each["name"]))
        return tuple(sorted((self._check(each) for each in shown), key=lambda each: (each.name, each.app)))

    def put_check(self, check: NewCheck) -> Check:
        texts = pack(check.data, MAX_OUTPUT)
        for number, text in enumerate(texts[1:], start=2):
            # First, and beside those of older data, so that whoever finds the check finds all that belongs to it.
            self._put(_further(check, number, len(texts), text), text)
        return self._check(self._put(check, texts[0] if texts else ""))

    def deployment(self, sha: str, environment: str, by: Collection[str] = ()) -> Deployment | None:
        return deployments.deployment(self.client, sha, environment, by)

    def put_deployment(
        self, sha: str, environment: str, state: DeploymentState, description: str = "", url: str = ""
    ) -> Deployment:
        return deployments.put_deployment(self.client, sha, environment, state, description, url)

    def issues(self, prefix: str, by: Collection[str] = ()) -> tuple[Issue, ...]:
        return issues.issues(self.client, prefix, by)

    def put_issue(self, key: str, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        return issues.put_issue(self.client, key, title, body, labels)

    def close_issue(self, key: str, comment: str) -> None:
        issues.close_issue(self.client, key, comment)

    def _put(self, check: NewCheck, text: str) -> Any:
        body = _body(check, text)
        found = self._find(check)
        if found is None:
            first, rest = check.annotations[:_AT_ONCE], check.annotations[_AT_ONCE:]
            made = self.client.once("POST", "/check-runs", _with(body, first), lambda: self._find(check))
        else:
            changes = _changes(found, body)
            made = self.client.write("PATCH", f"/check-runs/{found['id']}", changes)
            rest = self._missing(found, check.annotations)
        while rest:
            made = self._annotate(made, body, rest[:_AT_ONCE])
            rest = rest[_AT_ONCE:]
        return made

    def _annotate(self, run: Any, body: dict[str, Any], annotations: Sequence[Annotation]) -> Any:
        """Every request adds those that it has, whether they are there or not."""
        return self.client.once(
            "PATCH",
            f"/check-runs/{run['id']}",
            _with(_changes(run, body), annotations),
            lambda: None if self._missing(run, annotations) else run,
        )

    def _find(self, check: NewCheck) -> Any | None:
        """Our last one with this name and key, unless it is done and this is no longer what came of it."""
        found = self.client.pages(
            f"/commits/{check.sha}/check-runs", "check_runs", check_name=check.name, filter="all"
        )
        ours = [
            each
            for each in found
            if (each.get("external_id") or "") == check.key and _app(each) == self.client.me.login
        ]
        last = max(ours, key=lambda each: int(each["id"]), default=None)
        return None if last is None or _over(last, check) else last

    def _missing(self, found: Any, annotations: Sequence[Annotation]) -> list[Annotation]:
        if not annotations:
            return []
        there = {
            (each["path"], each["start_line"], each["title"], each["message"])
            for each in self.client.pages(f"/check-runs/{found['id']}/annotations")
        }
        return [each for each in annotations if (each.path, each.line, each.title, each.message) not in there]

    def _check(self, given: Any) -> Check:
        output = given["output"]
        return Check(
            id=given["id"],
            sha=given["head_sha"],
            name=given["name"],
            key=given.get("external_id") or "",
            state=_state(given["status"]),
            conclusion=_conclusion(given.get("conclusion")),
            title=output.get("title") or "",
            summary=output.get("summary") or "",
            data=self._data(given, part_in(output.get("text") or "")),
            url=given["html_url"],
            app=_app(given),
        )

    def _data(self, given: Any, first: Part | None) -> dict[str, Any]:
        if first is None:
            return {}
        parts = [first, *self._further(given, first)] if first.of > 1 else [first]
        try:
            return unpack(parts)
        except ValueError as error:
            raise ForgeError(f"the data of check {given['name']} cannot be read: {error}") from error

    def _further(self, given: Any, first: Part) -> Iterable[Part]:
        for number in range(2, first.of + 1):
            found = self.client.pages(
                f"/commits/{given['head_sha']}/check-runs",
                "check_runs",
                check_name=_further_name(given["name"], number, first.of),
                filter="all",
            )
            parts = (part_in(each["output"].get("text") or "") for each in found if _app(each) == _app(given))
            yield from (part for part in parts if part is not None and part.digest == first.digest)


def _further(check: NewCheck, number: int, of: int, text: str) -> NewCheck:
    part = part_in(text)
    return NewCheck(
        check.sha,
        _further_name(check.name, number, of),
        CheckState.DONE,
        title="Data for machines",
        summary=f"What {check.name} found, continued.",
        conclusion=Conclusion.NEUTRAL,
        key=part.digest if part else check.key,
    )


def _further_name(name: str, number: int, of: int) -> str:
    return f"{name} (data {number} of {of})"


def _body(check: NewCheck, text: str) -> dict[str, Any]:
    output = {"title": check.title, "summary": check.summary} | ({"text": text} if text else {})
    body: dict[str, Any] = {
        "name": check.name,
        "head_sha": check.sha,
        "status": check.state.value,
        "output": output,
    }
    optional = {"external_id": check.key, "details_url": check.url, "conclusion": check.conclusion}
    return body | {name: value for name, value in optional.items() if value}


def _over(run: Any, check: NewCheck) -> bool:
    # GitHub lets nobody change what a completed run came to: the next run of that name is shown instead.
    return bool(run["status"] == "completed" and run["conclusion"] != check.conclusion)


def _changes(run: Any, body: dict[str, Any]) -> dict[str, Any]:
    """What to say of a run that is there."""
    settled = ("head_sha", "status", "conclusion") if run["status"] == "completed" else ("head_sha",)
    return {name: value for name, value in body.items() if name not in settled}


def _with(body: dict[str, Any], annotations: Sequence[Annotation]) -> dict[str, Any]:
    if not annotations:
        return body
    return body | {"output": body["output"] | {"annotations": [_annotation(each) for each in annotations]}}


def _annotation(annotation: Annotation) -> dict[str, Any]:
    end = annotation.end or annotation.line
    shown: dict[str, Any] = {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": end,
        "annotation_level": annotation.level.value,
        "title": annotation.title[:255],
        "message": annotation.message,
    }
    if annotation.column is not None and end == annotation.line:
        shown |= {"start_column": annotation.column, "end_column": annotation.column}
    return shown


def _state(given: str) -> CheckState:
    # Jobs of GitHub Actions know other ways to wait: pending, requested, waiting.
    return CheckState(given) if given in tuple(CheckState) else CheckState.QUEUED


def _conclusion(given: str | None) -> Conclusion | None:
    others = {"startup_failure": Conclusion.FAILURE, "stale": Conclusion.CANCELLED}
    return (others.get(given) or Conclusion(given)) if given else None


def _app(given: Any) -> str:
    return f"{given['app']['slug']}[bot]" if given.get("app") else ""
