"""What every model of something that people write has in common."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Model(BaseModel):
    """Strict, closed and frozen: a value is of its type, a key is known, nothing changes later."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


def invalid(rule: str, message: str, fix: str = "") -> PydanticCustomError:
    """The error of a field's own check; the rule, message and fix of the diagnostic that it becomes."""
    # Curly brackets in a message are templates to pydantic: what users typed goes through the context.
    return PydanticCustomError(rule, "{message}", {"message": message, "fix": fix})


def shaped(pattern: str, *examples: str) -> Any:
    """What editors are told of the form of a text, where the field's own check says it better to people."""
    return Field(examples=list(examples), json_schema_extra={"pattern": f"^(?:{pattern})$"})


def exactly_one() -> ConfigDict:
    """What editors are told of a mapping that has one of its keys, where `one_of` says it better to people."""
    return ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})


def one_of(rule: str, called: str, *keys: str) -> AfterValidator:
    """The check of a mapping that has exactly one of these keys; `called` is how the message begins (`the restore`)."""

    def check(value: Model) -> Model:
        given = [name for name in keys if getattr(value, name) is not None]
        if len(given) == 1:
            return value
        said = f"has {' and '.join(given)}" if given else "says nothing"
        raise invalid(rule, f"{called} {said}", f"give exactly one of {', '.join(keys)}")

    return AfterValidator(check)


def _written(value: Any) -> Any:
    """A version without quotes is a number to YAML: `8.10` must not become 8.1."""
    return getattr(value, "written", value)


def _date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise invalid("spec/date", f"{value!r} is not a date", "write it as 2027-01-31") from None


Version = Annotated[str, BeforeValidator(_written, json_schema_input_type=str | float)]
Day = Annotated[
    date,
    BeforeValidator(
        _date,
        json_schema_input_type=Annotated[str, shaped(r"\d{4}-\d{2}-\d{2}", "2027-01-31")],
    ),
]
REGION = r"^[a-z]{2}(-[a-z]+)+-\d$"
