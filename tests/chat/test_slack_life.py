"""Commands, forms and buttons, over both ways that Slack comes."""

from __future__ import annotations

import pytest

from bot.chat.card import Button, Card
from tests.chat.conftest import Scene
from tests.chat.slack_person import Person


def open_form(scene: Scene, text: str = "request mysql dev/returns") -> None:
    assert scene.ada.command(text).acknowledged
    scene.ada.becomes("instance_class")


def test_a_database_is_asked_for_by_form_from_the_command_to_the_record(either: Scene) -> None:
    ada = either.ada
    assert ada.command("").acknowledged
    ada.becomes("environment")
    ada.fill(kind="mysql", environment="dev", name="returns")
    assert ada.submit().acknowledged
    ada.becomes("instance_class")
    ada.fill(project="ecommerce", owner="checkout", database_name="returns", access=["checkout-api"])
    ada.type(ada.view(), "storage.allocated_gib", "40")
    ada.type(ada.view(), "reason", "parcels come back")
    assert ada.submit().acknowledged
    shown = ada.becomes("Sending this opens a pull request")
    assert "specs/dev/returns.yaml" in shown.text
    assert "allocated_gib: 40" in shown.text
    assert "database_name: returns" in shown.text
    assert "a month" in shown.text
    assert ada.submit().acknowledged
    ada.becomes("is on its way")
    (request,) = either.desk.taken.values()
    assert (request.action, request.target, request.kind) == ("request", "dev/returns", "mysql")
    assert (request.by, request.channel, request.reason) == ("U0ADA", "C0CHECKOUT", "parcels come back")
    assert request.answers == {
        "project": "ecommerce",
        "owner": "checkout",
        "database_name": "returns",
        "access": ["checkout-api"],
        "storage.allocated_gib": 40,
    }
    ada.back()
    assert either.slack.top("U0ADA") is None


def test_sections_open_behind_more_and_keep_what_was_typed(either: Scene) -> None:
    open_form(either)
    ada = either.ada
    ada.fill(project="ecommerce", owner="checkout", database_name="returns")
    assert ada.choose("More settings", "backup").acknowledged
    view = ada.becomes("backup.retention_days")
    ada.type(view, "backup.retention_days", "14")
    assert ada.choose("More settings", "logs").acknowledged
    ada.becomes("logs.exports")
    assert ada.submit().acknowledged
    shown = ada.becomes("Sending this")
    assert "backup: {retention_days: 14}" in shown.text
    assert "project: ecommerce" in shown.text


def test_each_problem_stands_at_its_field_and_the_form_stays_open(either: Scene) -> None:
    open_form(either)
    ada = either.ada
    ada.fill(project="E commerce", owner="checkout", database_name="select")
    ada.type(ada.view(), "storage.allocated_gib", "3")
    told = ada.submit()
    assert told.payload["response_action"] == "errors"
    found = told.payload["errors"]
    assert found["project"].startswith("'E commerce' cannot be part of AWS names; use lower-case letters")
    assert found["database_name"] == "'select' is a word that MySQL keeps for itself; choose another name"
    assert "storage.allocated_gib" in found
    ada.fill(project="ecommerce", database_name="returns")
    ada.type(ada.view(), "storage.allocated_gib", "40")
    ada.submit()
    assert ada.becomes("Sending this")


def test_a_problem_of_a_field_that_is_not_shown_says_its_key(either: Scene) -> None:
    open_form(either, "request mysql prod/returns")
    ada = either.ada
    ada.fill(project="ecommerce", owner="checkout", database_name="returns")
    ada.choose("More settings", "storage")
    view = ada.becomes("storage.iops")
    ada.type(view, "storage.iops", "99")
    told = ada.submit()
    assert "storage.iops" in told.payload["errors"]


def test_going_back_from_the_last_look_keeps_the_form(either: Scene) -> None:
    open_form(either)
    ada = either.ada
    ada.fill(project="ecommerce", owner="checkout", database_name="returns")
    ada.submit()
    ada.becomes("Sending this")
    ada.back()
    ada.fill(database_name="parcels")
    ada.submit()
    assert "database_name: parcels" in ada.becomes("Sending this").text


def test_a_change_is_shown_with_what_it_does_and_only_what_was_touched_is_asked_for(either: Scene) -> None:
    ada = either.ada
    ada.command("change prod/orders")
    view = ada.becomes("instance_class")
    ada.type(view, "instance_class", "db.r5.xlarge")
    ada.submit()
    shown = ada.becomes("Sending this")
    assert "failover, in the maintenance window" in shown.text
    assert "+instance_class: db.r5.xlarge" in shown.text
    ada.submit()
    (request,) = either.desk.taken.values()
    assert request.answers == {"instance_class": "db.r5.xlarge"}


