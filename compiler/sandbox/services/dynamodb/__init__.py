"""DynamoDB: tables, their replicas in other regions, insights into their keys."""

from __future__ import annotations

from compiler.sandbox.services.dynamodb.insights import CONTRIBUTOR_INSIGHTS
from compiler.sandbox.services.dynamodb.replica import TABLE_REPLICA
from compiler.sandbox.services.dynamodb.table import TABLE

__all__ = ["CONTRIBUTOR_INSIGHTS", "TABLE", "TABLE_REPLICA"]
