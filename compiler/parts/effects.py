"""What a change does to what kinds and environments share: keys, secrets, access, logs, alarms, roles, scaling."""

from __future__ import annotations

from collections.abc import Mapping

from compiler.aws import types
from compiler.effects import ANY, CREATION, DELETION, OPTIONS, Data, Effect, Entry, Inputs, Service, Table

_PLANS = "plans of the AWS provider, asked input by input"
_RANDOM = "internal/provider/resource_password.go of terraform-provider-random: every input makes another"
_KMS = "UpdateKeyDescription and its siblings in the KMS API reference"
_SECRETS = "UpdateSecret and DeleteSecret in the Secrets Manager API reference"
_ROTATION = "RotateSecret in the Secrets Manager API reference"
_LOGS = "PutRetentionPolicy and AssociateKmsKey in the CloudWatch Logs API reference"
_ALARMS = "PutMetricAlarm in the CloudWatch API reference"
_FIREWALL = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
_TOPICS = "SetTopicAttributes in the SNS API reference"
_ROLES = "UpdateAssumeRolePolicy and PutRolePolicy in the IAM API reference"
_SCALING = "RegisterScalableTarget in the Application Auto Scaling API reference"


def _made_anew(says: str) -> Effect:
    """What is made anew without losing anything."""
    return Effect(says, _PLANS, replaces=True)


def _key(what: str) -> Effect:
    return Effect(
        f"{what} of a key is fixed when it is made: it is replaced, and whatever it encrypted is replaced with it",
        _PLANS,
        replaces=True,
        data=Data.LOST,
        service=Service.OUTAGE,
        reversible=False,
        fix="keep the key as it is",
    )


def _enabled(_: Inputs, after: Inputs) -> Effect:
    if after.get("is_enabled") is False:
        return Effect(
            "nothing that the key encrypted can be read while it is off: AWS stops databases that use it",
            "DisableKey in the KMS API reference; RDS User Guide, inaccessible-encryption-credentials",
            service=Service.OUTAGE,
            duration="until it is on again; RDS gives such a database up after seven days",
        )
    return Effect("what the key encrypted can be read again", "EnableKey in the KMS API reference")


def _another_secret(before: Inputs, _: Inputs) -> Effect:
    return Effect(
        f"another secret is made under the new name, and who reads the old one finds it gone; {_recovery(before)}",
        _PLANS,
        replaces=True,
        data=Data.LOST,
        service=Service.OUTAGE,
        duration="until clients read the new name",
        reversible=False,
    )


def _no_secret(before: Inputs, _: Inputs) -> Effect:
    return Effect(
        f"nobody can read the credentials in it any more; {_recovery(before)}",
        "DeleteSecret in the Secrets Manager API reference",
        data=Data.LOST,
        service=Service.OUTAGE,
        reversible=False,
    )


def _recovery(secret: Inputs) -> str:
    days = secret.get("recovery_window_in_days", 30)  # the provider's default
    return f"AWS gives it back for {days} days" if days else "it cannot be had back"


def _retention(before: Inputs, after: Inputs) -> Effect:
    was, becomes = before.get("retention_in_days"), after.get("retention_in_days")
    if isinstance(becomes, int) and becomes and (not isinstance(was, int) or not was or becomes < was):
        return Effect(
            f"what is older than {becomes} days is deleted, within three days", _LOGS, reversible=False
        )
    return Effect("what is written from now on, and what is still there, is kept longer", _LOGS)


def _log(what: str) -> Effect:
    return Effect(
        f"{what} is fixed when the group is made: it is deleted with the logs in it, and an empty one made",
        _PLANS,
        replaces=True,
        data=Data.LOST,
        reversible=False,
        fix="export what is still needed first",
    )


def _firewall(what: str) -> Effect:
    return Effect(
        f"{what} of a security group is fixed when it is made: another is made with the same rules, and the database "
        "goes over to it",
        _PLANS,
        replaces=True,
        service=Service.DEGRADED,
        duration="seconds",
    )


_WORDS = Effect("only words change", _PLANS)
_ALARM = Effect("the alarm judges by it from now on", _ALARMS)
_PASSWORD = Effect(
    "another password is generated, and goes wherever this one is used", _RANDOM, replaces=True
)
_RULE = Effect(
    "who may connect changes at once; whoever is connected and no longer allowed may be cut off",
    _FIREWALL,
    service=Service.DEGRADED,
)
_VERSION = Effect(
    "the secret gets another current version; the one before stays readable as AWSPREVIOUS",
    "PutSecretValue in the Secrets Manager API reference",
    replaces=True,
)

