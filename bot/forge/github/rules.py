"""Rules on GitHub: rulesets, the older branch protection, and the settings of Actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from bot.forge.forge import DeniedError, MissingError
from bot.forge.github.client import Client
from bot.forge.rules import ActionsRules, BranchRules, Place, Repository, Workflow

_NOTHING = BranchRules(frozenset(), False, 0, False, False, True, True)


@dataclass(frozen=True, slots=True)
class GithubRules:
    """`app` asks as the App itself, where there is one; `permissions` is what it needs."""

    client: Client
    app: Client | None
    permissions: Mapping[str, str]

    def repository(self) -> Repository:
        found = self.client.get("")
        return Repository(
            str(found["full_name"]),
            int(found["id"]),
            int(found["owner"]["id"]),
            datetime.fromisoformat(found["created_at"]),
            str(found["default_branch"]),
        )

    def plain_subject(self) -> bool:
        return bool(self.client.get("/actions/oidc/customization/sub")["use_default"])

    def branch(self, name: str) -> BranchRules:
        at = quote(name, safe="")
        by_rulesets = _by_rulesets(list(self.client.pages(f"/rules/branches/{at}")))
        try:
            by_protection = _by_protection(self.client.get(f"/branches/{at}/protection"))
        except MissingError:
            return by_rulesets
        except DeniedError:
            # Anybody may know which checks it asks for; whether it has more rules only administrators.
            if self.client.get(f"/branches/{at}").get("protection", {}).get("enabled"):
                raise
            return by_rulesets
        return _both(by_rulesets, by_protection)

    def actions(self) -> ActionsRules:
        if not self.client.get("/actions/permissions")["enabled"]:
            return ActionsRules(False, False, False)
        tokens = self.client.get("/actions/permissions/workflow")
        return ActionsRules(
            True,
            tokens["default_workflow_permissions"] == "write",
            bool(tokens["can_approve_pull_request_reviews"]),
        )

    def workflows(self) -> tuple[Workflow, ...]:
        found = self.client.pages("/actions/workflows", "workflows")
        return tuple(Workflow(str(each["path"]), each["state"] == "active") for each in found)

    def places(self) -> tuple[Place, ...]:
        return tuple(
            Place(str(each["name"]), self._branches(each))
            for each in self.client.pages("/environments", "environments")
        )

    def owners(self) -> tuple[str, ...]:
        found = self.client.get("/codeowners/errors")["errors"]
        return tuple(f"{each['path']}:{each['line']}: {each['kind']}" for each in found)

    def lacking(self) -> tuple[str, ...] | None:
        if self.app is None:
            return None
        granted = self.app.granted()
        needed = sorted(self.permissions.items())
        return tuple(
            f"{name}: {level}" for name, level in needed if granted.get(name) not in (level, "write")
        )

    def _branches(self, place: Mapping[str, Any]) -> frozenset[str] | None:
        policy = place.get("deployment_branch_policy")
        if policy is None:
            return None
        if policy["protected_branches"]:
            return frozenset({"protected branches"})
        at = f"/environments/{quote(str(place['name']), safe='')}/deployment-branch-policies"
        return frozenset(str(each["name"]) for each in self.client.pages(at, "branch_policies"))


def _by_rulesets(found: list[dict[str, Any]]) -> BranchRules:
    """Those that apply to the branch, whatever ruleset of the repository or the organization they are in."""
    rules = _NOTHING
    for each in found:
        given = each.get("parameters") or {}
        match each["type"]:
            case "required_status_checks":
                names = frozenset(str(one["context"]) for one in given["required_status_checks"])
                one = replace(_NOTHING, checks=names)
            case "pull_request":
                one = replace(
                    _NOTHING,
                    pulls=True,
                    approvals=int(given["required_approving_review_count"]),
                    owners=bool(given["require_code_owner_review"]),
                    fresh=bool(given["dismiss_stale_reviews_on_push"] or given["require_last_push_approval"]),
                )
            case "non_fast_forward":
                one = replace(_NOTHING, forced=False)
            case "deletion":
                one = replace(_NOTHING, deletable=False)
            case _:
                continue
        rules = _both(rules, one)
    return rules


def _by_protection(found: Mapping[str, Any]) -> BranchRules:
    checks = found.get("required_status_checks") or {}
    reviews = found.get("required_pull_request_reviews")
    given = reviews or {}
    return BranchRules(
        checks=frozenset(map(str, checks.get("contexts", ()))),
        pulls=reviews is not None,
        approvals=int(given.get("required_approving_review_count", 0)),
        owners=bool(given.get("require_code_owner_reviews")),
        fresh=bool(given.get("dismiss_stale_reviews") or given.get("require_last_push_approval")),
        forced=bool(found.get("allow_force_pushes", {}).get("enabled")),
        deletable=bool(found.get("allow_deletions", {}).get("enabled")),
        everybody=bool(found.get("enforce_admins", {}).get("enabled")),
    )


def _both(one: BranchRules, other: BranchRules) -> BranchRules:
    """What two sets of rules ask for together: each only adds."""
    told = [each.everybody for each in (one, other) if each.everybody is not None]
    return BranchRules(
        one.checks | other.checks,
        one.pulls or other.pulls,
        max(one.approvals, other.approvals),
        one.owners or other.owners,
        one.fresh or other.fresh,
        one.forced and other.forced,
        one.deletable and other.deletable,
        all(told) if told else None,
    )
