"""Any reports and any results, the worse the better."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as some

from bot.jobs.result import Phase, Result, Tier
from compiler.aws.prices import Price
from compiler.changes import ABSENT, SECRET, UNKNOWN, Change, Known, Op, PropertyChange, Side
from compiler.consequences import Cause, Consequence
from compiler.cost import Component, Delta
from compiler.diagnostics import Diagnostic, Note, Place, Severity
from compiler.effects import Data, Effect, Feasibility, Service, When
from compiler.lifecycle.said import Acknowledged, Entry, Held
from compiler.report import Ending, Failure, Outcome, Pending, Report, Strayed
from compiler.report import Phase as Asked
from compiler.reviewed import Shown
from compiler.route import Route

NASTY = (
    "@everyone",
    "ada@example.org",
    "#12",
    "GH-12",
    "acme/databases#3",
    "https://example.org/x?y=z",
    "www.example.org",
    "[x](https://example.org)",
    "![x](https://example.org/x.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- dbspec:preview -->",
    "-->",
    "</details>",
    "</summary></details>",
    "<script>",
    "| a | b |",
    "a\\|b",
    "```",
    "`",
    "``a`",
    "~~x~~",
    "**x**",
    "__x__",
    "\\",
    "\n\n# x\n",
    "\n- x",
    "\r",
    "\x00",
    "\u202e",
    "&lt;b&gt;",
    "&#64;ada",
    ":tada:",
    "$x$",
    "[^1]",
    "é",
    "\U0001f4a3",
    "d670460b4b4aece5915caf5c68d12f560a9fe3e4",
    "",
    " ",
)

plain = some.text(some.characters(codec="utf-8"), max_size=12) | some.text(
    "`|\\*_[]<>~&#@:-+.!$=()/ a1w\n", max_size=12
)
texts = some.lists(some.sampled_from(NASTY) | plain, max_size=4).map(" ".join) | some.sampled_from(NASTY)
names = some.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)
places = some.builds(Place, texts, some.integers(1, 9999), some.integers(1, 200))
files = names.map(lambda name: Place(f"specs/prod/{name}.yaml"))
types = some.sampled_from(["aws:rds:Instance", "aws:dynamodb:Table", "aws:cloudwatch:MetricAlarm"])
routes: some.SearchStrategy[Route] = some.lists(
    names | texts | some.integers(0, 9), min_size=1, max_size=3
).map(lambda found: ("tags", *found))
values = some.recursive(
    some.none() | some.booleans() | some.integers() | texts,
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
sides = some.sampled_from([ABSENT, SECRET, UNKNOWN]) | values.map(lambda value: Side(Known.KNOWN, value))
properties = some.builds(PropertyChange, routes, sides, sides, some.booleans())


def several(each: some.SearchStrategy[object], most: int = 2) -> some.SearchStrategy[tuple[object, ...]]:
    return some.lists(each, max_size=most).map(tuple)


diagnostics = some.builds(
    Diagnostic,
    some.sampled_from(["gate/replace", "spec/unknown-key"]),
    texts,
    texts,
    some.none() | places,
    several(some.builds(Note, texts, places), 1),
    some.sampled_from(Severity),
)
effects = some.builds(
    Effect,
    texts,
    texts,
    some.booleans(),
    some.sampled_from(Data),
    some.sampled_from(Service),
    some.sampled_from(When),
    texts,
    some.booleans(),
    some.sampled_from(Feasibility),
    texts,
)
prices = some.builds(
    Price, some.floats(0, 1000, allow_nan=False), some.just("hour"), some.just(date(2026, 11, 1)), texts
)
components = some.builds(
    Component,
    names,
    texts,
    some.just("hour"),
    some.none() | some.integers(0, 10_000),
    some.none() | prices,
    some.sampled_from(["", "reads"]),
)
held = some.builds(Held, texts, some.dates())
outcomes = some.builds(
    Outcome,
    some.sampled_from(Ending),
    several(some.builds(Failure, texts, names, types)),
    several(names),
    several(texts),
)


seen = some.builds(Shown, some.frozensets(names, max_size=2), some.dictionaries(texts, names, max_size=1))


@some.composite
def reports(draw: some.DrawFn) -> Report:
    stack = f"{draw(some.sampled_from(['prod', 'staging', 'dev']))}.{draw(names)}"
    changes = some.builds(
        Change, some.just(stack), names, types, some.sampled_from(Op), several(properties), some.booleans()
    )
    found = draw(some.lists(changes, max_size=3, unique_by=lambda each: each.resource))
    resources = some.sampled_from([each.resource for each in found]) if found else names
    consequences = some.builds(
        Consequence,
        resources,
        types,
        some.sampled_from(Op),
        several(routes),
        effects,
        several(some.builds(Cause, texts, places)),
    )
    return Report(
        stack,
        draw(some.sampled_from(Asked)),
        draw(outcomes),
        tuple(found),
        draw(several(some.builds(Pending, names, types, properties, texts), 1)),  # type: ignore[arg-type]
        draw(several(consequences, 3)),  # type: ignore[arg-type]
        draw(some.none() | some.builds(Delta, several(components), several(components))),
        draw(several(diagnostics)),  # type: ignore[arg-type]
        draw(some.dictionaries(names, sides, max_size=2)),
        draw(some.none() | files),
        draw(some.dictionaries(names, several(names.map(str)), max_size=1)),  # type: ignore[arg-type]
        draw(
            several(
                some.builds(Acknowledged, some.builds(Entry, names, names | some.just(""), texts), places), 1
            )
        ),  # type: ignore[arg-type]
        draw(some.none() | held),
        draw(several(some.builds(Strayed, names, types, properties, texts), 1)),  # type: ignore[arg-type]
        draw(
            some.none()
            | some.builds(
                Shown, some.frozensets(names, max_size=2), some.dictionaries(texts, names, max_size=1)
            )
        ),
    )


@some.composite
def results(draw: some.DrawFn, most: int = 4) -> Result:
    sha = some.text("0123456789abcdef", min_size=40, max_size=40)
    unique = {"unique_by": lambda each: each.stack}
    return Result(
        draw(some.integers(1, 10_000)),
        draw(sha),
        draw(sha),
        draw(some.sampled_from(Phase)),
        draw(some.sampled_from(Tier)),
        tuple(draw(some.lists(reports(), max_size=most, **unique))),  # type: ignore[arg-type]
        draw(some.integers(0, 2000)),
        draw(several(diagnostics, 3)),  # type: ignore[arg-type]
        draw(several(texts)),  # type: ignore[arg-type]
        tuple(draw(some.lists(reports(), max_size=1, **unique))),  # type: ignore[arg-type]
        draw(several(names)),  # type: ignore[arg-type]
        draw(several(texts)),  # type: ignore[arg-type]
        draw(several(texts)),  # type: ignore[arg-type]
        draw(several(texts)),  # type: ignore[arg-type]
        draw(some.sampled_from(["", "https://github.example/acme/databases/actions/runs/7"])),
    )
