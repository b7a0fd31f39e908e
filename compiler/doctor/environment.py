"""What an environment has to have in its account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from compiler.account import inspection
from compiler.account.inspection import Caller
from compiler.catalog import Database, Environment
from compiler.diagnostics import UserError
from compiler.doctor.finding import Area, Finding, asked, missing, ok, unknown
from compiler.engine.store.s3 import S3Store
from compiler.environment.model import Account
from compiler.roles.roles import permissions

_BY_JOBS = {
    "preview role": "jobs may take it all the same, which a run of the workflow `drift` shows; or let this identity, "
    "by `dbspec roles --reader`",
    "apply role": "jobs may take it all the same, which a run of the workflow `apply` shows",
}

_SKEW = 300
"""Seconds by which a request may be late or early. Source: AWS Signature Version 4, troubleshooting."""


def environment(
    found: Environment,
    environ: Mapping[str, str],
    now: datetime,
    databases: Sequence[Database[Any]] = (),
    shared: Callable[[], Iterator[Finding]] = lambda: iter(()),
) -> Area:
    """`now` is the time by this machine's clock; `databases` are all of it, `shared` looks at what others built."""
    target = found.spec.target
    if target is None:
        sandbox = ok("account", "the sandbox: nothing is needed")
        return Area(found.name, (sandbox, *_state(found, environ)))
    about = f"{found.name} ({target.account}, {found.spec.region})"
    try:
        caller = inspection.caller(found.spec.region)
    except UserError as error:
        # Without credentials all the rest would say the same.
        return Area(
            about, tuple(missing("credentials", each.message, each.fix) for each in error.diagnostics)
        )
    return Area(
        about,
        (
            ok("credentials", caller.arn),
            *_clock(caller, now),
            *_role(found, "preview role", target.preview_role, target, caller),
            *_role(found, "apply role", target.apply_role, target, caller),
            *_policies(found, databases),
            *_state(found, environ),
            *asked("key of the state", lambda: _key(found)),
            *asked("shared infrastructure", shared),
        ),
    )


def _clock(caller: Caller, now: datetime) -> Iterator[Finding]:
    if caller.at is None:
        return
    late = (now - caller.at).total_seconds()
    if abs(late) > _SKEW:
        yield missing(
            "clock",
            f"it is {abs(late):,.0f} seconds {'ahead of' if late > 0 else 'behind'} AWS's, and {_SKEW} are too many",
            "let it be set by the network (`timedatectl set-ntp true`)",
        )
    else:
        yield ok("clock", f"within {max(abs(late), 1):.0f} seconds of AWS's")


def _role(found: Environment, about: str, arn: str, target: Account, caller: Caller) -> Iterator[Finding]:
    if arn.split(":")[4] != target.account:
        yield missing(about, f"{arn} is of another account than {target.account}", "correct `target`")
        return
    try:
        taken = inspection.caller(found.spec.region, arn)
    except UserError as error:
        said = error.diagnostics[0]
        if said.rule != "aws/denied":
            yield missing(about, said.message, said.fix)
        elif caller.role == arn.rpartition("/")[2]:
            yield missing(
                about,
                f"{arn} does not trust itself, and the engine takes it from a job that has it already",
                f"give it the trust policy that `dbspec roles {found.name}` prints",
            )
        else:
            yield unknown(
                about,
                f"{caller.arn} may not take it, or there is no {arn}",
                _BY_JOBS[about],
            )
        return
    if taken.account == target.account:
        yield ok(about, arn)
    else:  # a service that answers for all accounts, where AWS would not
        yield missing(about, f"{arn} leads to the account {taken.account}", "correct `target.account`")


