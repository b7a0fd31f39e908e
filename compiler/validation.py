"""Documents held against a model, and what does not fit said in the words of those who wrote it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from compiler import legacy
from compiler.diagnostics import Diagnostic
from compiler.document import Node, locate, plain, visible
from compiler.fields import choices, elsewhere, follow
from compiler.refusal import NOUNS, Refusal, explain, listed, purpose
from compiler.route import Route, text
from compiler.suggest import closest

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    M = TypeVar("M", bound=BaseModel)

# Nobody mistypes that many keys, and comparing them all would take long.
_COMPARED = 50


def validate(model: type[M], node: Node) -> tuple[M, None] | tuple[None, ValidationError]:
    """The document as a model, or why it is none."""
    from pydantic import ValidationError

    try:
        return model.model_validate(plain(node)), None
    except ValidationError as error:
        return None, error


def explain_errors(error: ValidationError, node: Node, model: type[BaseModel]) -> list[Diagnostic]:
    """The diagnostics for all that pydantic found wrong with `plain(node)` as a `model`."""
    found = [
        Refusal(each["type"], follow(model, each["loc"]), each["msg"], each["input"], each.get("ctx") or {})
        for each in error.errors(include_url=False)
    ]
    return _Explainer(node, model).explain(found)


class _Explainer:
    def __init__(self, node: Node, model: type[BaseModel]) -> None:
        self.node = node
        self.model = model
        self.kind = _kind(node)

    def explain(self, errors: list[Refusal]) -> list[Diagnostic]:
        unknown = [each for each in errors if each.type == "extra_forbidden"]
        meant = {each.route: self.near(each) for each in unknown[:_COMPARED]}
        # A key that is only misspelt is not missing too.
        misspelt = {(*route[:-1], near) for route, near in meant.items() if near}
        out: list[Diagnostic] = []
        for union, group in groupby(errors, key=_union):
            for each in group if union is None else _likeliest(list(group)):
                if each.type == "extra_forbidden":
                    out.append(self.unknown_key(each, meant.get(each.route)))
                elif each.type == "missing":
                    if each.route not in misspelt:
                        out.append(self.missing_key(each))
                else:
                    out.append(self.wrong_value(each))
        return out

    def near(self, error: Refusal) -> str | None:
        """The key that was meant, where nothing better is known of the one that was written."""
        name = str(error.route[-1])
        if legacy.fix(name, self.kind) or elsewhere(self.model, name):
            return None
        return closest(name, error.position.keys)

    def unknown_key(self, error: Refusal, near: str | None) -> Diagnostic:
        *parents, key = error.route
        name = str(key)
        here = text(tuple(parents))
        message = f"{here} has no key `{visible(name)}`" if here else f"there is no key `{visible(name)}`"
        fix = ""
        if near:
            message += f"; did you mean `{near}`?"
        elif told := legacy.fix(name, self.kind):
            fix = told
        elif places := elsewhere(self.model, name):
            *all_but_last, last = (f"`{text(each)}`" for each in places)
            fix = (
                f"write it as {', '.join(all_but_last)} or {last}" if all_but_last else f"write it as {last}"
            )
        else:
            fix = f"{'its' if here else 'the'} keys are {listed(error.position.keys)}"
        return Diagnostic("spec/unknown-key", message, fix, locate(self.node, error.route, key=True))

    def missing_key(self, error: Refusal) -> Diagnostic:
        field = error.position.field
        what = purpose(field.description) if field is not None and field.description else ""
        values = choices(error.position.annotations)
        fix = f"add `{error.route[-1]}:`"
        if values:
            fix += f" with one of {listed(values)}"
        elif what:
            fix += f", {what}"
        at = locate(self.node, error.route[:-1], key=True)
        return Diagnostic("spec/missing-key", f"{text(error.route)} is missing", fix, at)

    def wrong_value(self, error: Refusal) -> Diagnostic:
        rule, message, fix = explain(error)
        at = locate(self.node, error.route, key=error.position.key)
        return Diagnostic(rule, visible(message), visible(fix), at)


def _union(error: Refusal) -> Route | None:
    position = error.position
    return None if position.union is None else position.route[: position.union]


def _likeliest(errors: list[Refusal]) -> list[Refusal]:
    """Of what each type of a union has against a value, that of the type that was probably meant."""
    branches: dict[str, list[Refusal]] = {}
    for each in errors:
        branches.setdefault(each.position.branch, []).append(each)
    union = errors[0].position.union
    shaped = [
        group
        for group in branches.values()
        if not any(each.type in NOUNS and len(each.route) == union for each in group)
    ]
    if shaped:
        return min(shaped, key=len)
    nouns = dict.fromkeys(NOUNS[each.type] for each in errors if each.type in NOUNS)
    return [errors[0]._replace(type="union", context={"nouns": list(nouns)})]


def _kind(node: Node) -> str:
    said = node.value.get("kind") if isinstance(node.value, dict) else None
    return said.value if said is not None and isinstance(said.value, str) else ""
