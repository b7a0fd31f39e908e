"""Logs, topics, roles and backups, found in an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.account.lookup.question import Candidate, Lookup, Question, or_none, same_stack
from compiler.account.lookup.question import tags as tags_of


def _log_group(question: Question) -> Iterator[Candidate]:
    logs, name = question.client("logs"), question.name("name")
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for each in page["logGroups"]:
            if each["logGroupName"] == name:
                arn = each["arn"].removesuffix(":*")
                tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
                yield Candidate(name, tags, frozenset({name, arn}))


def _topic(question: Question) -> Iterator[Candidate]:
    sns, name = question.client("sns"), question.name("name")
    for page in sns.get_paginator("list_topics").paginate():
        for each in page["Topics"]:
            arn = each["TopicArn"]
            if arn.rpartition(":")[2] == name:
                tags = sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
                yield Candidate(arn, tags_of(tags), frozenset({arn}))


def _role(question: Question) -> Iterator[Candidate]:
    iam = question.client("iam")
    found = or_none("NoSuchEntity", iam.get_role, RoleName=question.name("name"))
    if found:
        role = found["Role"]
        tags = iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        yield Candidate(role["RoleName"], tags_of(tags), frozenset({role["RoleName"], role["Arn"]}))


def _backup_vault(question: Question) -> Iterator[Candidate]:
    """By the list: asked for one vault that does not exist, AWS answers that nobody may look."""
    backup, name = question.client("backup"), question.name("name")
    for page in backup.get_paginator("list_backup_vaults").paginate():
        for each in page["BackupVaultList"]:
            if each["BackupVaultName"] == name:
                arn = each["BackupVaultArn"]
                tags = backup.list_tags(ResourceArn=arn)["Tags"]
                yield Candidate(name, tags, frozenset({name, arn}))


def _backup_plan(question: Question) -> Iterator[Candidate]:
    backup, name = question.client("backup"), question.name("name")
    for page in backup.get_paginator("list_backup_plans").paginate():
        for each in page["BackupPlansList"]:
            if each["BackupPlanName"] == name:
                id, arn = each["BackupPlanId"], each["BackupPlanArn"]
                yield Candidate(id, backup.list_tags(ResourceArn=arn)["Tags"], frozenset({id, arn}))


def _backup_selection(question: Question) -> Iterator[Candidate]:
    """A selection has no tags: it is whose its plan is."""
    backup, plan, name = question.client("backup"), question.name("plan_id"), question.name("name")
    for page in backup.get_paginator("list_backup_selections").paginate(BackupPlanId=plan):
        for each in page["BackupSelectionsList"]:
            if each["SelectionName"] == name:
                arn = backup.get_backup_plan(BackupPlanId=plan)["BackupPlanArn"]
                tags = backup.list_tags(ResourceArn=arn)["Tags"]
                id = each["SelectionId"]
                ours = question.tags if same_stack(question, tags) else tags
                yield Candidate(f"{plan}|{id}", ours, frozenset({id}))


LOOKUPS: Mapping[str, Lookup] = {
    "aws:cloudwatch:LogGroup": _log_group,  # the name
    "aws:sns:Topic": _topic,  # the ARN
    "aws:iam:Role": _role,  # the name
    "aws:backup:Vault": _backup_vault,  # the name
    "aws:backup:Plan": _backup_plan,  # the id
    "aws:backup:Selection": _backup_selection,  # the plan's id, |, the selection's
}
