"""Relational Database Service."""

from __future__ import annotations

from compiler.sandbox.services.rds.copies import COPIES
from compiler.sandbox.services.rds.events import EVENT_SUBSCRIPTION
from compiler.sandbox.services.rds.groups import PARAMETER_GROUP, SUBNET_GROUP
from compiler.sandbox.services.rds.instance import INSTANCE
from compiler.sandbox.services.rds.options import OPTION_GROUP

__all__ = ["COPIES", "EVENT_SUBSCRIPTION", "INSTANCE", "OPTION_GROUP", "PARAMETER_GROUP", "SUBNET_GROUP"]
