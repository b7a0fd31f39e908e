"""What leaves the bot holds no secret, whatever stands around it, and loses nothing else."""

from __future__ import annotations

import base64
import json
import string
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redactor import HIDDEN, Redactor

LETTERS = string.ascii_letters + string.digits
DIGITS = string.digits


def _some(alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


KNOWN = st.text(st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp"]), min_size=4, max_size=60)
# Each shape and the part of it that must not survive.
SHAPED = st.one_of(
    st.builds(
        "{}{}".format, st.sampled_from(["AKIA", "ASIA"]), _some(string.ascii_uppercase + DIGITS, 16, 16)
    ),
    st.builds(
        "{}{}".format, st.sampled_from(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]), _some(LETTERS, 36, 60)
    ),
    st.builds("github_pat_{}_{}".format, _some(LETTERS, 22, 22), _some(LETTERS, 59, 59)),
    st.builds("xoxb-{}-{}-{}".format, _some(DIGITS, 10, 13), _some(DIGITS, 10, 13), _some(LETTERS, 24, 24)),
    st.builds(
        "xapp-1-A{}-{}-{}".format,
        _some(DIGITS, 9, 9),
        _some(DIGITS, 13, 13),
        _some("0123456789abcdef", 64, 64),
    ),
    st.builds("IQoJb3JpZ2lu{}".format, _some(LETTERS + "/+", 100, 200)),
    st.builds(
        "eyJ{}.eyJ{}.{}".format, _some(LETTERS, 20, 30), _some(LETTERS, 20, 80), _some(LETTERS + "-_", 43, 43)
    ),
)
AROUND = st.text(max_size=40)


@given(KNOWN, AROUND, AROUND)
def test_what_it_was_told_survives_nothing(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    forms = [secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3], quote(secret, safe="")]
    for form in forms:
        if len(form) < len(secret):
            continue
        cleaned = redactor.clean(before + form + after)
        assert form not in cleaned or form in HIDDEN
        assert redactor.clean(cleaned) == cleaned


@given(_some(LETTERS + "-_", 20, 60), st.binary(max_size=20), st.binary(max_size=20))
def test_what_it_was_told_does_not_survive_in_base64(secret: str, before: bytes, after: bytes) -> None:
    text = base64.b64encode(before + secret.encode() + after).decode()
    cleaned = Redactor([secret]).clean(f"Basic {text}.")
    left = "".join(cleaned.removeprefix("Basic ").split(HIDDEN))
    # Nothing of the middle of the secret can be read from what is left.
    assert HIDDEN in cleaned
    assert len(left) <= len(text) - (len(secret) - 2) * 8 // 6 + 2


@given(SHAPED, AROUND, AROUND)
def test_a_token_is_told_by_its_shape_whatever_surrounds_it(token: str, before: str, after: str) -> None:
    cleaned = Redactor().clean(before + token + after)
    assert token not in cleaned
    assert HIDDEN in cleaned


@given(_some(LETTERS + "-._~!$&'()*+,;=%", 1, 40), AROUND, AROUND)
def test_a_password_in_a_url_is_hidden_and_its_host_is_not(password: str, before: str, after: str) -> None:
    cleaned = Redactor().clean(f"{before} mysql://app:{password}@db.internal:3306/orders {after}")
    assert f"mysql://app:{HIDDEN}@db.internal:3306/orders" in cleaned


@given(_some(LETTERS + "+/=\n", 64, 400), AROUND, st.booleans())
def test_a_private_key_is_hidden_even_where_its_end_was_cut_off(body: str, before: str, whole: bool) -> None:
    end = "\n-----END RSA PRIVATE KEY-----" if whole else ""
    for escape in (False, True):
        key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}{end}"
        text = before + (json.dumps(key) if escape else key)
        cleaned = Redactor().clean(text)
        assert body not in cleaned
        assert "PRIVATE KEY" not in cleaned.removeprefix(before)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer [secret]"),
        ('{"authorization": "Basic eDp5"}', '{"authorization": "Basic [secret]"}'),
        (
            "?X-Amz-Signature=0a1b&X-Amz-Date=20261123T000000Z",
            "?X-Amz-Signature=[secret]&X-Amz-Date=20261123T000000Z",
        ),
        ("aws_secret_access_key = abc/def+ghi", "aws_secret_access_key = [secret]"),
        (
            '"SecretAccessKey": "abc/def", "AccessKeyId": "x"',
            '"SecretAccessKey": "[secret]", "AccessKeyId": "x"',
        ),
        ("MYSQL_PWD=hunter2 mysql -h db", "MYSQL_PWD=[secret] mysql -h db"),
        (r"{\"password\":\"hun\ter2\"}", r"{\"password\":\"[secret]\"}"),
        ("https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/[secret]"),
        ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY leaked", "key [secret] leaked"),
    ],
)
def test_what_its_name_tells_for_a_secret_is_hidden(text: str, clean: str) -> None:
    assert Redactor().clean(text) == clean
    assert Redactor().clean(clean) == clean


