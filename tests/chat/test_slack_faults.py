"""What goes wrong with Slack, and leaves one message, one request, and the truth."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from bot.chat.card import Card
from bot.chat.chat import ChatError, GoneError, Posted
from bot.chat.slack.client import SlackChat, connect
from compiler.diagnostics import UserError
from tests.chat.conftest import Scene
from tests.chat.slack_person import ByHttp, BySocket
from tests.chat.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.chat.slack_things import Fault

CARD = Card("asked for", "prod/orders", (("asked for",),))
COMPLETE = "change prod/orders storage.allocated_gib=200"


def filled(made: Scene) -> None:
    """A form that only waits to be sent."""
    made.ada.command("request mysql dev/returns")
    made.ada.becomes("instance_class")
    made.ada.fill(project="ecommerce", owner="checkout", database_name="returns")


# What Slack delivers.


def test_a_command_that_slack_delivers_twice_is_one_request(by_socket: Scene) -> None:
    first = by_socket.ada.command(COMPLETE)
    assert isinstance(by_socket.way, BySocket)
    assert by_socket.way.again(first).acknowledged
    assert by_socket.desk.submitted == 2
    assert len(by_socket.desk.taken) == 1


def test_a_command_that_slack_delivers_twice_opens_one_form_and_says_nothing_more(by_socket: Scene) -> None:
    first = by_socket.ada.command("request mysql dev/returns")
    assert isinstance(by_socket.way, BySocket)
    by_socket.way.again(first)
    by_socket.until(lambda: by_socket.slack.count("views.open") == 2)
    assert len(by_socket.slack.stacks["U0ADA"]) == 1
    time.sleep(0.2)
    assert by_socket.slack.replies == []


def test_a_form_that_is_sent_twice_is_one_request(either: Scene) -> None:
    filled(either)
    either.ada.submit()
    view = either.ada.becomes("Sending this")
    assert either.ada.resubmit(view).acknowledged
    assert either.ada.resubmit(view).acknowledged
    assert either.desk.submitted == 2
    assert len(either.desk.taken) == 1


def test_two_people_ask_at_once_and_each_has_a_request_of_their_own(either: Scene) -> None:
    for person in (either.ada, either.grace):
        person.command("request mysql dev/returns")
        person.becomes("instance_class")
        person.fill(project="ecommerce", owner="checkout", database_name="returns")
        person.submit()
        person.becomes("Sending this")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda person: person.submit(), (either.ada, either.grace)))
    assert sorted(each.by for each in either.desk.taken.values()) == ["U0ADA", "U0GRACE"]


def test_a_trigger_that_expired_is_told_with_the_way_out(by_socket: Scene) -> None:
    slack = by_socket.slack
    late = slack.clock
    slack.clock = lambda: late() + (3600 if slack.count("views.open") else 0)
    try:
        by_socket.ada.command("request mysql dev/returns")
        assert "Type the command again" in by_socket.told().text
    finally:
        slack.clock = late
    assert slack.top("U0ADA") is None


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED, Fault.ERROR, Fault.ERROR_LATE])
def test_a_form_opens_once_though_slack_fails_meanwhile(fault: Fault, by_socket: Scene) -> None:
    slack = by_socket.slack
    slack.faults_on = frozenset({"views.open"})
    slack.faults.append(fault)
    try:
        by_socket.ada.command("request mysql dev/returns")
        by_socket.ada.becomes("instance_class")
        by_socket.until(lambda: slack.count("views.open") == 2)
        assert len(slack.views) == 1
        assert slack.replies == []
    finally:
        slack.faults_on = frozenset({"chat.postMessage", "chat.update"})


def test_whatever_is_typed_into_a_form_stays_words(either: Scene) -> None:
    filled(either)
    nasty = "<!channel> *bold* `code` ``` @here &amp; 👩‍💻 " + "x" * 900
    either.ada.fill(reason=nasty, description=f"{nasty[:900]}\u202e\x07")
    assert "characters that nobody can see" in either.ada.submit().payload["errors"]["description"]
    either.ada.fill(description=nasty[:900])
    either.ada.submit()
    shown = either.ada.becomes("Sending this")
    assert "&lt;!channel&gt; *bold*" in shown.text
    either.ada.submit()
    (request,) = either.desk.taken.values()
    assert request.reason.startswith("<!channel> *bold* `code`")


def test_a_form_that_the_compiler_needs_long_for_waits_in_a_modal(hasty: Scene) -> None:
    either = hasty
    either.desk.slow = 0.4
    assert either.ada.command("request mysql dev/returns").acknowledged
    either.ada.becomes("One moment")
    either.ada.becomes("instance_class")
    either.ada.fill(project="ecommerce", owner="checkout", database_name="returns")
    sent = either.ada.submit()
    assert sent.acknowledged
    either.ada.becomes("Sending this")
    either.desk.slow = 0
    either.ada.submit()
    assert len(either.desk.taken) == 1


def test_problems_that_are_found_late_are_shown_in_front_of_the_form(hasty: Scene) -> None:
    filled(hasty)
    hasty.ada.fill(database_name="select")
    hasty.desk.slow = 0.4
    hasty.ada.submit()
    assert "database_name: 'select' is a word" in hasty.ada.becomes("Go back and correct").text
    hasty.desk.slow = 0
    hasty.ada.back()
    hasty.ada.fill(database_name="returns")
    hasty.ada.submit()
    assert hasty.ada.becomes("Sending this")


def test_what_cannot_be_written_down_is_not_acknowledged_as_taken(either: Scene) -> None:
    filled(either)
    either.ada.submit()
    either.ada.becomes("Sending this")
    either.desk.broken = OSError("database or disk is full")
    assert "nothing was asked for" in either.ada.command(COMPLETE).payload["text"]
    either.ada.submit()
    assert "nothing was asked for" in either.ada.becomes("could not be written down").text
    either.desk.broken = None
    either.ada.back()
    either.ada.submit()
    assert len(either.desk.taken) == 1


def test_a_modal_that_was_closed_meanwhile_is_no_failure(hasty: Scene) -> None:
    filled(hasty)
    hasty.desk.slow = 0.4
    hasty.ada.submit()
    hasty.slack.stacks["U0ADA"].clear()
    hasty.until(lambda: hasty.slack.count("views.update"))
    assert hasty.desk.taken == {}


# How it is delivered.


def test_a_request_with_a_wrong_old_or_no_signature_is_refused(by_http: Scene) -> None:
    assert isinstance(by_http.way, ByHttp)
    url = by_http.way.url
    for way in (ByHttp(url, secret="0" * 32), ByHttp(url, skew=-600), ByHttp(url, skew=600)):
        person = by_http.ada
        person.way = way
        assert person.command(COMPLETE).status == 401
    assert by_http.way.post("text=x", {"Content-Type": "application/x-www-form-urlencoded"}).status == 401
    assert by_http.desk.taken == {}


def test_a_signed_request_that_is_replayed_is_the_same_request(by_http: Scene) -> None:
    way = by_http.way
    assert isinstance(way, ByHttp)
    sent: list[tuple[str, dict[str, str]]] = []
    post = way.post
    way.post = lambda body, headers: (sent.append((body, headers)), post(body, headers))[1]  # type: ignore[method-assign]
    try:
        by_http.ada.command(COMPLETE)
        assert post(*sent[0]).status == 200
    finally:
        way.post = post  # type: ignore[method-assign]
    assert len(by_http.desk.taken) == 1


def test_a_body_that_is_no_text_or_too_long_is_refused(by_http: Scene) -> None:
    assert isinstance(by_http.way, ByHttp)
    url = by_http.way.url
    assert httpx.post(url, content=b"\xff\xfe", trust_env=False).status_code == 400
    assert httpx.post(url, content=b"x" * 1_000_001, trust_env=False).status_code == 413
    assert httpx.get(url, trust_env=False).status_code == 405


def test_a_connection_that_slack_ends_is_replaced_and_nothing_is_lost(hasty: Scene) -> None:
    for round in range(3):
        hasty.slack.sockets.disconnect()
        assert hasty.ada.command(f"change prod/orders storage.allocated_gib={200 + round}").acknowledged
    assert len(hasty.desk.taken) == 3
    hasty.slack.sockets.cut()
    hasty.slack.sockets.wait(seconds=20)
    assert hasty.ada.command(COMPLETE).acknowledged


def test_an_app_token_that_slack_refuses_is_told_with_the_way_out() -> None:
    with SlackServer(tokens={BOT_TOKEN: frozenset()}) as slack:
        from slack_bolt import App

        from bot.chat.slack.socket import Socket

        app = App(client=connect("", slack.api), authorize=lambda **_: None, signing_secret="x")
        socket = Socket(app, APP_TOKEN)
        try:
            with pytest.raises(UserError, match="set one that begins with xapp-"):
                socket.connect()
        finally:
            socket.close()


# What is posted.


@pytest.fixture
def chat(slack: SlackServer) -> SlackChat:
    return SlackChat.of(BOT_TOKEN, slack.api)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.ERROR_LATE])
def test_a_message_whose_answer_got_lost_is_found_again_and_not_posted_twice(
    fault: Fault, slack: SlackServer, chat: SlackChat
) -> None:
    slack.faults.append(fault)
    with pytest.raises(ChatError) as lost:
        chat.post("#checkout", "key-1", CARD)
    assert lost.value.again
    found = chat.find("#checkout", "key-1")
    assert found == Posted("C0CHECKOUT", slack.messages[0].ts)
    assert len(slack.messages) == 1


@pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.ERROR])
def test_a_message_that_was_not_posted_is_not_found(
    fault: Fault, slack: SlackServer, chat: SlackChat
) -> None:
    slack.faults.append(fault)
    with pytest.raises(ChatError):
        chat.post("#checkout", "key-1", CARD)
    assert chat.find("#checkout", "key-1") is None
    chat.post("#checkout", "key-1", CARD)
    assert len(slack.messages) == 1


def test_a_message_is_found_by_its_key_behind_many_others_and_in_its_thread(
    slack: SlackServer, chat: SlackChat
) -> None:
    slack.burst = 10_000
    root = chat.post("#checkout", "root", CARD)
    reply = chat.reply(root, "reply", CARD)
    for number in range(250):
        chat.post("#checkout", f"other-{number}", CARD)
    assert chat.find("#checkout", "root") == root
    assert chat.find("#checkout", "reply") is None
    assert chat.find("#checkout", "reply", root) == reply
    assert chat.find("#checkout", "roo") is None


def test_a_key_in_the_message_of_another_app_counts_for_nothing(slack: SlackServer, chat: SlackChat) -> None:
    posted = chat.post("#checkout", "key-1", CARD)
    slack.messages[0].body["from"] = "U0GRACE"
    assert chat.find("#checkout", "key-1") is None
    for mine in ("U0BOT", "B0"):
        slack.messages[0].body["from"] = mine
        assert chat.find("#checkout", "key-1") == posted


def test_a_short_limit_is_waited_for_and_a_long_one_is_told(slack: SlackServer, chat: SlackChat) -> None:
    slack.retry_after = 0
    slack.faults.append(Fault.LIMITED)
    chat.post("#checkout", "a", CARD)
    assert len(slack.messages) == 1
    slack.retry_after = 60
    slack.faults.append(Fault.LIMITED)
    with pytest.raises(ChatError) as limited:
        chat.post("#checkout", "b", CARD)
    assert limited.value.again
    assert limited.value.after is not None
    assert timedelta(seconds=50) < limited.value.after - datetime.now(UTC) <= timedelta(seconds=60)
    assert len(slack.messages) == 1


def test_an_update_is_sent_again_whatever_became_of_the_first(slack: SlackServer, chat: SlackChat) -> None:
    posted = chat.post("#checkout", "a", CARD)
    slack.faults.extend([Fault.LOST])
    chat.update(posted, Card("merged", "prod/orders"))
    assert [each.body["text"] for each in slack.in_channel("C0CHECKOUT")] == ["merged"]
    assert chat.find("#checkout", "a") == posted


def test_a_message_that_somebody_deleted_is_gone(slack: SlackServer, chat: SlackChat) -> None:
    posted = chat.post("#checkout", "a", CARD)
    slack.messages[0].deleted = True
    with pytest.raises(GoneError):
        chat.update(posted, CARD)


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("#secrets", "not_in_channel; invite the bot"),
        ("#nowhere", "Slack has no channel #nowhere: correct the channel"),
    ],
)
def test_a_channel_that_cannot_be_written_to_is_told_with_the_way_out(
    channel: str, said: str, slack: SlackServer, chat: SlackChat
) -> None:
    with pytest.raises(ChatError, match=said) as refused:
        chat.post(channel, "a", CARD)
    assert not refused.value.again


def test_a_scope_that_is_missing_is_named(slack: SlackServer, chat: SlackChat) -> None:
    slack.tokens[BOT_TOKEN] = frozenset({"channels:read"})
    with pytest.raises(ChatError, match=r"missing_scope \(chat:write\); install the App again"):
        chat.post("#checkout", "a", CARD)


def test_a_message_to_somebody_is_found_in_the_conversation_with_them(
    slack: SlackServer, chat: SlackChat
) -> None:
    posted = chat.post("U0ADA", "a", CARD)
    assert posted.channel == "DU0ADA"
    assert SlackChat.of(BOT_TOKEN, slack.api).find("U0ADA", "a") == posted


def test_slack_that_is_away_is_told_as_such() -> None:
    chat = SlackChat.of(BOT_TOKEN, "http://127.0.0.1:9/api/")
    with pytest.raises(ChatError, match="Slack cannot be reached") as away:
        chat.post("#checkout", "a", CARD)
    assert away.value.again


def test_two_hundred_commands_at_once_are_all_acknowledged_and_recorded(by_socket: Scene) -> None:
    people = [by_socket.ada] * 200
    with ThreadPoolExecutor(200) as pool:
        took = list(
            pool.map(
                lambda numbered: numbered[1].command(
                    f"change prod/orders storage.allocated_gib={200 + numbered[0]}"
                ),
                enumerate(people),
            )
        )
    assert all(each.acknowledged for each in took)
    assert len(by_socket.desk.taken) == 200
