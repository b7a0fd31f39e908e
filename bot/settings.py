"""What whoever runs the bot decides: one file, and secrets from the environment or from files it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import AfterValidator, Field

from bot.redactor import Redactor
from compiler import document
from compiler.diagnostics import Diagnostic, Exit, Place, UserError
from compiler.model import Model, exactly_one, invalid, shaped
from compiler.validation import explain_errors, validate

SETTING = "DBSPEC_BOT_SETTINGS"
NAME = "dbspec-bot.yaml"


class GitHub(Model):
    """The repository on GitHub; as whom the bot acts there comes from the environment."""

    repository: str = Field(
        description="The repository that holds the specs.",
        pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$",
        examples=["acme/databases"],
    )
    api_url: str = Field(
        "https://api.github.com",
        description="GitHub's API; a GitHub Enterprise Server has its own.",
        pattern="^https?://",
    )
    url: str = Field(
        "https://github.com", description="Where it is cloned from and pushed to.", pattern="^https?://"
    )
    app_id: int | None = Field(None, description="The App as which the bot acts; None for a token.", gt=0)
    signed_commits: bool = Field(
        False,
        description="Whether GitHub makes the bot's commits, and signs them. Then none is moved when main moves on.",
    )


class Local(Model):
    """A forge in a folder of this machine, for trying."""

    folder: str = Field(description="The folder, as seen from the file.", min_length=1)
    login: str = Field("dbspec[bot]", description="As whom the bot acts there.", min_length=1)


class Forge(Model):
    """Where pull requests are opened: exactly one."""

    model_config = exactly_one()

    github: GitHub | None = Field(None, description="On GitHub.")
    local: Local | None = Field(None, description="In a folder of this machine, for trying.")


def _one_forge(forge: Forge) -> Forge:
    if (forge.github is None) == (forge.local is None):
        raise invalid("settings/forge", "the forge is not one", "give exactly one of github, local")
    return forge


class Slack(Model):
    """How the bot and Slack talk."""

    mode: Literal["socket", "http"] = Field(
        "socket", description="`socket` needs no public address; `http` suits several replicas behind one."
    )
    channel: str = Field(
        "",
        description="The channel that is told what belongs to no team that has one.",
        pattern=r"^(#[a-z0-9_-]{1,80}|[CG][A-Z0-9]+)?$",
        examples=["#databases"],
    )
    command: str = Field(
        "/database", description="The command, as the App's manifest has it.", pattern=r"^/[a-z0-9_-]{1,31}$"
    )
    api_url: str = Field("https://slack.com/api/", description="Slack's Web API.", pattern="^https?://.*/$")


class Http(Model):
    """What is served: health, readiness, metrics, and in `http` mode Slack's and GitHub's requests."""

    host: str = Field("127.0.0.1", description="The address that is listened on.", min_length=1)
    port: int = Field(8080, description="The port; 0 for any that is free.", ge=0, le=65535)


_DATABASE = r"(sqlite:///|postgresql://).+"


def _database(value: str) -> str:
    if not re.fullmatch(_DATABASE, value):
        raise invalid(
            "settings/database",
            f"{value!r} is no database",
            "write sqlite:///PATH, or postgresql://USER@HOST/NAME where there are several replicas",
        )
    if urlsplit(value).password is not None:
        raise invalid(
            "settings/password",
            "the database's password stands in the file",
            "take it out, change it, and set DBSPEC_BOT_DATABASE_PASSWORD or DBSPEC_BOT_DATABASE_PASSWORD_FILE",
        )
    return value


class File(Model):
    """The whole file `dbspec-bot.yaml`."""

    forge: Annotated[Forge, AfterValidator(_one_forge)] = Field(description="Where pull requests are opened.")
    branch: str = Field("main", description="The branch that is applied.", min_length=1)
    specs: str = Field("specs", description="The folder of the specs in the repository.", min_length=1)
    data: str = Field(
        "data",
        description="The folder, as seen from the file, of what the bot keeps: clone, database, audit trail.",
        min_length=1,
    )
    database: (
        Annotated[str, AfterValidator(_database), shaped(_DATABASE, "postgresql://dbspec@db.internal/dbspec")]
        | None
    ) = Field(None, description="The database of its requests; by default a SQLite file in `data`.")
    slack: Slack | None = Field(None, description="How it talks to Slack; without it only the console talks.")
    http: Http = Field(Http(), description="What is served.")
    webhooks: bool = Field(
        False, description="Whether GitHub's webhooks make it faster; it polls all the same."
    )
    poll_seconds: int = Field(
        30, description="How often it asks the forge about what is in flight.", ge=1, le=3600
    )
    sweep_minutes: int = Field(60, description="How often it looks for what it missed.", ge=1, le=1440)
    log: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is logged.")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Each "" where it is not set."""

    slack_bot_token: str = field(default="", repr=False)
    slack_app_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    github_token: str = field(default="", repr=False)
    github_app_key: str = field(default="", repr=False)
    github_webhook_secret: str = field(default="", repr=False)
    database_password: str = field(default="", repr=False)

    def values(self) -> tuple[str, ...]:
        """Those that are set."""
        return tuple(filter(None, (getattr(self, each.name) for each in fields(self))))


