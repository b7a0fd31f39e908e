"""What tables are restored from: a backup on demand, or any moment of another table."""

from __future__ import annotations

from datetime import datetime

from compiler.sandbox.declaration import Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.world import Thing

_TABLE, _BACKUP = "aws:dynamodb:Table", "aws:dynamodb:Backup"
_SOURCES = ("restore_source_name", "restore_source_table_arn")


def check_source(step: Step) -> None:
    """The rule for what a table is restored from, which counts only while it is made."""
    if step.old or not any(step.get(name) for name in (*_SOURCES, "restore_backup_arn")):
        return
    found = _source(step)
    for name in ("hash_key", "range_key"):
        if (found.attributes.get(name) or None) != step.get(name):
            text = f"The key schema of the source table differs: {name} is {found.attributes.get(name)}"
            raise AwsError("ValidationException", text)
    own = {each["name"] for each in step.get("local_secondary_indexes") or []}
    there = {each["name"] for each in found.attributes.get("local_secondary_indexes") or []}
    if own != there:
        text = "The local secondary indexes of a restored table are those of its source: "
        raise AwsError("ValidationException", text + ", ".join(sorted(there)))


def _source(step: Step) -> Thing:
    if arn := step.get("restore_backup_arn"):
        backup = step.find(_BACKUP, arn)
        if backup is None:
            raise AwsError("BackupNotFoundException", f"Backup not found: {arn}")
        return backup
    name = next(step.get(each) for each in _SOURCES if step.get(each))
    table = step.find(_TABLE, name)
    if table is None:
        raise AwsError("TableNotFoundException", f"Source table not found: {name}")
    if not (table.attributes.get("point_in_time_recovery") or {}).get("enabled"):
        text = f"Point in time recovery is not enabled for table {table.id!r}"
        raise AwsError("PointInTimeRecoveryUnavailableException", text)
    moment = step.get("restore_date_time")
    if bool(moment) == bool(step.get("restore_to_latest_time")):
        text = "Either RestoreDateTime or UseLatestRestorableTime is to be specified."
        raise AwsError("ValidationException", text)
    if moment and datetime.fromisoformat(moment) > step.world.now:
        raise AwsError("InvalidRestoreTimeException", f"Requested restore time is in the future: {moment}")
    if table.region != step.region and not (step.get("server_side_encryption") or {}).get("enabled"):
        text = "SSESpecificationOverride is to be specified where a table is restored in another region."
        raise AwsError("ValidationException", text)
    return table
