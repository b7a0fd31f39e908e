"""What does not go together in an environment, or in two of one account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from compiler import document, edition
from compiler.diagnostics import Diagnostic, Note, Place
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Environment


def check(environment: Environment) -> Iterator[Diagnostic]:
    """Everything wrong that one key alone does not show."""
    spec = environment.spec
    if spec.alerts.topic == "shared" and spec.alerts.subscriptions and not spec.regions:
        yield _problem(
            environment,
            ("alerts", "subscriptions"),
            "environment/shared-topic",
            "the topic is shared, and who is told by it is for those to say who made it",
            "take the subscriptions out, or write topic: own",
        )
    if spec.audit.data_events and not spec.audit.trail:
        yield _problem(
            environment,
            ("audit", "data_events"),
            "environment/data-events",
            "reads and writes are written down by the trail, and there is none",
            "write trail: true, or take data_events out",
        )
    if spec.region in spec.regions:
        yield _problem(
            environment,
            ("regions", spec.region),
            "environment/own-region",
            f"{spec.region} is the environment's own region, whose network is the shared infrastructure's",
            "take it out",
            key=True,
        )
    for region, elsewhere in spec.regions.items():
        for client in elsewhere.clients:
            if client not in spec.clients:
                near = closest(client, spec.clients)
                yield _problem(
                    environment,
                    ("regions", region, "clients", client),
                    "environment/region-client",
                    f"there is no client {client!r}" + (f"; did you mean {near!r}?" if near else ""),
                    "name one of `clients`, or add it there",
                    key=True,
                )


def together(environments: Iterable[Environment]) -> Iterator[Diagnostic]:
    """What two environments of one account and region cannot both be."""
    speakers: dict[tuple[str, str], Environment] = {}
    for environment in environments:
        spec = environment.spec
        if not spec.account_wide:
            continue
        other = speakers.setdefault((spec.account, spec.region), environment)
        if other is not environment:
            note = Note("the other one", document.locate(other.node, ("account_wide",)))
            yield _problem(
                environment,
                ("account_wide",),
                "environment/account-wide",
                f"{other.name} and {environment.name} both speak for account {spec.account} in {spec.region}: "
                "everything would be told twice",
                f"write account_wide: false in {other.path} or {environment.path}",
                also=(note,),
            )


def _problem(
    environment: Environment,
    route: tuple[str, ...],
    rule: str,
    message: str,
    fix: str,
    *,
    key: bool = False,
    also: tuple[Note, ...] = (),
) -> Diagnostic:
    place = document.locate(environment.node, route, key=key)
    # Nobody can edit an edition: what it says is for environment.yaml to say otherwise.
    at = Place(environment.path) if edition.holds(place) else place
    return Diagnostic(rule, message, fix, at, tuple(each for each in also if not edition.holds(each.at)))