# Each also with _FILE behind it, for the file that holds it.
VARIABLES: Mapping[str, str] = {
    "slack_bot_token": "DBSPEC_SLACK_BOT_TOKEN",
    "slack_app_token": "DBSPEC_SLACK_APP_TOKEN",
    "slack_signing_secret": "DBSPEC_SLACK_SIGNING_SECRET",
    "github_token": "GITHUB_TOKEN",
    "github_app_key": "DBSPEC_GITHUB_APP_KEY",
    "github_webhook_secret": "DBSPEC_GITHUB_WEBHOOK_SECRET",
    "database_password": "DBSPEC_BOT_DATABASE_PASSWORD",
}
# A token that is pasted into the wrong variable is told by how it begins.
_BEGINNINGS = {"slack_bot_token": "xoxb-", "slack_app_token": "xapp-", "github_app_key": "-----BEGIN"}


@dataclass(frozen=True, slots=True)
class Settings:
    """`path` is the file, to which its own paths are relative."""

    path: Path
    file: File
    secrets: Secrets = field(repr=False)

    @property
    def data(self) -> Path:
        """The folder of what the bot keeps; it may not exist yet."""
        return self._beside(self.file.data)

    @property
    def database_url(self) -> str:
        """With the password in it: never to be shown."""
        url = self.file.database or f"sqlite:///{self.data / 'requests.sqlite'}"
        if url.startswith("sqlite:///"):
            return f"sqlite:///{self._beside(url.removeprefix('sqlite:///'))}"
        if not self.secrets.database_password:
            return url
        parts = urlsplit(url)
        user, at, host = parts.netloc.rpartition("@")
        password = quote(self.secrets.database_password, safe="")
        return urlunsplit(parts._replace(netloc=f"{user}:{password}{at or '@'}{host}"))

    @property
    def forge_environ(self) -> Mapping[str, str]:
        """What `bot.forge.connect.connect` takes; secrets are in it."""
        if self.file.forge.local:
            local = self.file.forge.local
            return {"DBSPEC_FORGE": str(self._beside(local.folder)), "DBSPEC_FORGE_LOGIN": local.login}
        github = self.file.forge.github
        assert github is not None
        found = {"GITHUB_REPOSITORY": github.repository, "GITHUB_API_URL": github.api_url}
        if github.app_id:
            return found | {
                "DBSPEC_GITHUB_APP_ID": str(github.app_id),
                "DBSPEC_GITHUB_APP_KEY": self.secrets.github_app_key,
            }
        return found | {"GITHUB_TOKEN": self.secrets.github_token}

    def redactor(self) -> Redactor:
        """One that knows all of its secrets."""
        return Redactor(self.secrets.values())

    def missing(self) -> tuple[Diagnostic, ...]:
        """Which secrets its ways of talking need and do not have."""
        slack, github = self.file.slack, self.file.forge.github
        needed: list[tuple[str, str]] = []
        if slack:
            needed.append(("slack_bot_token", "the bot talks to Slack"))
            if slack.mode == "socket":
                needed.append(("slack_app_token", "Slack is reached in socket mode"))
            else:
                needed.append(("slack_signing_secret", "Slack's requests must prove that they are Slack's"))
        if github:
            credential = "github_app_key" if github.app_id else "github_token"
            needed.append((credential, "pull requests are opened on GitHub"))
            if self.file.webhooks:
                needed.append(
                    ("github_webhook_secret", "GitHub's webhooks must prove that they are GitHub's")
                )
        return tuple(
            Diagnostic(
                "settings/missing",
                f"{VARIABLES[name]} is not set: {why}",
                f"set it, or {VARIABLES[name]}_FILE",
            )
            for name, why in needed
            if not getattr(self.secrets, name)
        )

    def _beside(self, path: str) -> Path:
        return (self.path.parent / path).absolute()


