"""The random provider: what it makes lives in the engine's state and nowhere else."""

from __future__ import annotations

import base64
import secrets
import string
from typing import Any

from compiler.sandbox.declaration import Declaration, Step
from compiler.sandbox.refusal import AwsError

_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
_BCRYPT = "./" + string.ascii_letters + string.digits


def _password(step: Step) -> dict[str, Any]:
    letters = {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "numeric": string.digits,
        "special": step.get("override_special") or _SPECIAL,
    }
    wanted = {name: letters[name] for name in letters if step.inputs[name]}
    chosen = [secrets.choice(letters[name]) for name in letters for _ in range(step.inputs[f"min_{name}"])]
    everything = "".join(wanted.values())
    chosen += [secrets.choice(everything) for _ in range(step.inputs["length"] - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return {
        "id": "none",
        "result": "".join(chosen),
        # Of the right form only: nobody holds a password against it here.
        "bcrypt_hash": "$2a$10$" + "".join(secrets.choice(_BCRYPT) for _ in range(53)),
        "number": step.inputs["numeric"],
    }


def _has_something_to_choose_from(step: Step) -> None:
    if not any(step.inputs[name] for name in ("special", "upper", "lower", "numeric")):
        text = "At least one attribute out of [special, upper, lower, numeric] must be specified as true"
        raise AwsError("", text)
    least = sum(step.inputs[f"min_{name}"] for name in ("lower", "upper", "numeric", "special"))
    if step.inputs["length"] < least:
        raise AwsError("", f"attribute length value must be at least the sum of what it must hold: {least}")


RANDOM_PASSWORD = Declaration(
    noun="random password",
    outputs=_password,
    stateless=True,
    defaults={
        "lower": True,
        "upper": True,
        "numeric": True,
        "special": True,
        "min_lower": 0,
        "min_upper": 0,
        "min_numeric": 0,
        "min_special": 0,
    },
    ranges={"length": range(1, 10_000)},
    rules=(_has_something_to_choose_from,),
    replaces=frozenset(
        {
            "keepers",
            "length",
            "lower",
            "min_lower",
            "min_numeric",
            "min_special",
            "min_upper",
            "number",
            "numeric",
            "override_special",
            "special",
            "upper",
        }
    ),
)


def _id(step: Step) -> dict[str, Any]:
    made = secrets.token_bytes(step.inputs["byte_length"])
    prefix = step.get("prefix") or ""
    url = base64.urlsafe_b64encode(made).decode().rstrip("=")
    return {
        "id": url,
        "b64_std": prefix + base64.b64encode(made).decode(),
        "b64_url": prefix + url,
        "dec": prefix + str(int.from_bytes(made, "big")),
        "hex": prefix + made.hex(),
    }


RANDOM_ID = Declaration(
    noun="random id",
    outputs=_id,
    stateless=True,
    ranges={"byte_length": range(1, 1024)},
    replaces=frozenset({"byte_length", "keepers", "prefix"}),
)
