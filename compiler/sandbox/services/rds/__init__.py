"""Relational Database Service."""

from __future__ import annotations

from compiler.sandbox.services.rds.groups import PARAMETER_GROUP, SUBNET_GROUP
from compiler.sandbox.services.rds.instance import INSTANCE

__all__ = ["INSTANCE", "PARAMETER_GROUP", "SUBNET_GROUP"]
