"""ElastiCache: replication groups of Redis OSS and Valkey, and what they share."""

from __future__ import annotations

from compiler.sandbox.services.elasticache.groups import PARAMETER_GROUP, SUBNET_GROUP
from compiler.sandbox.services.elasticache.replication_group import REPLICATION_GROUP
from compiler.sandbox.services.elasticache.users import USER, USER_GROUP

__all__ = ["PARAMETER_GROUP", "REPLICATION_GROUP", "SUBNET_GROUP", "USER", "USER_GROUP"]
