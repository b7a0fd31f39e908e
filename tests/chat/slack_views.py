"""The modals of a simulated Slack: opened by a trigger, replaced, stacked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.chat import slack_limits
from tests.chat.slack_things import Answer, View, as_json, done, initial, refused


class Views:
    """The part of the server that answers `views.*`."""

    clock: Callable[[], float]
    trigger_life: float
    views: dict[str, View]
    stacks: dict[str, list[str]]
    _triggers: dict[str, tuple[str, float, bool]]
    _numbers: Iterator[int]

    def top(self, user: str) -> View | None:
        """The modal that the user sees."""
        stack = self.stacks[user]
        return self.views[stack[-1]] if stack else None

    def _views_open(self, body: dict[str, Any]) -> Answer:
        return self._shown_view(body)

    def _shown_view(self, body: dict[str, Any]) -> Answer:
        view = as_json(body.get("view"))
        self._checked("views.open", slack_limits.view(view))
        trigger = str(body.get("trigger_id", ""))
        if trigger not in self._triggers:
            return refused("invalid_trigger_id")
        user, since, used = self._triggers[trigger]
        if used:
            return refused("exchanged_trigger_id")
        if self.clock() - since > self.trigger_life:
            return refused("expired_trigger_id")
        self._triggers[trigger] = (user, since, True)
        made = self.opened(user, view, push=False)
        return made if isinstance(made, Answer) else done(view={"id": made.id, "hash": made.hash, **view})

    def opened(self, user: str, view: dict[str, Any], *, push: bool) -> View | Answer:
        """A new modal, on top of what the user has open or instead of it."""
        if push and len(self.stacks[user]) >= 3:
            return refused("push_limit_reached")
        if not push:
            self.stacks[user].clear()
        name = f"V{next(self._numbers)}"
        root = self.stacks[user][0] if self.stacks[user] else name
        made = View(name, user, view, self._hash(), root, initial(view))
        self.views[name] = made
        self.stacks[user].append(name)
        return made

    def _views_update(self, body: dict[str, Any]) -> Answer:
        view = as_json(body.get("view"))
        self._checked("views.update", slack_limits.view(view))
        external = body.get("external_id")
        named = [
            each for each in self.views.values() if external and each.body.get("external_id") == external
        ]
        found = named[-1] if named else self.views.get(str(body.get("view_id")))
        if found is None or found.id not in self.stacks[found.user]:
            return refused("not_found")
        if body.get("hash") and body["hash"] != found.hash:
            return refused("hash_conflict")
        self.replaced(found, view)
        return done(view={"id": found.id, "hash": found.hash, **view})

    def replaced(self, view: View, body: dict[str, Any]) -> None:
        """The same modal, saying something else; what was typed stays where block and action stay."""
        kept = {
            (block, action): value for block, each in view.state.items() for action, value in each.items()
        }
        view.state = {
            block: {action: kept.get((block, action), value) for action, value in each.items()}
            for block, each in initial(body).items()
        }
        view.body, view.hash = body, self._hash()

    def _checked(self, where: str, found: list[str]) -> None:
        raise NotImplementedError

    def _hash(self) -> str:
        return f"156.{next(self._numbers)}"
