"""What must be there before anything starts: passphrases, credentials, the right account, the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from compiler.diagnostics import Diagnostic, Exit, UserError
from compiler.engine.session import Session
from compiler.engine.target import Target


def check(session: Session, targets: Iterable[Target]) -> None:
    """Raises UserError with everything that is missing, for all targets at once."""
    distinct = {each.environment: each for each in targets}.values()
    problems = [problem for each in distinct for problem in _problems(session, each)]
    if problems:
        raise UserError(*dict.fromkeys(problems), exit_code=Exit.ENGINE)


def _problems(session: Session, target: Target) -> Iterator[Diagnostic]:
    if target.needs_passphrase:
        yield from _passphrase(session, target)
    asked: list[Callable[[], None]] = [lambda: _reach_state(session, target)]
    if target.secrets.startswith("awskms://"):
        asked.append(lambda: _reach_key(target))
    if target.sandbox is None:
        asked.insert(0, lambda: _same_account(session, target))
    for ask in asked:
        try:
            ask()
        except UserError as error:
            yield from error.diagnostics
            return  # without credentials the others would say the same


def _passphrase(session: Session, target: Target) -> Iterator[Diagnostic]:
    if "PULUMI_CONFIG_PASSPHRASE" in session.environ:
        return
    file = session.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not file:
        yield Diagnostic(
            "engine/passphrase",
            f"{target.environment} encrypts the secrets in its state with a passphrase, and none is set",
            "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to the path of a file that holds it",
        )
    elif not Path(file).is_file():
        yield Diagnostic(
            "engine/passphrase",
            f"PULUMI_CONFIG_PASSPHRASE_FILE names {file}, which is not a file",
            "correct the path",
        )


def _same_account(session: Session, target: Target) -> None:
    found = session.account(f"{target.environment}.environment", target).identity()
    if found != target.account:
        raise UserError(
            Diagnostic(
                "engine/account",
                f"{target.environment} lives in the account {target.account}, and these credentials lead to {found}",
                "log in to the right account, or correct `target.account`",
            )
        )


def _reach_state(session: Session, target: Target) -> None:
    session.store(target).keys(f"applied/{target.environment}.")


def _reach_key(target: Target) -> None:
    from compiler.account.session import client, told

    parts = urlsplit(target.secrets)
    region = parse_qs(parts.query).get("region", [target.region])[-1]
    key = (parts.netloc + parts.path).strip("/")
    with told(f"asking for the key {key}, which encrypts the secrets in the state of {target.environment}"):
        client("kms", region=region).describe_key(KeyId=key)
