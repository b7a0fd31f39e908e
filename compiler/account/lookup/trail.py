"""The audit trail, its bucket, and schedules, found in an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from compiler.account.lookup.question import Candidate, Lookup, Question, or_none
from compiler.account.lookup.question import tags as tags_of


def _trail(question: Question) -> Iterator[Candidate]:
    cloudtrail = question.client("cloudtrail")
    found = or_none("TrailNotFoundException", cloudtrail.get_trail, Name=question.name("name"))
    if found:
        arn = found["Trail"]["TrailARN"]
        (listed,) = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
        yield Candidate(arn, tags_of(listed.get("TagsList", ())), frozenset({arn, found["Trail"]["Name"]}))


def _bucket(question: Question) -> Iterator[Candidate]:
    """A bucket of another account answers that nobody may look, and its name is taken all the same."""
    s3, name = question.client("s3"), question.name("bucket")
    found = or_none("404", s3.head_bucket, Bucket=name)
    region = question.text("region")
    if found is None or (region and found.get("BucketRegion") != region):
        return
    tagging = or_none("NoSuchTagSet", s3.get_bucket_tagging, Bucket=name)
    tags = tags_of(tagging["TagSet"]) if tagging else {}
    yield Candidate(name, tags, frozenset({name, f"arn:aws:s3:::{name}"}))


def _schedule(question: Question) -> Iterator[Candidate]:
    """A schedule has no tags: it is ours where its description names the stack."""
    scheduler, name = question.client("scheduler"), question.name("name")
    group = question.text("group_name") or "default"
    found = or_none("ResourceNotFoundException", scheduler.get_schedule, Name=name, GroupName=group)
    if found:
        ours = found.get("Description") == f"dbspec {question.tags['dbspec:stack']}"
        id = f"{group}/{name}"
        yield Candidate(id, question.tags if ours else {}, frozenset({id, found["Arn"]}))


LOOKUPS: Mapping[str, Lookup] = {
    "aws:cloudtrail:Trail": _trail,  # the ARN
    "aws:s3:Bucket": _bucket,  # the name
    "aws:scheduler:Schedule": _schedule,  # the group, /, the name
}
