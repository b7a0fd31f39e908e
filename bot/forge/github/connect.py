"""Which repository on GitHub, and as whom, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from github import Auth, Github
from jwt import PyJWTError

from bot.forge.forge import Forge, MissingError
from bot.forge.github.checks import GithubChecks
from bot.forge.github.client import Client, Patience
from bot.forge.github.pulls import GithubPulls
from bot.forge.github.refusal import no_such_repository
from bot.forge.github.rules import GithubRules
from bot.forge.github.writing import GithubCommits, GithubStarter
from compiler.diagnostics import Exit, UserError, fail

PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "deployments": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
"""What the App's tokens are asked to be able to do, and no more, whatever else it was given."""

_PUBLIC = "https://api.github.com"
_TIMEOUT = 30


def connect(environ: Mapping[str, str], patience: Patience | None = None) -> Forge:
    """The forge that GITHUB_REPOSITORY (`owner/name`) names, at GITHUB_API_URL.

    As the App of DBSPEC_GITHUB_APP_ID with its private key, in DBSPEC_GITHUB_APP_KEY or in the file
    DBSPEC_GITHUB_APP_KEY_FILE, else with GITHUB_TOKEN. Raises UserError where one is missing or wrong; the
    repository is asked for with the first call.
    """
    client = connect_client(environ, patience or Patience())
    return Forge(GithubPulls(client), GithubChecks(client))


def connect_rules(environ: Mapping[str, str], patience: Patience | None = None) -> GithubRules:
    """The rules of the same repository, as whom `connect` would ask."""
    patience = patience or Patience()
    client = connect_client(environ, patience)
    as_app = bool(environ.get("DBSPEC_GITHUB_APP_ID"))
    app = _app(environ, _url(environ), client.name, patience) if as_app else None
    return GithubRules(client, app, PERMISSIONS)


def connect_commits(environ: Mapping[str, str], patience: Patience | None = None) -> GithubCommits:
    """Commits of the same repository, which GitHub makes and signs."""
    return GithubCommits(connect_client(environ, patience or Patience()))


def starter(environ: Mapping[str, str], patience: Patience | None = None) -> GithubStarter:
    """What starts applies in the same repository."""
    return GithubStarter(connect_client(environ, patience or Patience()))


def connect_client(environ: Mapping[str, str], patience: Patience) -> Client:
    name = environ.get("GITHUB_REPOSITORY", "")
    if name.count("/") != 1 or not all(name.split("/")):
        raise _usage("GITHUB_REPOSITORY names no repository", "set it to owner/name")
    url = _url(environ)
    if environ.get("DBSPEC_GITHUB_APP_ID"):
        auth = _installation(environ, url, name, patience)
    elif environ.get("GITHUB_TOKEN"):
        auth = Auth.Token(environ["GITHUB_TOKEN"])
    else:
        raise _usage(
            "there are no credentials for GitHub",
            "set GITHUB_TOKEN, or DBSPEC_GITHUB_APP_ID and DBSPEC_GITHUB_APP_KEY_FILE",
        )
    return Client(_github(auth, url), name, patience)


def _url(environ: Mapping[str, str]) -> str:
    return (environ.get("GITHUB_API_URL") or _PUBLIC).rstrip("/")


def _installation(environ: Mapping[str, str], url: str, name: str, patience: Patience) -> Auth.Auth:
    client = _app(environ, url, name, patience)
    app = client.github.requester.auth
    assert isinstance(app, Auth.AppAuth)
    try:
        number = client.installation()
    except MissingError as error:
        raise no_such_repository(name) from error
    return Auth.AppInstallationAuth(app, number, PERMISSIONS)


def _app(environ: Mapping[str, str], url: str, name: str, patience: Patience) -> Client:
    """A client that asks as the App itself, by its own key."""
    place, key = _key(environ)
    app = Auth.AppAuth(environ["DBSPEC_GITHUB_APP_ID"], key)
    try:
        app.create_jwt()
    except (PyJWTError, ValueError) as error:
        raise _usage(f"{place} holds no private key", "download the App's key anew") from error
    return Client(_github(app, url), name, patience)


def _key(environ: Mapping[str, str]) -> tuple[str, str]:
    """Where the App's key stands, and the key."""
    if environ.get("DBSPEC_GITHUB_APP_KEY"):
        return "DBSPEC_GITHUB_APP_KEY", environ["DBSPEC_GITHUB_APP_KEY"]
    file = environ.get("DBSPEC_GITHUB_APP_KEY_FILE", "")
    try:
        return file, Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise _usage(
            f"the App's key {file or '(none given)'} cannot be read: {error.strerror}",
            "name its file in DBSPEC_GITHUB_APP_KEY_FILE",
        ) from error


def _github(auth: Auth.Auth, url: str) -> Github:
    # As slow as the secondary limits ask for; a GitHub simulated on this machine has none that it does not say.
    pace = 0.0 if url.startswith("http://127.0.0.1:") else 1.0
    return Github(
        auth=auth,
        base_url=url,
        timeout=_TIMEOUT,
        retry=None,
        seconds_between_requests=pace / 4,
        seconds_between_writes=pace,
        lazy=True,
    )


def _usage(message: str, fix: str) -> UserError:
    return fail("forge/settings", message, fix, exit_code=Exit.USAGE)
