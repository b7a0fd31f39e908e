"""Who is who, and who may do what: users, teams, grants."""

from __future__ import annotations

from pydantic import Field

from compiler.model import Model

EVERYWHERE = "*"
OWNER = "owner"


class Team(Model):
    """A team that owns databases."""

    channel: str = Field(
        "",
        description="The Slack channel in which the team is told about its databases.",
        examples=["#checkout"],
    )
    github: str = Field(
        "",
        description="The team on GitHub, with its organization: it is asked for reviews.",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*)?$",
        examples=["acme/checkout"],
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


class Grants(Model):
    """Who may do what: names of teams and users, and `owner` for the team that owns the database."""

    request: list[str] = Field([], description="Ask for a new database.", examples=[["owner", "platform"]])
    change: list[str] = Field(
        [], description="Change databases, or the environment itself, and approve changes of others."
    )
    remove: list[str] = Field(
        [],
        description="Let a database or its data go, and approve that: `decommission`, `acknowledge`, its file.",
    )
    retry: list[str] = Field([], description="Start an apply again that failed.")
    waive: list[str] = Field([], description="Approve waivers of controls, and longer ones.")
    emergency: list[str] = Field(
        [], description="Apply what nobody reviewed, with a reason, which is recorded."
    )


class People(Model):
    """The whole file `people.yaml`."""

    teams: dict[str, Team] = Field({}, description="The teams by name: the owners that a spec can name.")
    users: dict[str, User] = Field({}, description="The people by name.")
    grants: dict[str, Grants] = Field(
        {},
        description="Who may do what, by environment, and under `*` in all of them. They add up, and what nobody is "
        "granted nobody may do.",
        examples=[{"*": {"change": ["owner", "platform"]}, "prod": {"waive": ["platform"]}}],
    )
