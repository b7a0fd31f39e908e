"""Check runs, deployments and issues of the simulated GitHub, as documented; it makes doubles as GitHub does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from bot.forge.local.forge import LocalForge
from bot.forge.local.store import next_number
from tests.forge.github_pulls import Pulls, user
from tests.forge.github_request import Field, Refusal, Request, Route, Text

READ, WRITE = ("checks", "read"), ("checks", "write")
_CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
_ANNOTATION: dict[str, Field] = {
    "path!": Text(),
    "start_line!": int,
    "end_line!": int,
    "start_column": int,
    "end_column": int,
    "annotation_level!": ("notice", "warning", "failure"),
    "message!": Text(65_536),
    "title": Text(255),
}
_CHECK: dict[str, Field] = {
    "name": Text(),
    "external_id": Text(),
    "details_url": Text(),
    "status": ("queued", "in_progress", "completed"),
    "conclusion": _CONCLUSIONS,
    "output": {
        "title!": Text(),
        "summary!": Text(65_535),
        "text": Text(65_535),
        "annotations": [_ANNOTATION],
    },
}
_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")


@dataclass
class Checks:
    """`runs`, `deployed` and `issues` are GitHub's own objects, in the order in which they were made."""

    local: LocalForge
    name: str
    url: str
    runs: list[dict[str, Any]] = field(default_factory=list)
    deployed: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = itertools.count(1001)

    def routes(self) -> list[Route]:
        issues, deployments = "issues", "deployments"
        of_check = ("check_name", "filter", "status", "app_id")
        of_deployments = ("sha", "ref", "environment", "task")
        statuses = "/deployments/{number}/statuses"
        return [
            Route("GET", "/commits/{sha}/check-runs", READ, self._list, "check_runs", of_check),
            Route("POST", "/check-runs", WRITE, self._create),
            Route("PATCH", "/check-runs/{number}", WRITE, self._update),
            Route("GET", "/check-runs/{number}/annotations", READ, self._annotations, "*"),
            Route("GET", "/deployments", (deployments, "read"), self._deployments, "*", of_deployments),
            Route("POST", "/deployments", (deployments, "write"), self._deploy),
            Route("GET", statuses, (deployments, "read"), self._statuses, "*"),
            Route("POST", statuses, (deployments, "write"), self._state),
            Route("GET", "/issues", (issues, "read"), self._issues, "*", ("state", "creator", "labels")),
            Route("POST", "/issues", (issues, "write"), self._open),
            Route("GET", "/issues/{number}", (issues, "read"), self._issue),
            Route("PATCH", "/issues/{number}", (issues, "write"), self._edit),
            Route("POST", "/issues/{number}/labels", ("issues|pull_requests", "write"), self._label),
        ]

    def _list(self, request: Request) -> tuple[int, Any]:
        self._known(request.found["sha"])
        found = [each for each in self.runs if each["head_sha"] == request.found["sha"]]
        if "check_name" in request.query:
            found = [each for each in found if each["name"] == request.query["check_name"]]
        if request.query.get("filter", "latest") == "latest":
            found = list({(each["name"], each["app"]["slug"]): each for each in found}.values())
        return 200, [_without_annotations(each) for each in reversed(found)]

    def _create(self, request: Request) -> tuple[int, Any]:
        given = request.checked("CheckRun", {**_CHECK, "name!": Text(), "head_sha!": Text(40)})
        self._known(given["head_sha"])
        number = next(self._ids)
        run: dict[str, Any] = {
            "id": number,
            "external_id": "",
            "status": "queued",
            "conclusion": None,
            "html_url": f"{self.url}/{self.name}/runs/{number}",
            "app": {"slug": request.actor.login.removesuffix("[bot]")},
            "output": {"title": None, "summary": None, "text": None, "annotations": []},
        }
        self.runs.append(self._brought(run, given))
        return 201, _without_annotations(run)

    def _update(self, request: Request) -> tuple[int, Any]:
        run = self._run(request)
        if run["app"]["slug"] != request.actor.login.removesuffix("[bot]"):
            raise Refusal(
                403, {"message": "Invalid app_id - check run can only be modified by its GitHub App."}
            )
        given = request.checked("CheckRun", _CHECK)
        if run["status"] == "completed" and ("status" in given or "conclusion" in given):
            request.problems.append("a completed check run keeps its status and conclusion")
        return 200, _without_annotations(self._brought(run, given))

    def _brought(self, run: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        if "conclusion" in given:
            given["status"] = "completed"
        elif given.get("status") == "completed":
            raise Refusal.invalid("CheckRun", "conclusion", "missing_field")
        elif "status" in given:
            given["conclusion"] = None
        output = given.pop("output", {})
        annotations = output.pop("annotations", [])
        if len(annotations) > 50:
            raise Refusal(422, {"message": "No more than 50 annotations are allowed per request."})
        for each in annotations:
            if ("start_column" in each or "end_column" in each) and each["start_line"] != each["end_line"]:
                raise Refusal.invalid("CheckRun", "annotations", "invalid")
        if output:
            kept = run["output"]["annotations"]
            run["output"] = {"title": None, "summary": None, "text": None} | output
            run["output"]["annotations"] = [*kept, *annotations]
        run.update(given)
        return run

    def _annotations(self, request: Request) -> tuple[int, Any]:
        return 200, self._run(request)["output"]["annotations"]

    def _run(self, request: Request) -> dict[str, Any]:
        return _one(self.runs, "id", request.number())

    def _deployments(self, request: Request) -> tuple[int, Any]:
        found = [
            each
            for each in reversed(self.deployed)
            if all(
                request.query.get(name, each[name]) == each[name] for name in ("sha", "environment", "task")
            )
        ]
        return 200, found

    def _deploy(self, request: Request) -> tuple[int, Any]:
        fields: dict[str, Field] = {
            "ref!": Text(),
            "environment": Text(),
            "task": Text(),
            "auto_merge": bool,
            "required_contexts": [Text()],
            "description": Text(140),
        }
        given = request.checked("Deployment", fields)
        self._known(given["ref"])
        made = {
            "id": next(self._ids),
            "sha": given["ref"],
            "environment": given.get("environment", "production"),
            "task": given.get("task", "deploy"),
            "description": given.get("description"),
            "creator": user(request.actor),
            "statuses": [],
        }
        self.deployed.append(made)
        return 201, made

    def _statuses(self, request: Request) -> tuple[int, Any]:
        return 200, list(reversed(_one(self.deployed, "id", request.number())["statuses"]))

    def _state(self, request: Request) -> tuple[int, Any]:
        deployment = _one(self.deployed, "id", request.number())
        given = request.checked(
            "DeploymentStatus",
            {"state!": _STATES, "description": Text(140), "log_url": Text(), "environment_url": Text()},
        )
        made = {"id": next(self._ids), "description": "", "log_url": ""} | given
        deployment["statuses"].append(made)
        if given["state"] == "success":
            for each in self.deployed:
                last = each["statuses"][-1] if each["statuses"] else None
                if each is not deployment and last and each["environment"] == deployment["environment"]:
                    inactive = {"id": next(self._ids), "state": "inactive", "description": "", "log_url": ""}
                    each["statuses"] += [inactive] if last["state"] == "success" else []
        return 201, made

    def _issues(self, request: Request) -> tuple[int, Any]:
        state, creator = request.query.get("state", "open"), request.query.get("creator")
        with self.local.store.reading() as db:
            numbers = [row["number"] for row in db.execute("select number from pulls")]
        # GitHub counts pull requests among the issues.
        pulls = [self._as_issue(number, request) for number in numbers]
        found = [
            each
            for each in [*pulls, *self.issues]
            if state in ("all", each["state"]) and creator in (None, each["user"]["login"])
        ]
        return 200, sorted(found, key=lambda each: -int(each["number"]))

    def _as_issue(self, number: int, request: Request) -> dict[str, Any]:
        return {
            "number": number,
            "title": "a pull request",
            "body": "<!-- dbspec:drift:prod/orders -->\n",
            "state": "open",
            "labels": [],
            "user": user(request.actor),
            "html_url": f"{self.url}/{self.name}/issues/{number}",
            "pull_request": {"url": f"{self.url}/repos/{self.name}/pulls/{number}"},
        }

    def _open(self, request: Request) -> tuple[int, Any]:
        given = request.checked("Issue", {"title!": Text(256), "body": Text(), "labels": [Text(50)]})
        with self.local.store.writing() as db:
            number = next_number(db, "issue")
        made = {
            "number": number,
            "title": given["title"],
            "body": given.get("body"),
            "state": "open",
            "labels": [{"name": each} for each in given.get("labels", [])],
            "user": user(request.actor),
            "html_url": f"{self.url}/{self.name}/issues/{number}",
        }
        self.issues.append(made)
        return 201, made

    def _issue(self, request: Request) -> tuple[int, Any]:
        return 200, _one(self.issues, "number", request.number())

    def _edit(self, request: Request) -> tuple[int, Any]:
        fields: dict[str, Field] = {
            "title": Text(256),
            "body": Text(),
            "state": ("open", "closed"),
            "state_reason": ("completed", "not_planned", "reopened"),
        }
        given = request.checked("Issue", fields)
        found = _one(self.issues, "number", request.number())
        found.update(given)
        return 200, found

    def _label(self, request: Request) -> tuple[int, Any]:
        given = request.checked("Label", {"labels!": [Text(50)]})
        number = request.number()
        found = next((each for each in self.issues if each["number"] == number), None)
        if found is None:
            labels = Pulls(self.local, self.name, self.url).label(number, given["labels"])
        else:
            labels = list(dict.fromkeys([*(each["name"] for each in found["labels"]), *given["labels"]]))
            found["labels"] = [{"name": each} for each in labels]
        return 200, [{"name": each} for each in labels]

    def _known(self, sha: str) -> None:
        if not self.local.repository.knows(sha):
            raise Refusal(422, {"message": f"No commit found for SHA: {sha}"})


def _one(found: list[dict[str, Any]], name: str, value: int) -> dict[str, Any]:
    for each in found:
        if each[name] == value:
            return each
    raise Refusal.not_found()


def _without_annotations(run: dict[str, Any]) -> dict[str, Any]:
    output = {name: value for name, value in run["output"].items() if name != "annotations"}
    return run | {"output": output | {"annotations_count": len(run["output"]["annotations"])}}
