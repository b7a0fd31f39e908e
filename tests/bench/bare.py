"""What we are measured against: the resources of development databases as minimal hand-written inline programs.

`python bare.py preview|apply COUNT PARALLEL FOLDER [CLASS]` previews or makes COUNT databases and the environment's
own stack, through the Automation API as its documentation shows it, against the simulated account in FOLDER and with
dbspec's own flags.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_random as random
from pulumi import automation

from compiler.engine import cli
from compiler.sandbox.account import Account
from compiler.sandbox.provider import serve

REGION = "ap-northeast-2"
TOPIC = "arn:aws:sns:ap-northeast-2:000000000000:dbspec-dev-alerts"
SUBNETS = ["subnet-0a", "subnet-0b", "subnet-0c"]
ALARMS = [
    ("cpu", "CPUUtilization", "Average", "GreaterThanThreshold", 90.0, 5),
    ("connections", "DatabaseConnections", "Average", "GreaterThanThreshold", 76.0, 5),
    ("storage", "FreeStorageSpace", "Minimum", "LessThanThreshold", 2147483648.0, 5),
    ("memory", "FreeableMemory", "Average", "LessThanThreshold", 107374182.0, 15),
    ("swap", "SwapUsage", "Average", "GreaterThanThreshold", 268435456.0, 15),
    ("read-latency", "ReadLatency", "p90", "GreaterThanThreshold", 0.02, 5),
    ("write-latency", "WriteLatency", "p90", "GreaterThanThreshold", 0.02, 5),
    ("io-balance", "EBSIOBalance%", "Average", "LessThanThreshold", 10.0, 3),
    ("throughput-balance", "EBSByteBalance%", "Average", "LessThanThreshold", 10.0, 3),
    ("cpu-credits", "CPUCreditBalance", "Average", "LessThanThreshold", 20.0, 5),
]


def environment() -> None:
    tags = {"Environment": "dev", "ManagedBy": "dbspec"}
    topic = aws.sns.Topic("alerts", name="dbspec-dev-alerts", region=REGION, tags=tags)
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic.arn,
    }
    policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [allowed]})
    aws.sns.TopicPolicy("alerts-policy", arn=topic.arn, policy=policy, region=REGION)
    assumed = {
        "Effect": "Allow",
        "Principal": {"Service": "monitoring.rds.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = aws.iam.Role(
        "monitoring",
        name="dbspec-dev-monitoring",
        assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [assumed]}),
        tags=tags,
    )
    aws.iam.RolePolicyAttachment(
        "monitoring-policy",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    )
    pulumi.export("alert_topic_arn", topic.arn)
    pulumi.export("monitoring_role_arn", role.arn)


def database(name: str, subnets: list[str], vpc: str, instance_class: str) -> None:
    tags = {"Environment": "dev", "ManagedBy": "dbspec", "Project": "shop", "Owner": "checkout"}
    key = aws.kms.Key(
        "key",
        description=name,
        enable_key_rotation=True,
        deletion_window_in_days=30,
        region=REGION,
        tags=tags,
        opts=pulumi.ResourceOptions(protect=True, retain_on_delete=True),
    )
    aws.kms.Alias("key-alias", name=f"alias/{name}", target_key_id=key.key_id, region=REGION)
    group = aws.rds.SubnetGroup(
        "subnets", name=name, description=name, subnet_ids=subnets, region=REGION, tags=tags
    )
    firewall = aws.ec2.SecurityGroup(
        "firewall", name=name, description=name, vpc_id=vpc, region=REGION, tags=tags
    )
    aws.vpc.SecurityGroupIngressRule(
        "access-checkout-api",
        security_group_id=firewall.id,
        cidr_ipv4="10.0.0.0/16",
        ip_protocol="tcp",
        from_port=3306,
        to_port=3306,
        region=REGION,
        tags=tags,
    )
    parameters = aws.rds.ParameterGroup(
        "parameters",
        name=f"{name}-mysql84",
        family="mysql8.4",
        description=name,
        parameters=[
            {"name": "log_output", "value": "FILE", "apply_method": "immediate"},
            {"name": "long_query_time", "value": "2", "apply_method": "immediate"},
            {"name": "require_secure_transport", "value": "1", "apply_method": "immediate"},
            {"name": "slow_query_log", "value": "1", "apply_method": "immediate"},
        ],
        region=REGION,
        tags=tags,
    )
    password = random.RandomPassword("password", length=32, special=False)
    log = aws.cloudwatch.LogGroup(
        "log-error", name=f"/aws/rds/instance/{name}/error", retention_in_days=7, region=REGION, tags=tags
    )
    instance = aws.rds.Instance(
        "instance",
        identifier=name,
        engine="mysql",
        engine_version="8.4",
        engine_lifecycle_support="open-source-rds-extended-support-disabled",
        instance_class=instance_class,
        allocated_storage=20,
        max_allocated_storage=50,
        storage_type="gp3",
        storage_encrypted=True,
        kms_key_id=key.arn,
        db_name="orders",
        port=3306,
        username="dbadmin",
        password=password.result,
        db_subnet_group_name=group.name,
        vpc_security_group_ids=[firewall.id],
        parameter_group_name=parameters.name,
        multi_az=False,
        publicly_accessible=False,
        backup_retention_period=7,
        backup_window="18:00-18:30",
        maintenance_window="sun:20:00-sun:20:30",
        delete_automated_backups=True,
        skip_final_snapshot=True,
        iam_database_authentication_enabled=True,
        copy_tags_to_snapshot=True,
        auto_minor_version_upgrade=True,
        allow_major_version_upgrade=False,
        apply_immediately=True,
        deletion_protection=False,
        enabled_cloudwatch_logs_exports=["error"],
        monitoring_interval=0,
        performance_insights_enabled=False,
        region=REGION,
        tags=tags,
        opts=pulumi.ResourceOptions(depends_on=[log], delete_before_replace=True),
    )
    for suffix, metric, statistic, comparison, threshold, periods in ALARMS:
        percentile = statistic.startswith("p")
        aws.cloudwatch.MetricAlarm(
            f"instance-{suffix}",
            name=f"{name}-{suffix}",
            alarm_description=metric,
            namespace="AWS/RDS",
            metric_name=metric,
            statistic=None if percentile else statistic,
            extended_statistic=statistic if percentile else None,
            comparison_operator=comparison,
            threshold=threshold,
            period=60,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            treat_missing_data="missing",
            dimensions={"DBInstanceIdentifier": name},
            alarm_actions=[TOPIC],
            ok_actions=[TOPIC],
            region=REGION,
            tags=tags,
        )
    secret = aws.secretsmanager.Secret(
        "secret",
        name=f"{name}/master",
        description=name,
        kms_key_id=key.arn,
        recovery_window_in_days=0,
        region=REGION,
        tags=tags,
    )
    content = pulumi.Output.json_dumps(
        {
            "engine": "mysql",
            "username": "dbadmin",
            "password": password.result,
            "host": instance.address,
            "port": instance.port,
            "dbname": "orders",
        }
    )
    aws.secretsmanager.SecretVersion(
        "secret-content", secret_id=secret.id, secret_string=content, region=REGION
    )
    pulumi.export("endpoint", instance.address)
    pulumi.export("port", instance.port)
    pulumi.export("arn", instance.arn)
    pulumi.export("secret_arn", secret.arn)


def main(verb: str, count: int, parallel: int, folder: Path, instance_class: str = "db.t4g.micro") -> None:
    account = Account(folder / "sandbox.db")
    vpc = "vpc-0a"
    account.prepare([vpc, *SUBNETS], REGION)
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    command = automation.PulumiCommand(root=_root(folder), skip_version_check=True)

    def one(name: str) -> int:
        stack = automation.create_or_select_stack(
            f"dev.{name}",
            "bench",
            environment if name == "environment" else lambda: database(name, SUBNETS, vpc, instance_class),
            opts=automation.LocalWorkspaceOptions(
                pulumi_command=command,
                secrets_provider="passphrase",
                env_vars={
                    "PULUMI_BACKEND_URL": f"{state.resolve().as_uri()}?metadata=skip",
                    "PULUMI_CONFIG_PASSPHRASE": "bench",
                    "PULUMI_DEBUG_PROVIDERS": providers,
                    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                    "PULUMI_SKIP_UPDATE_CHECK": "true",
                },
            ),
        )
        if verb == "apply":
            done = stack.up(refresh=True, run_program=True, suppress_progress=True, color="never")
            return sum((done.summary.resource_changes or {}).values())
        summary = stack.preview(
            refresh=True, run_program=True, suppress_progress=True, color="never"
        ).change_summary
        return sum(summary.values())

    # Its modules are loaded when something of them is first used, and two threads that do so at once break it.
    _ = (
        aws.cloudwatch.LogGroup,
        aws.ec2.SecurityGroup,
        aws.iam.Role,
        aws.kms.Key,
        aws.rds.Instance,
        aws.secretsmanager.Secret,
        aws.sns.Topic,
        aws.vpc.SecurityGroupIngressRule,
    )
    with serve(account) as providers, ThreadPoolExecutor(parallel) as pool:
        names = ["environment", *(f"db-{number}" for number in range(count))]
        print(json.dumps({"steps": sum(pool.map(one, names))}))


def _root(folder: Path) -> str:
    """A folder laid out as PulumiCommand wants it, around the CLI that dbspec uses."""
    binary = folder / "cli" / "bin" / "pulumi"
    if not binary.exists():
        binary.parent.mkdir(parents=True)
        binary.symlink_to(cli.find(os.environ).path)
    return str(folder / "cli")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), *sys.argv[5:])