def _policies(found: Environment, databases: Sequence[Database[Any]]) -> Iterator[Finding]:
    """Whether the roles may do what dbspec does now, and no more: another release may do more, or less."""
    target = found.spec.target
    assert isinstance(target, Account)
    wanted = permissions(found, databases)
    for use, arn in (("preview", target.preview_role), ("apply", target.apply_role)):
        about = f"policies of the {use} role"
        name = arn.rpartition("/")[2]
        try:
            there = inspection.policies(name, found.spec.region)
        except UserError as error:
            yield from (missing(about, each.message, each.fix) for each in error.diagnostics)
            continue
        if there is None:
            yield unknown(about, "this identity may not ask", "ask as somebody who administers the account")
            continue
        stale = sorted(each for each in wanted[use] if there.get(each) != wanted[use][each])
        more = ", ".join(sorted(set(there) - set(wanted[use])))
        if stale:
            yield missing(
                about,
                f"not as dbspec needs them: {', '.join(stale)}",
                f"compare with `dbspec roles {found.name}`, and write them anew",
            )
        elif more:
            yield unknown(about, f"besides those of dbspec's there is {more}", "detach what is not meant")
        else:
            yield ok(about, f"{', '.join(sorted(there))}, as `dbspec roles` prints them")


def _state(found: Environment, environ: Mapping[str, str]) -> Iterator[Finding]:
    state = found.spec.state
    if state is None:
        yield ok("state", "beside the sandbox")
        return
    if state.secrets == "passphrase" and not {
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
    } & set(environ):
        yield missing(
            "passphrase",
            "the secrets in the state are encrypted with a passphrase, and none is set",
            "set PULUMI_CONFIG_PASSPHRASE_FILE, or better, use a key: `state.secrets: awskms://...`",
        )
    if state.backend.startswith("s3://"):
        yield from asked("state", lambda: _bucket(S3Store.at(state.backend)))
    else:
        yield unknown(
            "state", f"{state.backend} is on one machine alone", "use a bucket: `state.backend: s3://...`"
        )


def _bucket(store: S3Store) -> Iterator[Finding]:
    found = inspection.bucket(store.client, store.bucket)
    shown = f"s3://{store.bucket}"
    if store.region and found.region and found.region != store.region:
        yield missing(
            "state", f"{shown} lies in {found.region}", f"write region={found.region} into `state.backend`"
        )
    else:
        store.keys("applied/")
        yield ok("state", f"{shown} can be read{f', in {found.region}' if found.region else ''}")
    yield from _fact(
        "versions of the state",
        found.versioned,
        "are kept",
        f"{shown} keeps none: what is written over is lost",
        f"aws s3api put-bucket-versioning --bucket {store.bucket} --versioning-configuration Status=Enabled",
    )
    yield from _fact(
        "encryption of the state",
        None if found.encryption is None else bool(found.encryption),
        found.encryption or "",
        f"{shown} has no default encryption",
        f"aws s3api put-bucket-encryption --bucket {store.bucket} --server-side-encryption-configuration "
        '\'{"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}\'',
    )
    yield from _fact(
        "public access to the state",
        found.closed,
        "is blocked",
        f"{shown} could be opened to everybody",
        f"aws s3api put-public-access-block --bucket {store.bucket} --public-access-block-configuration "
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true",
    )


def _fact(about: str, holds: bool | None, said: str, not_so: str, fix: str) -> Iterator[Finding]:
    if holds is None:
        yield unknown(about, "this identity may not ask", "ask as somebody who administers the account")
    elif holds:
        yield ok(about, said)
    else:
        yield missing(about, not_so, fix)


def _key(found: Environment) -> Iterator[Finding]:
    state = found.spec.state
    if state is None or not state.secrets.startswith("awskms://"):
        return
    parts = urlsplit(state.secrets)
    name = (parts.netloc + parts.path).strip("/")
    key = inspection.key(name, parse_qs(parts.query).get("region", [found.spec.region])[-1])
    if key.usable:
        yield ok("key of the state", f"{name} is {key.arn}")
    else:
        yield missing(
            "key of the state",
            f"{name} is {key.state}",
            "enable it, or cancel its deletion: without it no secret in the state can be read again",
        )