@pytest.mark.parametrize(
    "text",
    [
        "prod.orders: ~instance_class db.r5.large -> db.r5.xlarge",
        "arn:aws:rds:ap-northeast-2:123456789012:db:ecommerce-prod-orders",
        "arn:aws:kms:ap-northeast-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:prod/orders-AbCdEf",
        "arn:aws:iam::123456789012:role/aws-service-role/dynamodb.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_DynamoDBTable",
        "sg-0c0ffee0000000003 subnet-0a1b2c3d4e5f67890 vpc-12345678 snap-0123456789abcdef0",
        "commit 45d75dea69a553079550f967eecafb095b87892b, digest "
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "orders.cluster-c1a2b3d4e5f6.ap-northeast-2.rds.amazonaws.com:3306",
        "https://github.com/acme/databases/pull/12#issuecomment-1234567890",
        "https://github.com/acme/databases/actions/runs/12345678901/job/23456789012",
        "database_password: random:RandomPassword, manage_master_user_password = true",
        "urn:pulumi:prod.orders::dbspec::aws:rds/instance:Instance::instance",
        "AROAEXAMPLEROLE12345 is an id and no key",
        "GITHUB_TOKEN=$(gh auth token) dbspec-bot doctor, TOKEN=${{ github.token }}",
        "disk-usage-of-the-largest-task-in-the-foxapp-production-cluster",
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "AWSBackupServiceRolePolicyForRestores and AmazonRDSEnhancedMonitoringRole",
    ],
)
def test_ids_digests_and_addresses_stay(text: str) -> None:
    assert Redactor().clean(text) == text
    assert Redactor(["hunter2-canary"]).clean(text) == text


@given(st.text("0123456789abcdef", min_size=7, max_size=64))
def test_no_digest_is_taken_for_a_secret(digest: str) -> None:
    text = f"at {digest} (sha256:{digest}), i-{digest[:17]}"
    assert Redactor().clean(text) == text


def test_data_is_cleaned_down_to_its_keys_and_by_them() -> None:
    redactor = Redactor(["hunter2"])
    data = {"hunter2": ["x hunter2", {"password": "short", "user": "app", "port": 3306, "token": None}]}
    assert redactor.clean_data(data) == {
        HIDDEN: [f"x {HIDDEN}", {"password": HIDDEN, "user": "app", "port": 3306, "token": None}]
    }


@pytest.mark.parametrize(
    "piece", ["eyJ", "a", "xoxb-", "AKIA", "://a:", "-----BEGIN A", "password", '"password"']
)
def test_a_long_text_made_to_be_slow_is_read_in_one_pass(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    assert len(Redactor(["hunter2"]).clean(text)) > 0


def test_nothing_that_dbspec_itself_says_is_taken_for_a_secret() -> None:
    redactor, root = Redactor(), Path(__file__).parents[2]
    places = ("docs", "specs", "tests/comment", "tests/compiled", "tests/environment", "tests/wrong")
    found = [path for each in places for path in (root / each).rglob("*") if path.suffix in _WRITTEN]
    assert len(found) > 100
    for path in found:
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert redactor.clean(text) == text, path


_WRITTEN = {".json", ".md", ".txt", ".yaml"}