def load(environ: Mapping[str, str], path: Path | None = None) -> Settings:
    """The settings in that file, else in the one that DBSPEC_BOT_SETTINGS names, else in ./dbspec-bot.yaml.

    Raises UserError (usage) with everything that is wrong: the file, and secrets that cannot be read or are not what
    their name says. What is only missing, `Settings.missing` tells.
    """
    path = path or Path(environ.get(SETTING) or NAME)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(
            Diagnostic(
                "settings/file",
                f"the bot's settings {path} cannot be read: {error.strerror}",
                f"write them (docs/running.md), or name them in {SETTING}",
            ),
            exit_code=Exit.USAGE,
        ) from error
    problems: list[Diagnostic] = []
    secrets = _secrets(environ, problems)
    file = _file(str(path), data, secrets, problems)
    if problems or file is None:
        raise UserError(*problems, exit_code=Exit.USAGE)
    return Settings(path, file, secrets)


def _file(shown: str, data: bytes, secrets: Secrets, problems: list[Diagnostic]) -> File | None:
    try:
        text = document.decode(shown, data)
        node = document.read(shown, data)
    except UserError as error:
        problems += error.diagnostics
        return None
    redactor = Redactor(secrets.values())
    for number, line in enumerate(document.lines(text), 1):
        if redactor.clean(line) != line:
            problems.append(
                Diagnostic(
                    "settings/secret",
                    "a secret stands in the file",
                    "take it out, change it where it comes from, and put the new one into the environment",
                    Place(shown, number),
                )
            )
    file, wrong = validate(File, node)
    if wrong is not None:
        # A message quotes what was written.
        problems += (
            replace(each, message=redactor.clean(each.message)) for each in explain_errors(wrong, node, File)
        )
    return file


def _secrets(environ: Mapping[str, str], problems: list[Diagnostic]) -> Secrets:
    found: dict[str, str] = {}
    for name, variable in VARIABLES.items():
        value, file = environ.get(variable, ""), environ.get(f"{variable}_FILE", "")
        if value and file:
            problems.append(
                Diagnostic(
                    "settings/twice", f"{variable} and {variable}_FILE are both set", "unset one of them"
                )
            )
            continue
        if file:
            variable = f"{variable}_FILE"
            try:
                value = Path(file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as unread:
                said = unread.strerror if isinstance(unread, OSError) else "it is not text"
                problems.append(
                    Diagnostic(
                        "settings/secret-file",
                        f"{variable} names {file}, which cannot be read: {said}",
                        "correct it",
                    )
                )
                continue
        value = value.strip()
        beginning = _BEGINNINGS.get(name, "")
        if value and not value.startswith(beginning):
            problems.append(
                Diagnostic(
                    "settings/secret-kind",
                    f"{variable} does not begin with {beginning}",
                    "set the token that its name says",
                )
            )
            continue
        found[name] = value
    return Secrets(**found)
