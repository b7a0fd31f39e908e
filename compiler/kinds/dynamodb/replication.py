"""Which global tables AWS refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compiler.aws.dynamodb import REGIONS, STRONG_SETS
from compiler.diagnostics import Diagnostic
from compiler.kinds.dynamodb.derived import REPLICATED
from compiler.route import Route
from compiler.suggest import closest

if TYPE_CHECKING:
    from compiler.catalog import Database
    from compiler.kinds.dynamodb.spec import DynamoDB


def check(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """What is wrong with the replicas and their witness."""
    spec = database.spec
    for region in spec.replicas:
        yield from _region(database, region, _at(database, region))
    if spec.witness is not None:
        yield from _region(database, spec.witness, ("witness",))
    if spec.consistency == "STRONG":
        yield from _strong(database)
    elif spec.witness is not None:
        yield database.problem(
            "dynamodb/witness",
            ("witness",),
            "only tables with STRONG consistency have a witness",
            "write consistency: STRONG, or take the line out",
        )
    if spec.replicas:
        yield from _stream(database)
        yield from _capacity(database)
    yield from _keys(database)


def _at(database: Database[DynamoDB], region: str, *rest: str) -> Route:
    """Where a replica stands: `replicas` may be written as a list."""
    document = database.node.value
    written = document["replicas"].value if isinstance(document, dict) else None
    if isinstance(written, list):
        return ("replicas", [each.value for each in written].index(region))
    return ("replicas", region, *rest)


def _region(database: Database[DynamoDB], region: str, at: Route) -> Iterator[Diagnostic]:
    home = database.environment.spec
    known = REGIONS[home.partition]
    if any(region in others for others in REGIONS.values() if others is not known):
        yield database.problem(
            "dynamodb/replica-region",
            at,
            f"{region} is in another part of AWS than {home.region}, and nothing is replicated between them",
            f"choose among {_listed(known - {home.region})}",
        )
    elif region not in known:
        near = closest(region, known - {home.region})
        yield database.problem(
            "dynamodb/replica-region",
            at,
            f"DynamoDB has no region {region!r}" + (f"; did you mean {near!r}?" if near else ""),
            f"choose among {_listed(known - {home.region})}",
        )
    elif region == home.region:
        yield database.problem(
            "dynamodb/replica-at-home",
            at,
            f"{region} is the table's own region, where it is already",
            "take it out: replicas are the other regions",
        )


def _strong(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """Source: GlobalTableWitnessUpdates of UpdateTable; "Consistency modes" in the DynamoDB developer guide."""
    spec, home = database.spec, database.environment.spec.region
    mode: dict[str, Route] = {"the consistency": ("consistency",)}
    if len(spec.replicas) + (spec.witness is not None) != 2 or not spec.replicas:
        yield database.problem(
            "dynamodb/strong-regions",
            ("consistency",),
            "STRONG needs three regions: the table's, and two replicas or a replica and a witness",
            "write two `replicas`, or one and `witness`",
        )
    elsewhere = [(region, _at(database, region)) for region in spec.replicas]
    if spec.witness is not None:
        elsewhere.append((spec.witness, ("witness",)))
        if spec.witness in spec.replicas:
            yield database.problem(
                "dynamodb/witness",
                ("witness",),
                f"{spec.witness} has a replica and cannot be the witness too",
                "name another region",
                {"the replica": _at(database, spec.witness)},
            )
    near = next((each for each in STRONG_SETS if home in each), None)
    if near is None:
        yield database.problem(
            "dynamodb/strong-home",
            ("consistency",),
            f"no table in {home} can be strongly consistent with other regions",
            "write consistency: EVENTUAL",
        )
    for region, at in elsewhere if near else ():
        if near and region not in near:
            yield database.problem(
                "dynamodb/strong-set",
                at,
                f"{region} is too far from {home} for STRONG consistency",
                f"choose among {_listed(near - {home})}",
                mode,
            )
    if spec.ttl:
        yield database.problem(
            "dynamodb/strong-ttl",
            ("ttl",),
            "items cannot expire in a table of STRONG consistency",
            "take the line out, or write consistency: EVENTUAL",
            mode,
        )
    if spec.local_indexes:
        yield database.problem(
            "dynamodb/strong-local-indexes",
            ("local_indexes",),
            "a table of STRONG consistency can have no local index",
            "move them to `indexes`, or write consistency: EVENTUAL",
            mode,
        )


def _stream(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    if spec.consistency == "EVENTUAL" and spec.streams not in (None, REPLICATED):
        yield database.problem(
            "dynamodb/replica-stream",
            ("streams",),
            f"replicas follow the table's stream, which must say {REPLICATED} for that",
            f"write {REPLICATED}, or take the line out, which means the same",
            {"the replicas": ("replicas",)},
        )


def _capacity(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    """A replica must keep up with what is written elsewhere: AWS refuses fixed write capacity."""
    spec = database.spec
    if spec.billing_mode != "PROVISIONED":
        return
    places: list[tuple[Route, str, bool]] = [
        ((), "the table", spec.capacity is not None and not spec.capacity.write.scaled),
        *(
            (
                ("indexes", name),
                f"the index {name}",
                index.capacity is not None and not index.capacity.write.scaled,
            )
            for name, index in spec.indexes.items()
        ),
    ]
    for at, what, fixed in places:
        if fixed:
            yield database.problem(
                "dynamodb/replica-capacity",
                (*at, "capacity", "write"),
                f"with replicas the write capacity of {what} has to follow traffic, and this is a fixed number",
                "write {min, max}, or billing_mode: PAY_PER_REQUEST",
                {"the replicas": ("replicas",)},
            )


def _keys(database: Database[DynamoDB]) -> Iterator[Diagnostic]:
    spec = database.spec
    mode: dict[str, Route] = {"the table's encryption": ("encryption", "mode")}
    for region, replica in spec.replicas.items():
        key = replica.kms_key
        if key is None and spec.encryption.kms_key is not None and spec.encryption.mode == "cmk":
            yield database.problem(
                "dynamodb/replica-key-missing",
                _at(database, region),
                f"the table is encrypted by a key that you named, and the replica in {region} has none",
                f"write `{region}: {{kms_key: ...}}` with a key in {region}, or leave all keys to dbspec",
                {"the table's key": ("encryption", "kms_key")},
            )
        elif key is not None and spec.encryption.mode != "cmk":
            yield database.problem(
                "dynamodb/replica-key",
                _at(database, region, "kms_key"),
                f"a replica has a key of its own only where the table has: this one's is {spec.encryption.mode}",
                "write `encryption: cmk`, or take the line out",
                mode,
            )
        elif key is not None and key.split(":")[3] != region:
            yield database.problem(
                "dynamodb/key-region",
                _at(database, region, "kms_key"),
                f"a replica in {region} can only be encrypted by a key of that region",
                f"name a key in {region}",
            )


def _listed(regions: frozenset[str]) -> str:
    return ", ".join(sorted(regions))
