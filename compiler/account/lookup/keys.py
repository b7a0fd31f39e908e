"""Keys and secrets, found in an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.account.lookup.question import Candidate, Lookup, Question, or_none, same_stack
from compiler.account.lookup.question import tags as tags_of


def _key(question: Question) -> Iterator[Candidate]:
    """The Tagging API may be late: where it knows nothing new, every key is asked for its tags."""
    kms = question.client("kms")
    for arn, tags in (_tagged(question, "kms:key") or _all_keys(question)).items():
        found = or_none("NotFoundException", kms.describe_key, KeyId=arn)
        key = found["KeyMetadata"] if found else {"KeyState": "PendingDeletion"}
        # A key that waits for its deletion is not usable any more: a new one is made.
        if key["KeyState"] not in ("PendingDeletion", "PendingReplicaDeletion"):
            busy = "creating" if key["KeyState"] == "Creating" else ""
            yield Candidate(key["KeyId"], tags, frozenset({key["KeyId"], key["Arn"]}), busy)


def _tagged(question: Question, type: str) -> dict[str, dict[str, str]]:
    """What has our tags, by ARN, without what the state knows."""
    pages = question.client("resourcegroupstaggingapi").get_paginator("get_resources")
    filters = [{"Key": name, "Values": [value]} for name, value in question.tags.items()]
    found = pages.paginate(ResourceTypeFilters=[type], TagFilters=filters)
    return {
        each["ResourceARN"]: tags_of(each["Tags"])
        for page in found
        for each in page["ResourceTagMappingList"]
        if not {each["ResourceARN"], each["ResourceARN"].rpartition("/")[2]} & question.known
    }


def _all_keys(question: Question) -> dict[str, dict[str, str]]:
    kms = question.client("kms")
    found = {}
    for page in kms.get_paginator("list_keys").paginate():
        for each in page["Keys"]:
            # What we may not ask about is not ours: our keys let the account's policies decide.
            answer = or_none("AccessDeniedException", kms.list_resource_tags, KeyId=each["KeyArn"])
            tags = tags_of(answer["Tags"]) if answer else {}
            if tags.items() >= question.tags.items():
                found[each["KeyArn"]] = tags
    return found


def _alias(question: Question) -> Iterator[Candidate]:
    """An alias has no tags: it is ours where it stands for the key that it should, or for one of this stack."""
    kms = question.client("kms")
    wanted = question.text("target_key_id").rpartition("/")[2]
    for page in kms.get_paginator("list_aliases").paginate():
        for each in page["Aliases"]:
            target = each.get("TargetKeyId", "")
            if each["AliasName"] != question.name("name"):
                continue
            tags = question.tags if target and target == wanted else {}
            if target and not tags:
                of_key = tags_of(kms.list_resource_tags(KeyId=target)["Tags"])
                tags = question.tags if same_stack(question, of_key) else of_key
            yield Candidate(each["AliasName"], tags, frozenset({each["AliasName"], each["AliasArn"]}))


def _secret(question: Question) -> Iterator[Candidate]:
    manager = question.client("secretsmanager")
    found = or_none("ResourceNotFoundException", manager.describe_secret, SecretId=question.name("name"))
    # One that waits for its deletion keeps its name, and AWS says so when it is made again.
    if found and "DeletedDate" not in found:
        yield Candidate(
            found["ARN"], tags_of(found.get("Tags", ())), frozenset({found["ARN"], found["Name"]})
        )


def _secret_version(question: Question) -> Iterator[Candidate]:
    """A version has no tags: the current one of a secret of this stack is ours."""
    manager = question.client("secretsmanager")
    secret = question.name("secret_id")
    found = or_none("ResourceNotFoundException", manager.describe_secret, SecretId=secret) or {}
    of_secret = tags_of(found.get("Tags", ()))
    for version, stages in found.get("VersionIdsToStages", {}).items():
        if "AWSCURRENT" in stages:
            id = f"{found['ARN']}|{version}"
            tags = question.tags if same_stack(question, of_secret) else of_secret
            yield Candidate(id, tags, frozenset({id}))


LOOKUPS: Mapping[str, Lookup] = {
    "aws:kms:Key": _key,  # the key's id
    "aws:kms:Alias": _alias,  # the name, alias/ included
    "aws:secretsmanager:Secret": _secret,  # the ARN
    "aws:secretsmanager:SecretVersion": _secret_version,  # the secret's ARN, |, the version
}
