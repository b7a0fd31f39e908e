from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from compiler.diagnostics import Exit, UserError
from compiler.engine.store import Store, open_store
from compiler.engine.store.file import FileStore
from compiler.engine.store.s3 import S3Store


def test_what_was_written_is_read_with_its_version(store: Store) -> None:
    version = store.create("applied/prod.orders.json", b"one")
    assert version is not None
    assert store.read("applied/prod.orders.json") == (b"one", version)


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.read("applied/prod.orders.json") is None
    assert store.keys("applied/") == []


def test_nothing_is_created_twice(store: Store) -> None:
    assert store.create("locks/a.json", b"first")
    assert store.create("locks/a.json", b"second") is None
    found = store.read("locks/a.json")
    assert found is not None
    assert found[0] == b"first"


def test_an_update_of_an_old_version_is_refused(store: Store) -> None:
    first = store.create("a.json", b"1")
    assert first is not None
    second = store.replace("a.json", b"2", first)
    assert second not in (None, first)
    assert store.replace("a.json", b"lost update", first) is None
    assert store.read("a.json") == (b"2", second)


def test_what_was_deleted_is_not_replaced(store: Store) -> None:
    version = store.create("a.json", b"1")
    assert version is not None
    assert store.delete("a.json", version)
    assert store.replace("a.json", b"2", version) is None
    assert store.read("a.json") is None


def test_only_the_known_version_is_deleted(store: Store) -> None:
    first = store.create("a.json", b"1")
    assert first is not None
    second = store.replace("a.json", b"2", first)
    assert second is not None
    assert not store.delete("a.json", first)
    assert store.read("a.json") == (b"2", second)
    assert store.delete("a.json", second)
    assert not store.delete("a.json", second)


def test_keys_are_listed_by_prefix_in_order(store: Store) -> None:
    for key in (
        "applied/prod.b.json",
        "applied/prod.a.json",
        "applied/production.a.json",
        "locks/prod.a.json",
    ):
        store.create(key, b"{}")
    assert store.keys("applied/prod.") == ["applied/prod.a.json", "applied/prod.b.json"]
    assert len(store.keys("applied/")) == 3


@pytest.mark.parametrize("action", ["create", "replace"])
def test_of_many_who_write_at_once_one_wins(tmp_path: Path, action: str) -> None:
    store = open_store(f"file://{tmp_path}")
    version = store.create("a.json", b"start") if action == "replace" else ""
    together, won = threading.Barrier(8), []

    def run(number: int) -> None:
        mine = str(number).encode()
        together.wait()
        if (
            store.create("a.json", mine)
            if action == "create"
            else store.replace("a.json", mine, str(version))
        ):
            won.append(mine)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = store.read("a.json")
    assert found is not None
    assert won == [found[0]]


