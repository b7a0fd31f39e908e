"""What keys and secrets need, and whoever has data encrypted."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws.iam.grant import Needs, When, arns, some

KEYS = arns("kms", "key/*")
_ALIASES = arns("kms", "alias/*")
_SECRETS = arns("secretsmanager", "secret:*")
SECRETS_OF_RDS = arns("secretsmanager", "secret:rds!*")

# Of whoever makes or changes data that a key encrypts.
USE_KEY = some(
    "kms", "CreateGrant Decrypt Encrypt GenerateDataKey ReEncryptFrom ReEncryptTo", on=KEYS, when=When.THROUGH
)
KNOW_KEY = some("kms", "DescribeKey", on=KEYS)

NEEDS: Mapping[str, Needs] = {
    "aws:kms:Alias": Needs(
        (some("kms", "ListAliases"),),
        (
            some("kms", "CreateAlias DeleteAlias UpdateAlias", on=_ALIASES),
            some("kms", "CreateAlias DeleteAlias UpdateAlias", on=KEYS, when=When.OURS),
        ),
    ),
    "aws:kms:Key": Needs(
        (
            some("kms", "ListKeys"),
            some("kms", "DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags", on=KEYS),
            some("tag", "GetResources"),
        ),
        (
            some("kms", "CreateKey", when=When.NEW),
            some("kms", "TagResource", on=KEYS, when=When.NEW),
            some(
                "kms",
                "DisableKey DisableKeyRotation EnableKey EnableKeyRotation PutKeyPolicy "
                "ScheduleKeyDeletion TagResource UntagResource UpdateKeyDescription",
                on=KEYS,
                when=When.OURS,
            ),
        ),
    ),
    "aws:secretsmanager:Secret": Needs(
        (
            some("secretsmanager", "GetResourcePolicy", on=_SECRETS, when=When.OURS),
            # What does not exist has no tags, and whether a dead run left it is asked by its name.
            some("secretsmanager", "DescribeSecret", on=_SECRETS),
        ),
        (
            some("secretsmanager", "CreateSecret TagResource", on=_SECRETS, when=When.NEW),
            some(
                "secretsmanager",
                "DeleteResourcePolicy DeleteSecret PutResourcePolicy RemoveRegionsFromReplication "
                "ReplicateSecretToRegions RestoreSecret TagResource UntagResource UpdateSecret",
                on=_SECRETS,
                when=When.OURS,
            ),
            USE_KEY,
            KNOW_KEY,
        ),
    ),
    "aws:secretsmanager:SecretRotation": Needs(
        (some("secretsmanager", "DescribeSecret", on=SECRETS_OF_RDS),),
        (some("secretsmanager", "CancelRotateSecret RotateSecret", on=SECRETS_OF_RDS),),
    ),
    "aws:secretsmanager:SecretVersion": Needs(
        (
            some("secretsmanager", "GetSecretValue", on=_SECRETS, when=When.OURS),
            some("kms", "Decrypt", on=KEYS, when=When.THROUGH),
        ),
        (
            some("secretsmanager", "PutSecretValue UpdateSecretVersionStage", on=_SECRETS, when=When.OURS),
            USE_KEY,
        ),
    ),
}