def test_a_database_of_production_goes_with_a_reason_and_a_snapshot(either: Scene) -> None:
    ada = either.ada
    ada.command("remove prod/orders")
    ada.becomes("final_snapshot")
    told = ada.submit()
    assert told.payload["errors"] == {"reason": "reason is missing"}
    ada.fill(reason="moved into the shop")
    ada.submit()
    assert "decommission:" in ada.becomes("Sending this").text


def test_somebody_unknown_asks_to_be_let_in(either: Scene) -> None:
    lin = Person(either.slack, either.way, "U0LIN")
    lin.command("change prod/orders")
    refused = lin.becomes("people.yaml does not know you yet")
    assert "write /database join" in refused.text.replace("`", "")
    assert lin.command("join").acknowledged
    lin.becomes("What people.yaml is to call you.")
    lin.fill(name="Lin L", login="lin", id="4711", team="checkout")
    assert "'Lin L' cannot name a user" in str(lin.submit().payload["errors"])
    lin.fill(name="lin")
    lin.submit()
    assert "slack: U0LIN" in lin.becomes("Sending this").text
    lin.submit()
    (request,) = either.desk.taken.values()
    assert (request.action, request.target) == ("join", "lin")
    assert request.answers == {"login": "lin", "id": 4711, "team": "checkout"}


def test_a_command_that_says_everything_is_taken_without_a_form(either: Scene) -> None:
    told = either.ada.command("change prod/orders storage.allocated_gib=200 because it fills up")
    assert "is on its way" in told.payload["text"]
    again = either.ada.command("change prod/orders storage.allocated_gib=200 because it fills up")
    assert "is on its way already" in again.payload["text"]
    (request,) = either.desk.taken.values()
    assert (request.answers, request.reason) == ({"storage.allocated_gib": 200}, "it fills up")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status prod/orders", "asked by U0ADA"),
        ("status", "mine"),
        ("list dev", "dev/orders"),
        ("why prod/orders", "why prod/orders"),
        ("cost prod", "cost prod"),
        ("list nowhere", "there is no environment 'nowhere'"),
    ],
)
def test_answers_are_for_the_asker_alone(text: str, said: str, by_socket: Scene) -> None:
    assert by_socket.ada.command(text).acknowledged
    told = by_socket.told()
    assert said in told.text
    assert told.to == "U0ADA"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stauts prod/orders", "did you mean `status`?"),
        ("request myslq dev/x", "did you mean 'mysql'?"),
        ("change orders", "'orders' is no database; write `/database change ENV/NAME`"),
        ("why", "is not how it is written; write `/database why ENV/NAME`"),
        ("help", "/database join"),
        ("<!channel> *x* `y` \u202e", "there is no `/database &lt;!channel&gt;`"),
        ("x" * 3001, "too long"),
    ],
)
def test_what_is_typed_wrong_is_answered_at_once(text: str, said: str, by_socket: Scene) -> None:
    told = by_socket.ada.command(text)
    assert told.acknowledged
    assert said in by_socket.slack.replies[-1].text
    assert by_socket.slack.calls == []


def test_a_form_for_a_database_that_is_not_there_says_so(either: Scene) -> None:
    either.ada.command("change prod/ordres")
    assert "did you mean 'prod/orders'?" in either.ada.becomes("there is no database").text


def test_a_button_is_pressed_by_those_who_may_and_others_are_told_why_not(either: Scene) -> None:
    posted = either.chat.post(
        "#checkout", "k", Card("x", "x", buttons=(Button("retry", "abc", "Try again"),))
    )
    (message,) = either.slack.in_channel(posted.channel)
    assert either.ada.press(message, "Try again").acknowledged
    assert either.desk.pressed == [("retry", "abc", "U0ADA")]
    assert either.grace.press(message, "Try again").acknowledged
    assert "nobody granted you retry; ask the team platform" in either.told().text
    assert either.told().to == "U0GRACE"
    assert len(either.desk.pressed) == 1


def test_a_button_of_a_request_that_ended_says_so(either: Scene) -> None:
    either.chat.post("#checkout", "k", Card("x", "x", buttons=(Button("retry", "ended", "Try again"),)))
    either.ada.press(either.slack.messages[0], "Try again")
    assert "That request has ended" in either.told().text