@pytest.mark.parametrize(
    ("written", "root"),
    [
        ("file:///var/state", "/var/state"),
        ("file:///var/state?metadata=skip", "/var/state"),
        ("file:///var/my%20state", "/var/my state"),
        ("file:///var/my state", "/var/my state"),
        ("file://~", "HOME"),
        ("file://~/state", "HOME/state"),
        ("file://state/here", "CWD/state/here"),
        ("file://.", "CWD"),
        ("file://./state", "CWD/state"),
    ],
)
def test_a_file_backend_is_read_as_pulumi_reads_it(
    written: str, root: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    expected = root.replace("HOME", str(tmp_path / "home")).replace("CWD", str(tmp_path))
    store = open_store(written)
    assert isinstance(store, FileStore)
    assert store.root == Path(expected) / ".dbspec"


def test_an_s3_backend_is_read_as_pulumi_reads_it() -> None:
    store = open_store(
        "s3://acme/a/b/?region=eu-west-1&profile=ops&endpoint=localhost:9000&disableSSL=true"
        "&s3ForcePathStyle=true&awssdk=v2&ssetype=aws:kms&kmskeyid=alias/state"
    )
    assert isinstance(store, S3Store)
    assert (store.bucket, store.prefix) == ("acme", "a/b/.dbspec/")
    assert (store.region, store.profile, store.path_style) == ("eu-west-1", "ops", True)
    assert store.endpoint == "http://localhost:9000"
    assert dict(store.encryption) == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/state"}
    assert store.place("locks/x.json") == "s3://acme/a/b/.dbspec/locks/x.json"


@pytest.mark.parametrize(
    "url", ["https://api.pulumi.com", "azblob://state", "gs://state", "s3://", "s3://[", "", "x"]
)
def test_a_backend_without_a_store_is_refused_with_those_that_have_one(url: str) -> None:
    with pytest.raises(
        UserError, match=r"there is no store for the backend .*use file:///path or s3://"
    ) as caught:
        open_store(url)
    assert caught.value.exit_code == Exit.SPECS


def test_a_state_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a directory")
    with pytest.raises(UserError, match="state") as caught:
        open_store(f"file://{tmp_path}/state").create("a.json", b"")
    assert caught.value.exit_code == Exit.ENGINE
    assert "state.backend" in str(caught.value)


def test_a_temporary_file_of_a_dead_writer_is_no_key(tmp_path: Path) -> None:
    store = open_store(f"file://{tmp_path}")
    store.create("applied/prod.a.json", b"{}")
    (tmp_path / ".dbspec/applied/.prod.b.json.new").write_bytes(b"half")
    assert store.keys("applied/") == ["applied/prod.a.json"]
    assert store.create("applied/prod.b.json", b"whole")


def test_more_keys_than_a_page_of_s3_holds_are_all_listed(s3_url: str) -> None:
    import boto3

    store = open_store(s3_url)
    assert isinstance(store, S3Store)
    client = boto3.client("s3")
    for number in range(1001):
        client.put_object(Bucket="acme-state", Key=f"{store.prefix}applied/prod.{number}.json", Body=b"")
    assert len(store.keys("applied/prod.")) == 1001


def test_a_write_whose_answer_got_lost_is_not_taken_for_another_ones(s3_url: str, between: Any) -> None:
    store = open_store(between.url(s3_url))
    lost = iter([between.refusal("InternalError", 500)])
    between.after = lambda method, path: next(lost, None) if method == "PUT" else None
    version = store.create("locks/a.json", b"mine")
    assert store.read("locks/a.json") == (b"mine", version)


def test_a_service_that_ignores_conditions_is_refused_before_it_loses_an_update(
    s3_url: str, between: Any
) -> None:
    between.instead = lambda method, path: (200, b"") if method in ("PUT", "DELETE") else None
    between.headers = [("ETag", '"1"')]
    store = open_store(between.url(s3_url))
    with pytest.raises(UserError, match="ignores If-None-Match"):
        store.create("locks/a.json", b"mine")


def test_a_service_without_conditional_deletes_deletes_what_it_has_just_read(
    s3_url: str, between: Any
) -> None:
    refused = iter([between.refusal("NotImplemented", 501)])
    between.instead = lambda method, path: next(refused, None) if method == "DELETE" else None
    store = open_store(between.url(s3_url))
    version = store.create("locks/a.json", b"mine")
    assert version is not None
    assert store.delete("locks/a.json", version)
    assert store.read("locks/a.json") is None


def test_two_writes_that_met_are_tried_again(s3_url: str, between: Any) -> None:
    met = iter([between.refusal("ConditionalRequestConflict", 409)] * 2)
    between.instead = lambda method, path: next(met, None) if method == "PUT" else None
    assert open_store(between.url(s3_url)).create("locks/a.json", b"mine")


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        ("AccessDenied", "s3:ListBucket"),
        ("NoSuchBucket", "make the bucket"),
        ("ExpiredToken", "aws sso login"),
        ("InvalidAccessKeyId", "aws sso login"),
        ("KMS.DisabledException", ""),
    ],
)
def test_what_s3_refuses_is_said_with_the_way_out(s3_url: str, between: Any, code: str, way_out: str) -> None:
    between.instead = lambda method, path: between.refusal(code)
    with pytest.raises(UserError) as caught:
        open_store(between.url(s3_url)).read("applied/prod.orders.json")
    assert caught.value.exit_code == Exit.ENGINE
    assert "reading s3://acme-state/databases/.dbspec/applied/prod.orders.json" in str(caught.value)
    assert way_out in str(caught.value)


def test_missing_credentials_are_said_before_anything_is_sent(
    s3_url: str, between: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UserError, match="no AWS credentials") as caught:
        open_store(between.url(s3_url)).read("a.json")
    assert caught.value.exit_code == Exit.ENGINE
    assert between.seen == []


def test_a_profile_that_does_not_exist_is_named(aws: str) -> None:
    with pytest.raises(UserError, match=r"nobody.*aws configure list-profiles"):
        open_store(f"s3://acme-state?profile=nobody&region=eu-west-1&endpoint={aws}").read("a.json")


def test_a_service_out_of_reach_is_said(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(UserError, match="was not reached"):
        open_store("s3://acme-state?region=eu-west-1&endpoint=127.0.0.1:1&disableSSL=true").read("a.json")
