"""Copies of automated backups in other regions."""

from __future__ import annotations

from typing import Any

from compiler.sandbox.declaration import Declaration, Hold, Reference, Says, Step
from compiler.sandbox.refusal import AwsError
from compiler.sandbox.services.kms import encrypts


def _copies(step: Step) -> dict[str, Any]:
    arn = step.world.arn("rds", step.region, f"auto-backup:ab-{step.token('id', 26)}")
    return {"id": step.old.id if step.old else arn, "pre_signed_url": step.kept("pre_signed_url", "")}


def _source_can_be_copied(step: Step) -> None:
    source = step.find("aws:rds:Instance", step.get("source_db_instance_arn"))
    if source is None:
        return
    if source.region == step.region:
        text = "You can't replicate automated backups to the region of the source."
        raise AwsError("InvalidParameterValue", text)
    if source.inputs.get("replicate_source_db") or not source.attributes.get("backup_retention_period"):
        text = f"Automated backups are not enabled for {source.inputs['identifier']}."
        raise AwsError("InvalidDBInstanceAutomatedBackupState", text)
    key = step.get("kms_key_id")
    if source.attributes.get("storage_encrypted") and not key:
        text = "KmsKeyId must be specified to replicate the backups of an encrypted instance."
        raise AwsError("InvalidParameterCombination", text)
    if key and str(key).startswith("arn:") and str(key).split(":")[3] != step.region:
        raise AwsError("KMSKeyNotAccessibleFault", f"The specified KMS key [{key}] is not in {step.region}.")


COPIES = Declaration(
    noun="RDS Instance Automated Backups Replication",
    outputs=_copies,
    identity=("source_db_instance_arn",),
    taken=Says(
        "InvalidDBInstanceAutomatedBackupState",
        "The backups of {name} are replicated to this region already.",
    ),
    defaults={"retention_period": 7},
    chosen=frozenset({"pre_signed_url"}),
    ranges={"retention_period": range(1, 36)},
    references=(
        Reference(
            "source_db_instance_arn",
            ("aws:rds:Instance",),
            Hold.NEEDS,
            "DBInstanceNotFound",
            "DBInstance {value} not found.",
        ),
        encrypts("kms_key_id"),
    ),
    rules=(_source_can_be_copied,),
    replaces=frozenset({"kms_key_id", "pre_signed_url", "retention_period", "source_db_instance_arn"}),
)
