"""Rules and settings of the simulated GitHub, as documented; who may not know them is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.forge.github_request import Refusal, Request, Route

METADATA, CONTENTS = ("metadata", "read"), ("contents", "read")
ACTIONS, ADMIN = ("actions", "read"), ("administration", "read")


def ruleset(**more: Any) -> list[dict[str, Any]]:
    """The rules that docs/setup.md makes, in the order in which GitHub lists them."""
    reviews = {
        "required_approving_review_count": 1,
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "required_review_thread_resolution": False,
        "allowed_merge_methods": ["merge", "squash", "rebase"],
    } | more.pop("reviews", {})
    checks = [{"context": name, "integration_id": 15368} for name in more.pop("checks", ["dbspec"])]
    assert not more
    of = {"ruleset_source_type": "Repository", "ruleset_source": "acme/databases", "ruleset_id": 42}
    return [
        {"type": "deletion", **of},
        {"type": "non_fast_forward", **of},
        {"type": "pull_request", "parameters": reviews, **of},
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": False,
                "do_not_enforce_on_create": False,
                "required_status_checks": checks,
            },
            **of,
        },
    ]


@dataclass
class Rules:
    """What an administrator of the repository decided; `protection` is the older way of protecting main."""

    name: str
    made: str = "2026-08-01T09:00:00Z"
    default_branch: str = "main"
    rules: list[dict[str, Any]] = field(default_factory=ruleset)
    protection: dict[str, Any] | None = None
    actions: bool = True
    tokens: str = "read"
    approves: bool = False
    workflows: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(
            ("accounts", "apply", "ci", "conclude", "drift", "preview", "review"), "active"
        )
    )
    places: dict[str, list[str] | None] = field(default_factory=lambda: {"prod": ["main"]})
    customized: bool = False
    owners: list[str] | None = field(default_factory=list)

    def routes(self) -> list[Route]:
        branch = "/branches/{branch}"
        policies = "/environments/{name}/deployment-branch-policies"
        return [
            Route("GET", "", METADATA, self._repository),
            Route("GET", "/rules/branches/{branch}", METADATA, lambda _: (200, self.rules), "*"),
            Route("GET", branch, CONTENTS, self._branch),
            Route("GET", f"{branch}/protection", ADMIN, self._protection),
            Route("GET", "/actions/permissions", ADMIN, self._permissions),
            Route("GET", "/actions/permissions/workflow", ADMIN, self._tokens),
            Route("GET", "/actions/workflows", ACTIONS, self._workflows, "workflows"),
            Route("GET", "/actions/oidc/customization/sub", ACTIONS, self._subject),
            Route("GET", "/environments", ACTIONS, self._environments, "environments"),
            Route("GET", policies, ACTIONS, self._policies, "branch_policies"),
            Route("GET", "/codeowners/errors", CONTENTS, self._owners),
        ]

    def _repository(self, request: Request) -> tuple[int, Any]:
        return 200, {
            "id": 22,
            "full_name": self.name,
            "owner": {"login": self.name.partition("/")[0], "id": 11},
            "created_at": self.made,
            "default_branch": self.default_branch,
            "private": True,
        }

    def _branch(self, request: Request) -> tuple[int, Any]:
        protected = self.protection is not None
        return 200, {
            "name": request.found["branch"],
            "protected": protected,
            "protection": {"enabled": protected},
        }

    def _protection(self, request: Request) -> tuple[int, Any]:
        if self.protection is None or request.found["branch"] != "main":
            raise Refusal(404, {"message": "Branch not protected"})
        return 200, self.protection

    def _permissions(self, request: Request) -> tuple[int, Any]:
        if not self.actions:
            return 200, {"enabled": False}
        return 200, {"enabled": True, "allowed_actions": "all", "sha_pinning_required": True}

    def _tokens(self, request: Request) -> tuple[int, Any]:
        return 200, {
            "default_workflow_permissions": self.tokens,
            "can_approve_pull_request_reviews": self.approves,
        }

    def _workflows(self, request: Request) -> tuple[int, Any]:
        return 200, [
            {"id": number, "name": name, "path": f".github/workflows/{name}.yaml", "state": state}
            for number, (name, state) in enumerate(self.workflows.items())
        ]

    def _subject(self, request: Request) -> tuple[int, Any]:
        if self.customized:
            return 200, {"use_default": False, "include_claim_keys": ["repo", "context", "job_workflow_ref"]}
        return 200, {"use_default": True}

    def _environments(self, request: Request) -> tuple[int, Any]:
        return 200, [
            {
                "id": number,
                "name": name,
                "protection_rules": [],
                "deployment_branch_policy": None
                if branches is None
                else {"protected_branches": branches == [], "custom_branch_policies": branches != []},
            }
            for number, (name, branches) in enumerate(self.places.items())
        ]

    def _policies(self, request: Request) -> tuple[int, Any]:
        branches = self.places[request.found["name"]] or []
        return 200, [{"id": number, "name": name, "type": "branch"} for number, name in enumerate(branches)]

    def _owners(self, request: Request) -> tuple[int, Any]:
        if self.owners is None:
            raise Refusal.not_found()
        return 200, {
            "errors": [
                {"line": 4, "column": 9, "kind": kind, "path": ".github/CODEOWNERS", "message": kind}
                for kind in self.owners
            ]
        }
