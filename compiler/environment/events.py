"""What RDS tells of itself: failures, maintenance, changes of configuration, parameters and firewalls.

An event subscription without a list of sources is for everything in its account and region, and an account has 20 of
them at most: the one environment that speaks for the account has them, none of its databases.
"""

from __future__ import annotations

from compiler.graph import Options, Value
from compiler.parts.assembly import Assembly
from compiler.parts.names import shortened

# By source type: the categories that Security Hub asks for (RDS.20 to RDS.22), and those that somebody has to act on.
# Source: RDS User Guide, "Amazon RDS event categories and event messages".
CATEGORIES = {
    "db-instance": (
        "configuration change",
        "failover",
        "failure",
        "low storage",
        "maintenance",
        "notification",
        "read replica",
    ),
    "db-parameter-group": ("configuration change",),
    "db-security-group": ("configuration change", "failure"),
}


def add(assembly: Assembly, environment: str, topic: Value, after: tuple[str, ...]) -> None:
    """Adds the event subscriptions, which tell the topic; `after` is what lets RDS do so."""
    for source, categories in CATEGORIES.items():
        assembly.add(
            f"events-{source.removeprefix('db-')}",
            "aws:rds:EventSubscription",
            f"tells what happens to every {source.removeprefix('db-').replace('-', ' ')} of the account",
            {
                "name": shortened(f"dbspec-{environment}-{source}", 255),
                "source_type": source,
                "event_categories": list(categories),
                "sns_topic": topic,
                "enabled": True,
            },
            Options(depends_on=after),  # RDS tries whether it may
        )
