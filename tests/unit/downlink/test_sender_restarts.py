"""After a restart, of the program or of the broker, what was sent is found again."""

from qlines.downlink import sender
from qlines.downlink.wire import OrderKind, Result, Results


def test_after_a_restart_what_was_sent_is_watched_where_the_client_is_there(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.restart()
    room.greet(room.listening())

    (watching,) = room.orders
    assert watching.kind == OrderKind.WATCH
    room.says(watching, Result.WRITTEN, Result.DELIVERED)
    assert room.state(number) == "delivered"


def test_after_a_restart_only_so_much_is_watched_at_once_and_nothing_overtakes_the_rest(
    room, monkeypatch
):
    room.greet(room.listening())
    for number in range(5):
        room.command(str(number))
    room.sender.run_once()
    monkeypatch.setattr(sender, "MAX_UNANSWERED", 2)

    room.restart()
    room.command("new")
    room.greet(room.listening())
    for count in (2, 4):
        assert [order.kind for order in room.orders] == [OrderKind.WATCH] * count
        room.hears(Results([(order.tag, Result.WRITTEN) for order in room.orders]))

    assert [order.kind for order in room.orders] == [OrderKind.WATCH] * 5 + [OrderKind.SEND]
    assert room.methods()[5:] == ["new"]


def test_after_a_restart_what_the_broker_no_longer_has_is_sent_again(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.restart()
    room.greet(room.listening())
    room.says(room.orders[0], Result.UNKNOWN)

    assert room.orders[-1].kind == OrderKind.SEND
    assert room.stored(number)["attempts"] == 2


def test_after_a_restart_what_was_sent_to_a_client_that_has_gone_is_queued_again(room):
    room.greet(room.listening())
    number = room.command()
    room.sender.run_once()

    room.restart()
    room.greet()

    assert room.state(number) == "queued"
