"""What becomes of those who are connected, and of those who want to be, when TLS or who may log in changes."""

from __future__ import annotations

from dataclasses import replace

from compiler.aws.elasticache import CHANGEABLE_TLS, numbers
from compiler.effects import Data, Effect, Feasibility, Inputs, Service
from compiler.graph import Ref, Value
from compiler.kinds.redis.modification import API, another
from compiler.parts.timing import when

_TLS = "TransitEncryptionMode of ModifyReplicationGroup in the ElastiCache API reference"
_TOKENS = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html"
_USERS = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html"
_PASSWORDS = "ModifyUser in the ElastiCache API reference"


def tls(before: Inputs, after: Inputs) -> Effect:
    was, becomes = _tls(before), _tls(after)
    if was == becomes:
        return Effect("says what is already so", _TLS)
    if "disabled" in (was, becomes) and _too_old(before):
        fixed = another(
            "TLS, before version 7.0.5,",
            "write engine_version: 7.1 or engine: valkey first, and change TLS after that",
            refused=True,
        )
        return replace(fixed, source="the provider's documentation of transit_encryption_enabled")
    if {was, becomes} == {"disabled", "required"}:
        return Effect(
            "between no TLS and nothing but TLS lies a state in which clients can do either: AWS allows no other way",
            _TLS,
            feasibility=Feasibility.TWO_STEPS,
            fix="transit_encryption: {mode: preferred}" + _open_until_then(before, after),
        )
    says, service = {
        "preferred": ("clients can connect with TLS and without", Service.NONE),
        "required": ("connections without TLS are dropped, and refused from then on", Service.OUTAGE),
        "disabled": ("connections with TLS are dropped, and refused from then on", Service.OUTAGE),
    }[becomes]
    return Effect(
        says,
        _TLS,
        service=service,
        when=when(after),
        duration="" if service is Service.NONE else "for clients that connect in the other way",
    )


def _tls(inputs: Inputs) -> str:
    if not inputs.get("transit_encryption_enabled"):
        return "disabled"
    return str(inputs.get("transit_encryption_mode") or "required")


def _too_old(inputs: Inputs) -> bool:
    said = inputs.get("engine_version")
    old = isinstance(said, str) and numbers(said) < CHANGEABLE_TLS
    return old and inputs.get("engine") != "valkey"


def _open_until_then(before: Inputs, after: Inputs) -> str:
    """Users cannot come in the same update as TLS does: https://github.com/hashicorp/terraform-provider-aws/issues/42966."""
    return ", auth: {mode: none}" if _way(before) == "open" and _way(after) == "users" else ""


def login(before: Inputs, after: Inputs) -> Effect:
    """What a changed token, strategy or group of users does: the three are one decision."""
    was, becomes = _way(before), _way(after)
    if was == becomes == "token":
        return _token(before, after)
    if was == becomes:
        return Effect("other users may log in, at once", _USERS, service=Service.DEGRADED)
    return {
        ("open", "users"): _from_open_to_users,
        ("open", "token"): _from_open_to_token,
        ("users", "open"): _opened,
        ("users", "token"): _back_to_token,
        ("token", "users"): _from_token_to_users,
        ("token", "open"): _without_token,
    }[was, becomes](before, after)


def _way(inputs: Inputs) -> str:
    if inputs.get("user_group_ids"):
        return "users"
    return "token" if inputs.get("auth_token") is not None else "open"


def _from_open_to_users(before: Inputs, after: Inputs) -> Effect:
    if _tls(before) == "disabled":
        return Effect(
            "users cannot come in the same change as TLS",
            "https://github.com/hashicorp/terraform-provider-aws/issues/42966",
            feasibility=Feasibility.TWO_STEPS,
            fix="transit_encryption: {mode: preferred}, auth: {mode: none}",
        )
    return Effect(
        "from now on nobody gets in without logging in as the user; open connections stay",
        _USERS,
        service=Service.OUTAGE,
        when=when(after),
        duration="for clients that do not log in yet",
    )


def _from_open_to_token(_: Inputs, after: Inputs) -> Effect:
    if after.get("auth_token_update_strategy") == "SET":
        return Effect(
            "a first token can be added, not demanded: between no token and nothing but the token lies a state in "
            "which clients get in with it and without",
            _TOKENS,
            feasibility=Feasibility.TWO_STEPS,
            fix="auth: {mode: token, keep_previous: true}",
        )
    return Effect(
        "clients get in with the token, and without it too until auth.keep_previous is false",
        "https://github.com/hashicorp/terraform-provider-aws/issues/33439",
    )


def _opened(_: Inputs, after: Inputs) -> Effect:
    return Effect(
        "anybody who reaches the port gets in from now on, and can read and write everything",
        _USERS,
        when=when(after),
    )


