"""Words that MySQL keeps for itself and that RDS refuses as the name of a database or a master user.

Source: CreateDBInstance in the RDS API reference; the keywords of the MySQL 8.4 reference manual, section 11.3.
"""

from __future__ import annotations

# fmt: off
RESERVED = frozenset([
    "add", "all", "alter", "and", "as", "between", "by", "case", "check", "column", "create", "cross", "database",
    "databases", "default", "delete", "desc", "describe", "distinct", "drop", "else", "exists", "false", "for",
    "foreign", "from", "grant", "group", "having", "in", "index", "information_schema", "innodb", "insert",
    "interval", "into", "is", "join", "key", "keys", "left", "like", "limit", "lock", "match", "mysql", "not",
    "null", "on", "option", "or", "order", "performance_schema", "primary", "rdsadmin", "read", "references",
    "rename", "replace", "right", "schema", "schemas", "select", "set", "show", "sys", "table", "then", "to",
    "true", "union", "unique", "update", "usage", "use", "using", "values", "when", "where", "with", "write",
])
# fmt: on
