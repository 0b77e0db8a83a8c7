from datetime import timedelta

import pytest

from qlines.downlink import sender
from qlines.downlink.sender import (
    ELSEWHERE_AFTER,
    IDLE_SECONDS,
    NOT_TAKEN_SECONDS,
    SWEEP_EVERY_SECONDS,
    TOO_LARGE,
)
from qlines.downlink.wire import (
    MAX_ON_THE_WAY,
    Ended,
    Hello,
    OrderKind,
    Result,
    Results,
    Session,
    Synced,
)
from qlines.errors import StoreUnavailableError
from qlines.store import command_delivery, commands
from qlines.store.command_delivery import Answer


def test_a_command_goes_to_a_device_that_listens(room):
    room.greet(room.listening())

    number = room.command("open")
    room.sender.run_once()

    (order,) = room.orders
    assert (order.client_id, order.topic) == (room.client, f"v1/devices/me/rpc/request/{number}")
    assert order.payload == b'{"method":"open","params":null}'
    assert (order.qos, order.expiry_seconds) == (1, 3600)
    assert room.state(number) == "sent"
    assert room.stored(number)["clients"] == [room.client]


def test_what_was_acknowledged_is_delivered(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.says(room.orders[0], Result.WRITTEN)
    assert room.state(number) == "sent"
    room.says(room.orders[0], Result.DELIVERED)

    assert room.state(number) == "delivered"
    assert room.counters["commands_delivered"] == 1


def test_one_that_nobody_answers_has_ended_when_it_is_delivered(room):
    room.greet(room.listening())
    number = room.command(two_way=False)
    room.sender.run_once()

    room.says(room.orders[0], Result.DELIVERED)

    assert "open" not in room.stored(number)


def test_an_answer_before_the_acknowledgement_stays(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    answer = Answer(room.device, number, "{}", room.clock.now_us())
    command_delivery.answer(room.db, [answer])
    room.says(room.orders[0], Result.DELIVERED)

    assert room.state(number) == "answered"


def test_waiting_commands_leave_in_order_when_the_device_subscribes(room):
    room.greet(Session(room.client, {}))
    numbers = [room.command(method) for method in ("one", "two", "three")]
    room.sender.run_once()
    assert room.orders == []

    room.hears(room.listening())

    assert room.methods() == ["one", "two", "three"]
    assert {room.state(number) for number in numbers} == {"sent"}


def test_what_waited_before_the_sender_started_leaves_at_the_hello(room):
    room.command(announced=False)

    room.greet(room.listening())

    assert len(room.orders) == 1


def test_a_session_that_ended_without_an_acknowledgement_gets_it_again_with_the_same_number(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.hears(
        Ended(room.client, is_kept=False),
        Results([(room.orders[0].tag, Result.ENDED)]),
    )
    assert room.state(number) == "queued"
    room.hears(room.listening())

    first, second = room.orders
    assert first.topic == second.topic
    assert room.stored(number)["attempts"] == 2


def test_a_device_that_never_acknowledges_is_asked_ever_slower_until_the_command_fails(room):
    room.greet(room.listening())
    number = room.command(retries=3)
    room.sender.run_once()
    pauses = []

    while room.state(number) in ("sent", "queued"):
        room.says(room.orders[-1], Result.ENDED)
        asked, started = len(room.orders), room.clock.monotonic()
        while len(room.orders) == asked and room.state(number) == "queued":
            room.clock.advance(0.5)
            room.sender.run_once()
        pauses.append(room.clock.monotonic() - started)

    assert pauses == [0, 1, 2, 0]
    assert room.state(number) == "failed"
    assert room.stored(number)["error"].startswith("the device did not acknowledge it")
    assert len(room.orders) == 4


def test_what_the_broker_would_not_take_waits_for_room_and_costs_no_retry(room):
    room.greet(room.listening())
    first, second = room.command(retries=0), room.command(retries=0)
    room.sender.run_once()

    room.says(room.orders[1], Result.BUSY)
    assert room.state(second) == "queued"
    room.sender.run_once()
    assert len(room.orders) == 2, "it is not asked again and again"
    room.says(room.orders[0], Result.DELIVERED)

    assert (room.state(first), room.state(second)) == ("delivered", "sent")


def test_without_any_acknowledgement_it_is_tried_again_after_a_while(room):
    room.greet(room.listening())
    room.command()
    room.sender.run_once()
    room.says(room.orders[0], Result.BUSY)

    room.clock.advance(NOT_TAKEN_SECONDS)
    room.sender.run_once()

    assert len(room.orders) == 2


def test_a_command_of_a_web_app_whose_clock_is_ahead_leaves_at_once(room):
    room.greet(room.listening())
    room.clock.advance(0.05)
    room.command(announced=False)
    room.clock.advance(-0.05)

    room.sender.announce([room.device], missed=False)
    room.sender.run_once()

    assert len(room.orders) == 1


def test_what_the_device_cannot_take_fails_with_the_reason(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.says(room.orders[0], Result.TOO_LARGE)

    assert (room.state(number), room.stored(number)["error"]) == ("failed", TOO_LARGE)


def test_a_kept_session_is_watched_when_it_resumes(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.hears(
        Ended(room.client, is_kept=True),
        Results([(room.orders[0].tag, Result.KEPT)]),
    )
    assert room.state(number) == "sent"
    room.hears(room.listening())

    sent, watching = room.orders
    assert (watching.kind, watching.topic) == (OrderKind.WATCH, sent.topic)
    assert watching.payload == sent.payload
    room.says(watching, Result.WRITTEN, Result.DELIVERED)
    assert room.state(number) == "delivered"


def test_a_kept_session_that_unsubscribed_gets_it_when_it_subscribes_again(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()
    room.hears(Session(room.client, {}))
    assert room.state(number) == "sent"

    room.hears(Ended(room.client, is_kept=True), Results([(room.orders[0].tag, Result.KEPT)]))
    assert room.state(number) == "queued"
    room.hears(room.listening())

    assert room.stored(number)["attempts"] == 2


def test_a_device_that_comes_with_another_client_does_not_wait_for_its_kept_session(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()
    room.hears(Ended(room.client, is_kept=True), Results([(room.orders[0].tag, Result.KEPT)]))

    room.hears(room.listening(f"{room.device}/another"))

    assert room.orders[-1].client_id == f"{room.device}/another"
    assert room.stored(number)["attempts"] == 2


def test_only_so_many_are_on_the_way_to_a_device_and_the_next_follows_an_acknowledgement(room):
    room.greet(room.listening())
    for number in range(MAX_ON_THE_WAY + 2):
        room.command(str(number))
    room.sender.run_once()
    assert len(room.orders) == MAX_ON_THE_WAY

    room.says(room.orders[0], Result.DELIVERED)

    assert room.methods()[MAX_ON_THE_WAY:] == [str(MAX_ON_THE_WAY)]


def test_no_more_orders_are_given_until_the_broker_has_answered(room, monkeypatch):
    monkeypatch.setattr(sender, "MAX_UNANSWERED", 2)
    room.greet(room.listening())
    for number in range(2):
        room.command(str(number))
    room.sender.run_once()
    room.command("waits")

    room.sender.run_once()
    assert room.methods() == ["0", "1"]
    assert room.sender.wait_seconds == IDLE_SECONDS
    room.says(room.orders[0], Result.WRITTEN)

    assert room.methods() == ["0", "1", "waits"]


def test_one_after_another_the_next_leaves_when_the_one_before_has_ended(room):
    room.greet(room.listening())
    first = room.command("one", in_order=True)
    room.command("two", in_order=True)
    room.sender.run_once()
    room.says(room.orders[0], Result.DELIVERED)
    assert room.methods() == ["one"]

    command_delivery.answer(room.db, [Answer(room.device, first, "{}", room.clock.now_us())])
    room.sender.announce([room.device], missed=False)  # the change stream says an end
    room.sender.run_once()

    assert room.methods() == ["one", "two"]


def test_a_cancelled_command_is_not_sent(room):
    room.greet(room.listening())
    number = room.command()
    commands.cancel(room.db, room.device, number, "alice@example.com", room.now)

    room.sender.run_once()

    assert room.orders == []


def test_a_command_expires_whether_its_device_listens_or_not(room):
    number = room.command(expires_in=timedelta(seconds=5))

    room.clock.advance(6)
    room.sender.run_once()

    assert room.state(number) == "expired"
    assert room.counters["commands_expired"] == 1


def test_what_another_broker_sent_before_it_lost_the_device_is_sent_here(room):
    elsewhere, says = room.new_sender("b")
    for event in (Hello(1, ""), room.listening(), Synced()):
        says(event)
    number = room.command()
    elsewhere.run_once()
    assert (room.stored(number)["broker"], len(room.orders)) == ("b", 1)

    room.greet(room.listening())
    assert len(room.orders) == 1  # it may still be acknowledged there
    room.clock.advance(ELSEWHERE_AFTER.total_seconds() + 1)
    room.sender.run_once()
    room.sender.run_once()

    assert (room.stored(number)["broker"], len(room.orders)) == ("a", 2)


def test_a_missed_announcement_is_made_up_for(room):
    room.greet(room.listening())
    room.command(announced=False)
    room.sender.run_once()
    assert room.orders == []

    room.clock.advance(SWEEP_EVERY_SECONDS)
    room.sender.run_once()

    assert len(room.orders) == 1


def test_when_announcements_were_missed_all_devices_are_looked_at(room):
    room.greet(room.listening())
    room.command(announced=False)

    room.sender.announce([], missed=True)
    room.sender.run_once()

    assert len(room.orders) == 1


def test_without_the_broker_nothing_is_marked_as_sent(room):
    room.greet(room.listening())
    room.sender.lose_broker()

    number = room.command()
    room.sender.run_once()

    assert room.state(number) == "queued"


@pytest.mark.parametrize("call", ["ready", "mark_sent", "mark_delivered"])
def test_an_outage_of_mongodb_loses_nothing(room, monkeypatch, call):
    room.greet(room.listening())
    number = room.command()
    if call == "mark_delivered":
        room.sender.run_once()
        room.on_event(Results([(room.orders[0].tag, Result.DELIVERED)]))

    def away(*_):
        raise StoreUnavailableError("mongodb", LookupError("away"))

    with monkeypatch.context() as patched:
        patched.setattr(command_delivery, call, away)
        with pytest.raises(StoreUnavailableError):
            room.sender.run_once()
    room.sender.run_once()

    assert len(room.orders) == 1
    assert room.state(number) == ("delivered" if call == "mark_delivered" else "sent")


def test_a_mark_whose_answer_was_lost_leaves_no_command_behind(room, monkeypatch):
    room.greet(room.listening())
    number = room.command()
    mark_sent = command_delivery.mark_sent

    def written_but_unknown(*arguments):
        mark_sent(*arguments)
        raise StoreUnavailableError("mongodb", LookupError("the connection broke"))

    with monkeypatch.context() as patched:
        patched.setattr(command_delivery, "mark_sent", written_but_unknown)
        with pytest.raises(StoreUnavailableError):
            room.sender.run_once()
    assert (room.state(number), room.orders) == ("sent", [])
    room.sender.run_once()
    room.says(room.orders[0], Result.UNKNOWN)

    assert [order.kind for order in room.orders] == [OrderKind.WATCH, OrderKind.SEND]
