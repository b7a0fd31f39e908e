"""What replaces a resource, held against the type data and against what was asked of the provider."""

from __future__ import annotations

import pytest

from compiler.aws import replacement, types
from compiler.aws.types import Shape
from compiler.route import Route


def test_every_type_says_what_replaces_it() -> None:
    assert tuple(sorted(replacement.REPLACING)) == types.known()


def test_every_name_in_the_tables_is_an_input_of_its_type() -> None:
    tables = [*replacement.REPLACING.items(), *replacement.CONDITIONAL.items()]
    unknown = [(type, name) for type, names in tables for name in names if not _exists(type, name)]
    assert unknown == []
    assert replacement.HOLDING.keys() <= set(types.known())


def test_no_input_both_always_replaces_and_sometimes() -> None:
    for type, names in replacement.CONDITIONAL.items():
        assert names.keys().isdisjoint(replacement.REPLACING[type])


def test_a_region_and_a_name_prefix_replace_wherever_they_exist() -> None:
    for type in types.known():
        for name in types.resource_type(type).inputs.keys() & {"region", "name_prefix"}:
            assert replacement.replaces(type, (name,)), (type, name)


@pytest.mark.parametrize(
    ("type", "route"),
    [
        ("aws:rds:Instance", ("engine",)),
        ("aws:rds:Instance", ("storage_encrypted",)),
        ("aws:rds:Instance", ("s3_import", "bucket_name")),
        ("aws:rds:Instance", ("s3_import",)),
        ("aws:rds:Instance", ("restore_to_point_in_time", "restore_time")),
        ("aws:backup:Selection", ("selection_tags", 0, "key")),
        ("aws:backup:Selection", ("selection_tags", 0)),
        ("aws:backup:Selection", ("conditions", 0, "string_likes", 1, "value")),
        ("aws:dynamodb:Table", ("local_secondary_indexes", 0)),
        ("aws:ec2:SecurityGroup", ("description",)),
        ("aws:secretsmanager:SecretVersion", ("secret_string",)),
        ("random:RandomPassword", ("keepers", "rotated")),
    ],
)
def test_what_the_provider_replaces_is_said_to_replace(type: str, route: Route) -> None:
    assert replacement.replaces(type, route)


@pytest.mark.parametrize(
    ("type", "route"),
    [
        ("aws:rds:Instance", ("identifier",)),
        ("aws:rds:Instance", ("db_subnet_group_name",)),
        ("aws:rds:Instance", ("allocated_storage",)),
        ("aws:rds:Instance", ("engine_version",)),
        ("aws:rds:Instance", ("engine_lifecycle_support",)),
        ("aws:rds:Instance", ("tags", "engine")),
        ("aws:elasticache:ReplicationGroup", ("engine",)),
        ("aws:elasticache:ReplicationGroup", ("num_node_groups",)),
        ("aws:dynamodb:Table", ("global_secondary_indexes", 0, "name")),
        ("aws:s3:Bucket", ("object_lock_configuration", "rule", "default_retention", "days")),
        ("aws:kms:Key", ("policy",)),
    ],
)
def test_what_the_provider_updates_is_not_said_to_replace(type: str, route: Route) -> None:
    assert not replacement.replaces(type, route)


def test_what_depends_on_the_values_says_on_which() -> None:
    assert "valkey" in replacement.may_replace("aws:elasticache:ReplicationGroup", ("engine",))
    assert replacement.may_replace("aws:elasticache:ReplicationGroup", ("node_type",)) == ""
    assert replacement.may_replace("aws:rds:Instance", ()) == ""


def test_databases_keys_and_backups_hold_data_and_what_is_wired_around_them_does_not() -> None:
    assert replacement.holds_data("aws:rds:Instance")
    assert replacement.holds_data("aws:kms:Key")
    assert replacement.holds_data("aws:secretsmanager:Secret")
    assert not replacement.holds_data("aws:secretsmanager:SecretVersion")
    assert not replacement.holds_data("aws:ec2:SecurityGroup")
    assert not replacement.holds_data("random:RandomPassword")


def test_a_type_that_is_not_known_is_taken_to_hold_data() -> None:
    assert replacement.holds_data("aws:rds:Cluster")


def _exists(type: str, name: str) -> bool:
    shape: Shape | None = Shape("object", fields=types.resource_type(type).inputs)
    for step in name.split("."):
        while shape is not None and shape.kind == "list":
            shape = shape.item
        if shape is None or shape.fields is None or step not in shape.fields:
            return False
        shape = shape.fields[step].shape
    return True
