"""Who is who: teams, and the users in them."""

from __future__ import annotations

from pydantic import Field

from compiler.model import Model


class Team(Model):
    """A team that owns databases."""

    channel: str = Field(
        "",
        description="The Slack channel in which the team is told about its databases.",
        examples=["#checkout"],
    )
    members: list[str] = Field([], description="Users of this file.")


class GitHubUser(Model):
    """A GitHub account: the number never changes, the login may."""

    id: int = Field(description="The numeric id.", gt=0)
    login: str = Field(description="The login.", examples=["octocat"], min_length=1)


class User(Model):
    """A person: the same one in Slack and on GitHub."""

    slack: str = Field(
        "",
        description="The Slack member id, `U` or `W` and letters.",
        pattern=r"^([UW][A-Z0-9]+)?$",
        examples=["U0123ABCD"],
    )
    github: GitHubUser | None = Field(None, description="The GitHub account.")


class People(Model):
    """The whole file `people.yaml`."""

    teams: dict[str, Team] = Field({}, description="The teams by name: the owners that a spec can name.")
    users: dict[str, User] = Field({}, description="The people by name.")
