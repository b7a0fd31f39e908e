"""`python -m compiler.reference`: writes docs/reference and docs/schema anew, at the top of the repository."""

from __future__ import annotations

from pathlib import Path

from compiler import kinds, legacy, schemas
from compiler.reference.keys import keys
from compiler.reference.rules import rules
from compiler.reference.trials import cases, effects
from compiler.render import reference

_ABOUT = {schemas.ENVIRONMENT: "The file environment.yaml", schemas.PEOPLE: "The file people.yaml"}
# What the keys of people.yaml are compiled to is nothing.
_CASES = {schemas.ENVIRONMENT: "tests/environment/cases", schemas.PEOPLE: ""}


def page(name: str, repository: Path) -> str:
    """The page of a kind, of `environment` or of `people`."""
    found = keys(name)
    about = _ABOUT.get(name) or f"`kind: {name}`: {_noun(name)}"
    held = rules(repository / "tests" / "wrong", name, found)
    folder = _CASES.get(name, "tests/compiled/cases")
    golden = cases(repository / folder, name) if folder else []
    return reference.page(about, found, held, effects(name, found, golden))


def _noun(name: str) -> str:
    said = (kinds.named(name).spec.__doc__ or "").rstrip(".")
    return said[:1].lower() + said[1:]


def variables() -> str:
    """The page of the Terraform collection's variables."""
    shown = {"mysql": "MySQL", "redis": "Redis", "dynamodb": "DynamoDB"}
    return reference.variables(
        {
            "Every module": legacy.SHARED,
            **{shown[name]: table for name, table in legacy.FIXES.items()},
            "What environment.yaml has once": legacy.ENVIRONMENT,
        }
    )


def main() -> None:
    """Writes every page and every schema."""
    docs = Path("docs")
    written = {docs / "reference" / "variables.md": variables()}
    for name in schemas.names():
        written[docs / "reference" / f"{name}.md"] = page(name, Path())
        written[docs / "schema" / f"{name}.json"] = schemas.text(name)
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
