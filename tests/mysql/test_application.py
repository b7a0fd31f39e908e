"""The user that an application connects as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from compiler import catalog, compilation
from compiler.graph import Concat, Json, Ref, Value
from compiler.source import WorkTree

ENVIRONMENT = """\
tier: production
edition: "2026.11"
region: ap-northeast-2
target: sandbox
"""


@pytest.fixture
def outputs(tmp_path: Path) -> Any:
    def outputs(text: str) -> dict[str, Value]:
        folder = tmp_path / "specs" / "prod"
        folder.mkdir(parents=True)
        (folder.parent / "people.yaml").write_text("teams: {checkout: {}}\n")
        (folder / "environment.yaml").write_text(ENVIRONMENT)
        (folder / "orders.yaml").write_text(f"kind: mysql\nproject: shop\nowner: checkout\n{text}")
        (database,) = catalog.load(WorkTree(folder.parent)).checked().databases.values()
        return dict(next(compilation.stacks([], [database])).outputs)

    return outputs


def test_a_role_may_log_in_as_that_user_on_the_primary_and_on_every_replica(outputs: Any) -> None:
    found = outputs("database_name: orders\nread_replicas: [{name: reports}]\n")
    assert found["user_name"] == "orders_app"
    arn = "arn:aws:rds-db:ap-northeast-2:000000000000:dbuser:"
    assert found["connect_policy"] == Json(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "rds-db:connect",
                    "Resource": [
                        Concat((arn, Ref(name, "resource_id"), "/orders_app"))
                        for name in ("instance", "replica-reports")
                    ],
                }
            ],
        }
    )


def test_the_user_gets_at_one_schema_only_though_its_name_has_wildcards(outputs: Any) -> None:
    sql = outputs("database_name: order_lines\n")["user_sql"]
    assert "ON `order\\_lines`.* TO 'order_lines_app'@'%'" in sql
    assert "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL" in sql


def test_without_iam_the_user_has_a_password_that_no_file_holds_and_there_is_no_policy(outputs: Any) -> None:
    found = outputs("database_name: orders\niam_database_authentication: false\n")
    assert "IDENTIFIED BY RANDOM PASSWORD REQUIRE SSL" in found["user_sql"]
    assert "connect_policy" not in found


def test_the_users_name_fits_whatever_the_schemas_is(outputs: Any) -> None:
    found = outputs(f"database_name: {'a' * 64}\n")
    assert found["user_name"] == "a" * 28 + "_app"
