"""The bot's settings: one file without secrets, and secrets from nowhere but the environment and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import SETTING, VARIABLES, File, load
from compiler.diagnostics import Exit, UserError

SMALLEST = "forge: {github: {repository: acme/databases}}\n"
CANARY = "hunter2-canary-1234567890"


def _write(folder: Path, text: str) -> Path:
    path = folder / "dbspec-bot.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _refused(path: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(UserError) as caught:
        load(environ or {}, path)
    assert caught.value.exit_code is Exit.USAGE
    return [str(each) for each in caught.value.diagnostics]


def test_the_smallest_file_has_a_default_for_everything_else(tmp_path: Path) -> None:
    settings = load({SETTING: str(_write(tmp_path, SMALLEST))})
    assert settings.file.branch == "main"
    assert settings.data == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/requests.sqlite"
    assert settings.forge_environ["GITHUB_REPOSITORY"] == "acme/databases"
    assert [each.message.split()[0] for each in settings.missing()] == ["GITHUB_TOKEN"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}\n", ":1:1: forge is missing"),
        ("forge: {}\n", ":1:8: the forge is not one; give exactly one of github, local"),
        (SMALLEST + "slack: {mode: sokcet}\n", ":2:15: "),
        (SMALLEST + "pol_seconds: 3\n", ":2:1: there is no key `pol_seconds`; did you mean `poll_seconds`?"),
        (SMALLEST + "http: {port: 99999}\n", ":2:14: "),
        (SMALLEST + "database: mysql://x/y\n", ":2:11: 'mysql://x/y' is no database"),
        (SMALLEST + "a: [\n", ":2:5: the file ends"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    found = _refused(_write(tmp_path, text))
    assert any(said in each for each in found), found


def test_a_file_that_is_not_there_is_said_with_the_way_to_write_one(tmp_path: Path) -> None:
    (found,) = _refused(tmp_path / "nowhere.yaml")
    assert "cannot be read: No such file" in found
    assert SETTING in found


@pytest.mark.parametrize(
    "line",
    [
        f"data: {CANARY}",
        f"database: postgresql://dbspec:{CANARY}@db/dbspec",
        f"database: mysql://dbspec:{CANARY}@db/dbspec",
        "# xoxb-1234567890-1234567890-abcdefghijklmnopqrstuvwx",
        "branch: ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = _write(tmp_path, f"{SMALLEST}{line}\n")
    found = _refused(path, {"DBSPEC_SLACK_SIGNING_SECRET": CANARY})
    assert any(f"{path}:2:1: a secret stands in the file" in each for each in found)
    assert CANARY not in "".join(found)


@pytest.mark.parametrize("variable", VARIABLES.values())
def test_every_secret_comes_from_its_variable_or_from_the_file_that_one_names(
    tmp_path: Path, variable: str
) -> None:
    path = _write(tmp_path, SMALLEST)
    name = next(name for name, each in VARIABLES.items() if each == variable)
    value = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-", "github_app_key": "-----BEGIN "}.get(
        name, ""
    ) + CANARY
    (tmp_path / "secret").write_text(value + "\n", encoding="utf-8")
    by_value = load({variable: value}, path)
    by_file = load({f"{variable}_FILE": str(tmp_path / "secret")}, path)
    assert getattr(by_value.secrets, name) == getattr(by_file.secrets, name) == value
    for settings in (by_value, by_file):
        assert CANARY not in repr(settings)
        assert CANARY not in settings.redactor().clean(f"x{value}y")
    (both,) = _refused(path, {variable: value, f"{variable}_FILE": str(tmp_path / "secret")})
    assert "are both set" in both
    (unread,) = _refused(path, {f"{variable}_FILE": str(tmp_path / "nowhere")})
    assert f"{variable}_FILE names" in unread


def test_a_token_in_the_wrong_variable_is_told_without_showing_it(tmp_path: Path) -> None:
    (found,) = _refused(_write(tmp_path, SMALLEST), {"DBSPEC_SLACK_BOT_TOKEN": f"xapp-{CANARY}"})
    assert found.startswith("DBSPEC_SLACK_BOT_TOKEN does not begin with xoxb-")
    assert CANARY not in found


def test_the_password_of_the_database_goes_into_its_url_and_nowhere_else(tmp_path: Path) -> None:
    path = _write(tmp_path, SMALLEST + "database: postgresql://dbspec@db.internal:5433/dbspec\n")
    settings = load({"DBSPEC_BOT_DATABASE_PASSWORD": "p@ss/word"}, path)
    assert settings.database_url == "postgresql://dbspec:p%40ss%2Fword@db.internal:5433/dbspec"
    assert "p@ss" not in repr(settings)
    assert "p%40ss%2Fword" not in settings.redactor().clean(settings.database_url)


def test_what_each_way_of_talking_needs_is_asked_for(tmp_path: Path) -> None:
    def missing(text: str) -> set[str]:
        found = load({}, _write(tmp_path, text)).missing()
        return {each.message.split()[0] for each in found}

    github = "forge: {github: {repository: a/b, app_id: 7}}\n"
    assert missing(f"{github}slack: {{}}\n") == {
        "DBSPEC_SLACK_BOT_TOKEN",
        "DBSPEC_SLACK_APP_TOKEN",
        "DBSPEC_GITHUB_APP_KEY",
    }
    assert missing(f"{github}slack: {{mode: http}}\nwebhooks: true\n") == {
        "DBSPEC_SLACK_BOT_TOKEN",
        "DBSPEC_SLACK_SIGNING_SECRET",
        "DBSPEC_GITHUB_APP_KEY",
        "DBSPEC_GITHUB_WEBHOOK_SECRET",
    }
    assert missing("forge: {local: {folder: forge}}\n") == set()


def test_the_local_forge_lies_beside_the_file(tmp_path: Path) -> None:
    settings = load({}, _write(tmp_path, "forge: {local: {folder: forge}}\n"))
    assert settings.forge_environ == {
        "DBSPEC_FORGE": str(tmp_path / "forge"),
        "DBSPEC_FORGE_LOGIN": "dbspec[bot]",
    }


def test_every_key_has_a_description() -> None:
    for name, field in File.model_fields.items():
        assert field.description, name
