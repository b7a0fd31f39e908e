"""What the simulated random provider makes."""

from __future__ import annotations

import base64

import pytest

from compiler.sandbox.account import Account
from compiler.sandbox.refusal import AwsError

PASSWORD = "random:RandomPassword"


def test_a_password_is_as_long_and_made_of_what_was_asked_for(account: Account) -> None:
    made = account.create(PASSWORD, {"length": 200, "special": False, "upper": False}).outputs
    assert len(made["result"]) == 200
    assert made["result"].isalnum()
    assert made["result"].lower() == made["result"]
    special = account.create(
        PASSWORD, {"length": 50, "special": True, "min_special": 50, "override_special": "!"}
    )
    assert special.outputs["result"] == "!" * 50


def test_no_two_passwords_are_the_same(account: Account) -> None:
    assert len({account.create(PASSWORD, {"length": 20}).outputs["result"] for _ in range(10)}) == 10


def test_a_password_without_letters_or_too_short_for_what_it_must_hold_is_refused(account: Account) -> None:
    nothing = {"lower": False, "upper": False, "numeric": False, "special": False}
    with pytest.raises(AwsError, match="At least one attribute out of"):
        account.create(PASSWORD, {"length": 20, **nothing})
    with pytest.raises(AwsError, match="at least the sum of what it must hold: 5"):
        account.create(PASSWORD, {"length": 4, "min_lower": 2, "min_upper": 3})


def test_what_is_random_is_in_no_account(account: Account) -> None:
    before = account.show()
    account.create(PASSWORD, {"length": 20})
    account.create("random:RandomId", {"byte_length": 4})
    assert account.show() == before


def test_all_forms_of_an_id_say_the_same_bytes(account: Account) -> None:
    made = account.create("random:RandomId", {"byte_length": 5, "prefix": "p-"})
    raw = bytes.fromhex(made.outputs["hex"].removeprefix("p-"))
    assert len(raw) == 5
    assert base64.b64decode(made.outputs["b64_std"].removeprefix("p-")) == raw
    assert int(made.outputs["dec"].removeprefix("p-")) == int.from_bytes(raw, "big")
    assert made.outputs["b64_url"] == f"p-{made.id}"
