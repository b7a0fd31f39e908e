"""Comments on GitHub: one of ours for each key, whatever was lost or edited."""

from __future__ import annotations

from contextlib import suppress

from bot.forge.forge import Comment, MissingError
from bot.forge.github import answers
from bot.forge.github.client import Client
from bot.forge.marker import marked


def comments(client: Client, number: int) -> tuple[Comment, ...]:
    return tuple(answers.comment(each) for each in client.pages(f"/issues/{number}/comments"))


def put_comment(client: Client, number: int, key: str, body: str) -> Comment:
    text = marked(key, body)
    found = _ours(client, number, key)
    if not found:
        made = client.once(
            "POST", f"/issues/{number}/comments", {"body": text}, lambda: _ours(client, number, key) or None
        )
        # Another job may have written at the same moment, and a lost answer may show late.
        found = _ours(client, number, key) or (made if isinstance(made, list) else [answers.comment(made)])
    first, *others = found
    for each in others:
        _delete(client, each)
    if first.body != body:
        return answers.comment(client.write("PATCH", f"/issues/comments/{first.id}", {"body": text}))
    return first


def _ours(client: Client, number: int, key: str) -> list[Comment]:
    return [each for each in comments(client, number) if each.key == key and each.author.id == client.me.id]


def _delete(client: Client, comment: Comment) -> None:
    with suppress(MissingError):  # it is gone already
        client.write("DELETE", f"/issues/comments/{comment.id}")