_RULES: Mapping[str, Entry] = {
    CREATION: Effect("one more client may connect, at once", _FIREWALL),
    DELETION: Effect(
        "one client fewer may connect, at once; its open connections may be cut off",
        _FIREWALL,
        service=Service.OUTAGE,
        duration="for good, for that client",
    ),
    "cidr_ipv4": _RULE,
    "cidr_ipv6": _RULE,
    "description": Effect("only words change", _FIREWALL),
    "from_port": _RULE,
    "ip_protocol": _RULE,
    "prefix_list_id": _RULE,
    "referenced_security_group_id": _RULE,
    "security_group_id": _made_anew("the rule is made in the other group, and goes from this one"),
    "to_port": _RULE,
}

_TABLES: Mapping[str, Mapping[str, Entry]] = {
    ANY: {
        "tags": Effect(
            "tags change, and with them what is counted or allowed by tags", "tags interrupt nothing in AWS"
        ),
        f"{OPTIONS}.protect": Effect(
            "decides whether dbspec refuses to delete it; nothing in AWS changes", "Pulumi's resource options"
        ),
        f"{OPTIONS}.retain_on_delete": Effect(
            "decides whether it stays in the account when dbspec lets it go; nothing in AWS changes",
            "Pulumi's resource options",
        ),
    },
    "aws:kms:Key": {
        "custom_key_store_id": _key("the store"),
        "customer_master_key_spec": _key("the kind"),
        "deletion_window_in_days": Effect("holds once somebody deletes the key", _KMS),
        "description": Effect("only words change", _KMS),
        "enable_key_rotation": Effect(
            "AWS turns to new key material once a year, or stays; old data stays readable", _KMS
        ),
        "is_enabled": _enabled,
        "key_usage": _key("the use"),
        "multi_region": _key("the reach"),
        "policy": Effect(
            "who may use the key changes at once: a database whose role is no longer in it stops",
            "PutKeyPolicy in the KMS API reference",
            service=Service.UNKNOWN,
        ),
        "rotation_period_in_days": Effect("AWS turns to new key material more or less often", _KMS),
        "xks_key_id": _key("the outside key"),
    },
    "aws:kms:Alias": {
        "name": _made_anew("the key goes by the other name; what is encrypted names the key itself"),
        "target_key_id": Effect(
            "the name stands for the other key; what is encrypted names the key itself", _PLANS
        ),
    },
    "aws:secretsmanager:Secret": {
        DELETION: _no_secret,
        "description": Effect("only words change", _SECRETS),
        "kms_key_id": Effect(
            "the secret is encrypted with the other key, which its readers must be allowed to use", _SECRETS
        ),
        "name": _another_secret,
        "policy": Effect(
            "who may read the secret changes at once",
            "PutResourcePolicy in the Secrets Manager API reference",
            service=Service.UNKNOWN,
        ),
        "recovery_window_in_days": Effect("holds once the secret is deleted", _SECRETS),
        "replicas": Effect("copies of the secret come to other regions, or go", "ReplicateSecretToRegions"),
    },
    "aws:secretsmanager:SecretVersion": {
        "secret_id": _VERSION,
        "secret_string": _VERSION,
        "version_stages": Effect("another version becomes current", _SECRETS, service=Service.DEGRADED),
    },
    "aws:secretsmanager:SecretRotation": {
        DELETION: Effect("the secret is rotated by AWS's own timetable, or no more", _ROTATION),
        "rotate_immediately": Effect("decides whether a new timetable begins with a rotation", _ROTATION),
        "rotation_lambda_arn": Effect("another function makes the new secrets", _ROTATION),
        "rotation_rules": Effect("the secret is rotated more or less often from now on", _ROTATION),
        "secret_id": _made_anew("the other secret is rotated"),
    },
    "random:RandomPassword": dict.fromkeys(types.resource_type("random:RandomPassword").inputs, _PASSWORD),
    "random:RandomId": {
        name: Effect("another random part is made for names", _RANDOM, replaces=True)
        for name in types.resource_type("random:RandomId").inputs
    },
    "aws:cloudwatch:LogGroup": {
        "deletion_protection_enabled": Effect("decides whether AWS refuses to delete it", _LOGS),
        "kms_key_id": Effect("what is written from now on is encrypted with the other key", _LOGS),
        "log_group_class": _log("the class"),
        "name": _log("the name"),
        "retention_in_days": _retention,
        "skip_destroy": Effect("decides whether the logs stay when dbspec lets the group go", "pulumi_aws"),
    },
    "aws:cloudwatch:MetricAlarm": {
        **dict.fromkeys(
            types.resource_type("aws:cloudwatch:MetricAlarm").inputs.keys() - {"region", "tags"}, _ALARM
        ),
        DELETION: Effect(
            "nobody is told about this any more", "DeleteAlarms in the CloudWatch API reference"
        ),
        "name": _made_anew("the alarm goes by another name, and begins to count anew"),
    },
    "aws:ec2:SecurityGroup": {
        "description": _firewall("the description"),
        "name": _firewall("the name"),
        "vpc_id": _firewall("the VPC"),
    },
    "aws:vpc:SecurityGroupIngressRule": _RULES,
    "aws:vpc:SecurityGroupEgressRule": _RULES,
    "aws:sns:Topic": {
        "display_name": Effect("only words change", _TOPICS),
        "kms_master_key_id": Effect(
            "messages are encrypted with the other key, which alarms must be allowed to use", _TOPICS
        ),
        "name": _made_anew("another topic is made: who is subscribed to this one hears nothing of the other"),
        "policy": Effect("who may publish changes at once", _TOPICS),
    },
    "aws:sns:TopicPolicy": {
        "arn": _made_anew("the policy goes to the other topic"),
        "policy": Effect("who may publish changes at once", _TOPICS),
    },
    "aws:sns:TopicSubscription": {
        "endpoint": _made_anew("the other address is subscribed, and hears nothing before it has confirmed"),
        "filter_policy": Effect(
            "the subscriber hears more or less, within fifteen minutes", "Subscribe in the SNS API reference"
        ),
        "filter_policy_scope": Effect(
            "the filter looks elsewhere in messages", "Subscribe in the SNS API reference"
        ),
        "protocol": _made_anew(
            "the address is subscribed in another way, and hears nothing before it has confirmed"
        ),
        "raw_message_delivery": Effect(
            "messages come with or without SNS's envelope", "Subscribe in the SNS API reference"
        ),
        "topic": _made_anew("the address is subscribed to the other topic"),
    },
    "aws:iam:Role": {
        "assume_role_policy": Effect("who may take the role changes within seconds", _ROLES),
        "description": Effect("only words change", _ROLES),
        "max_session_duration": Effect("sessions last longer or shorter from now on", _ROLES),
        "name": _made_anew("another role is made, and whoever names this one finds it gone"),
        "path": _made_anew("another role is made, and whoever names this one finds it gone"),
        "permissions_boundary": Effect("what the role may do at most changes at once", _ROLES),
    },
    "aws:iam:Policy": {
        "description": _made_anew("another policy is made, and attached in place of this one"),
        "name": _made_anew("another policy is made, and attached in place of this one"),
        "path": _made_anew("another policy is made, and attached in place of this one"),
        "policy": Effect("what it allows changes within seconds", _ROLES),
    },
    "aws:iam:RolePolicy": {
        "name": _made_anew("the policy goes by another name"),
        "policy": Effect("what the role may do changes within seconds", _ROLES),
        "role": _made_anew("the other role gets the policy"),
    },
    "aws:iam:RolePolicyAttachment": {
        "policy_arn": _made_anew("the role gets the other policy"),
        "role": _made_anew("the other role gets the policy"),
    },
    "aws:appautoscaling:Target": {
        "max_capacity": Effect("it scales as far as that; what is above comes down", _SCALING),
        "min_capacity": Effect("it scales no lower than that; what is below goes up", _SCALING),
        "resource_id": _made_anew("scaling begins anew for the other resource"),
        "role_arn": Effect("scaling happens as the other role", _SCALING),
        "scalable_dimension": _made_anew("scaling begins anew for the other measure"),
        "service_namespace": _made_anew("scaling begins anew for the other service"),
        "suspended_state": Effect("scaling pauses or goes on", _SCALING),
    },
    "aws:appautoscaling:Policy": {
        "name": _made_anew("the policy goes by another name, and begins to watch anew"),
        "policy_type": Effect("scaling follows other rules", "PutScalingPolicy"),
        "resource_id": _made_anew("scaling begins anew for the other resource"),
        "scalable_dimension": _made_anew("scaling begins anew for the other measure"),
        "service_namespace": _made_anew("scaling begins anew for the other service"),
        "target_tracking_scaling_policy_configuration": Effect(
            "scaling aims at the other target from now on",
            "PutScalingPolicy in the Application Auto Scaling API reference",
        ),
    },
}

EFFECTS: Table = {(type, name): entry for type, entries in _TABLES.items() for name, entry in entries.items()}