def _back_to_token(_: Inputs, __: Inputs) -> Effect:
    return Effect(
        "the provider takes the users away before it sets the token: in between, anybody who reaches the port gets in",
        "resourceReplicationGroupUpdate of the provider, internal/service/elasticache/replication_group.go",
        feasibility=Feasibility.REFUSED,
        fix="keep auth.mode: rbac; a database with a token is a new one",
    )


def _from_token_to_users(_: Inputs, after: Inputs) -> Effect:
    if after.get("auth_token_update_strategy") != "DELETE":
        return Effect(
            "a token only goes with the strategy DELETE, which a database that never had one does not take",
            "AuthTokenUpdateStrategy of ModifyReplicationGroup in the ElastiCache API reference",
            feasibility=Feasibility.REFUSED,
            fix="add overrides: {replication-group: {auth_token_update_strategy: DELETE}} to this change, and take it "
            "out again after it",
        )
    return Effect(
        "the token gets nobody in any more, at once: clients log in as the user",
        _USERS,
        service=Service.OUTAGE,
        duration="until clients have read the new secret",
    )


def _without_token(_: Inputs, __: Inputs) -> Effect:
    return Effect(
        "a token only goes where users come in its place",
        "AuthTokenUpdateStrategy of ModifyReplicationGroup in the ElastiCache API reference",
        feasibility=Feasibility.REFUSED,
        fix="keep auth.mode: token, or write auth.mode: rbac",
    )


def _token(before: Inputs, after: Inputs) -> Effect:
    """One token after another: ROTATE keeps the last one beside the new one, SET keeps the new one only."""
    only = after.get("auth_token_update_strategy") == "SET"
    if before.get("auth_token") == after.get("auth_token"):
        if not only:
            return Effect("holds for the next rotation", _TOKENS)
        return Effect(
            "the token before the last gets nobody in any more",
            _TOKENS,
            service=Service.OUTAGE,
            duration="for clients that have not read the secret since the last rotation",
        )
    if only:
        return _locked_out("auth: {keep_previous: true} beside the new day in auth.rotate", _TOKENS)
    return Effect("another token gets in, and so does the last one, until the rotation after this", _TOKENS)


def user(before: Inputs, after: Inputs) -> Effect:
    """What another way to prove oneself does, or other passwords."""
    was, becomes = _proof(before), _proof(after)
    if was[0] != becomes[0]:
        names = {"iam": "a token of IAM", "password": "the password"}
        known = names.get(becomes[0], becomes[0])
        return Effect(
            f"the user logs in with {known} from now on, and with nothing else; open connections stay",
            _PASSWORDS,
            service=Service.OUTAGE,
            duration="until clients do",
        )
    old, new = was[1], becomes[1]
    if old and old[-1] not in new:
        return _locked_out(_add_a_day(old[-1], new), _PASSWORDS)
    if all(each in old for each in new):
        return Effect(
            "the password before the last gets nobody in any more",
            _PASSWORDS,
            service=Service.OUTAGE,
            duration="for clients that have not read the secret since the last rotation",
        )
    return Effect(
        "another password gets in, and so does the last one, until the rotation after this", _PASSWORDS
    )


def _proof(inputs: Inputs) -> tuple[str, list[Value]]:
    """How the user proves itself, and the passwords in the order of their days."""
    said = inputs.get("authentication_mode")
    if not isinstance(said, dict):
        return "", []
    passwords = said.get("passwords")
    return str(said.get("type")), list(passwords) if isinstance(passwords, list) else []


def _locked_out(fix: str, source: str) -> Effect:
    return Effect(
        "what gets clients in now would get nobody in any more, before anybody could have read what does",
        source,
        feasibility=Feasibility.TWO_STEPS,
        fix=fix,
    )


def _add_a_day(current: Value, new: list[Value]) -> str:
    """The rotation that keeps the current password: its day stays in the list, before the new one."""
    days = [
        str(each.resource).removeprefix("password-")
        for each in (current, *new[-1:])
        if isinstance(each, Ref) and each.resource != "password"
    ]
    return f"auth: {{rotate: [{', '.join(days)}], keep_previous: true}}"


def no_user(before: Inputs, _: Inputs) -> Effect:
    if before.get("user_name") == "default":
        return Effect(
            "the user as which nobody gets anywhere goes", "DeleteUser in the ElastiCache API reference"
        )
    return Effect(
        "nobody logs in as this user any more",
        "DeleteUser in the ElastiCache API reference",
        service=Service.OUTAGE,
        duration="for good, for clients that log in as this user",
    )


def another_user(what: str) -> Effect:
    """What is fixed when a user is made."""
    return Effect(
        f"{what} of a user is fixed when it is made: another user is made, and clients log in as that one",
        "plans of the AWS provider: it makes another user",
        replaces=True,
        data=Data.KEPT,
        service=Service.OUTAGE,
        duration="until clients have read the new secret",
    )


ACCESS = Effect(
    "what the user may do changes at once, for open connections too", _PASSWORDS, service=Service.DEGRADED
)
ENGINE = Effect("for which engine it is: databases with the other one may not take it", API)
