"""What DynamoDB refuses of a table; where the code is "", what its provider refuses before it asks."""

from __future__ import annotations

from compiler.sandbox.declaration import Rule, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.dynamodb import keys
from compiler.sandbox.services.dynamodb.keys import global_indexes, invalid, local_indexes
from compiler.sandbox.services.dynamodb.origin import check_source
from compiler.sandbox.services.dynamodb.replica import check_key_region, check_stream
from compiler.sandbox.services.dynamodb.scaled import check_scaled
from compiler.sandbox.world import Values

_SETS = (
    {"us-east-1", "us-east-2", "us-west-2"},
    {"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"},
    {"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"},
)


def _capacity_fits(step: Step) -> None:
    """Where a table becomes provisioned and its capacity is ignored, the provider sends 1, for an index nothing."""
    holders: list[tuple[str, Values]] = [("", step.inputs)]
    holders += [(f" of {each['name']}", each) for each in global_indexes(step.inputs)]
    mode = step.get("billing_mode")
    turned = step.old is not None and step.was("billing_mode") != mode
    for whose, holder in holders:
        for key in ("read_capacity", "write_capacity"):
            given = holder.get(key) or 0
            if mode == "PAY_PER_REQUEST" and given and not (turned and not whose):
                raise AwsError("", f'{key}{whose} can not be set when billing_mode is "PAY_PER_REQUEST"')
            if mode == "PROVISIONED" and given < 1 and not (turned and not whose):
                raise AwsError("", f'{key}{whose} must be at least 1 when billing_mode is "PROVISIONED"')
        if mode == "PROVISIONED" and holder.get("on_demand_throughput"):
            text = "MaxReadRequestUnits and MaxWriteRequestUnits cannot be specified with BillingMode PROVISIONED"
            raise invalid(text)


def _warm_throughput_is_enough(step: Step) -> None:
    warm = step.get("warm_throughput") or {}
    for key, least in (("read_units_per_second", 12000), ("write_units_per_second", 4000)):
        if warm.get(key) is not None and warm[key] < least:
            raise invalid(f"{key} is below the least of {least}: {warm[key]}")


def _stream_has_a_view(step: Step) -> None:
    if step.get("stream_enabled") and not step.get("stream_view_type"):
        raise AwsError("", "stream_view_type is required when stream_enabled = true")
    if step.get("stream_view_type") and not step.get("stream_enabled"):
        raise AwsError("", "stream_enabled is required when stream_view_type is set")


def _ttl_has_an_attribute(step: Step) -> None:
    ttl = step.get("ttl") or {}
    if bool(ttl.get("enabled")) != bool(ttl.get("attribute_name")):
        raise AwsError("", "attribute_name is required when ttl is enabled, and must not be set otherwise")
    current = (step.was("ttl") or {}).get("attribute_name")
    if current and ttl.get("attribute_name") not in (None, current):
        text = f"TimeToLive is active on a different AttributeName: current AttributeName is {current}"
        raise AwsError("ValidationException", text)


def _key_fits(step: Step) -> None:
    said = step.get("server_side_encryption") or {}
    if said.get("kms_key_arn") and not said.get("enabled"):
        raise invalid("KMSMasterKeyId cannot be specified when SSE is disabled")
    check_key_region(said.get("kms_key_arn"), step.region)


def _stream_stays_for_replicas(step: Step) -> None:
    if step.old is None:
        return
    for _, user in step.world.users(step.old):
        if user.type == "aws:dynamodb:TableReplica":
            check_stream(step.inputs)


def _replicas_fit(step: Step) -> None:
    replicas = step.get("replicas") or []
    for each in replicas:
        if each["region_name"] == step.region:
            text = "Cannot add, delete, or update the local region through ReplicaUpdates."
            raise AwsError("ValidationException", text)
        check_key_region(each.get("kms_key_arn"), each["region_name"])
    modes = {each.get("consistency_mode") or "EVENTUAL" for each in replicas}
    witness = (step.get("global_table_witness") or {}).get("region_name")
    if len(modes) > 1:
        raise AwsError("", "replicas with different consistency_mode are not supported")
    if modes == {"EVENTUAL"}:
        check_stream(step.inputs)
        check_scaled(step.world, step.region, step.inputs)
    if witness and modes != {"STRONG"}:
        raise AwsError("", "global_table_witness needs a replica with consistency_mode STRONG")
    if modes == {"STRONG"}:
        _strongly_consistent(step, [each["region_name"] for each in replicas], witness)


def _strongly_consistent(step: Step, replicas: list[str], witness: str | None) -> None:
    everywhere = {step.region, *replicas, *([witness] if witness else [])}
    if len(replicas) + bool(witness) != 2 or len(everywhere) != 3:
        text = "Using MultiRegionStrongConsistency requires exactly 2 replicas, or 1 replica and 1 witness region."
        raise AwsError("", text)
    if not any(everywhere <= each for each in _SETS):
        raise invalid("All Regions of an MRSC global table must be in one Region set")
    if (step.get("ttl") or {}).get("enabled") or local_indexes(step.inputs):
        raise invalid("TTL and local secondary indexes are not supported for MRSC global tables")


def _consistency_stays(step: Step) -> None:
    """A table with items cannot become strongly consistent; one that is can only give up all replicas at once."""
    if step.old is None:
        return
    before, after = _strong(step.old.inputs), _strong(step.inputs)
    if before != after and (after or not before):
        text = "The consistency mode and the Regions of an MRSC global table cannot be changed after its creation"
        raise invalid(text)


def _strong(values: Values) -> list[str]:
    """The regions of strongly consistent replicas, and that of their witness."""
    replicas = values.get("replicas") or []
    regions = sorted(each["region_name"] for each in replicas if each.get("consistency_mode") == "STRONG")
    witness = (values.get("global_table_witness") or {}).get("region_name")
    return [*regions, witness] if regions and witness else regions


ALL: tuple[Rule, ...] = (
    check_source,
    *keys.RULES,
    _capacity_fits,
    _warm_throughput_is_enough,
    _stream_has_a_view,
    _ttl_has_an_attribute,
    _key_fits,
    _stream_stays_for_replicas,
    _replicas_fit,
    _consistency_stays,
)
