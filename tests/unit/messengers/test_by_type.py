from qlines.errors import WebhookError
from qlines.messengers import by_type
from qlines.messengers.result import retry
from qlines.store.channel_rules import TYPES


def test_every_type_of_channel_has_a_sender():
    assert set(by_type.MODULES) == set(TYPES)


def test_who_does_not_answer_is_asked_again(means, message, monkeypatch):
    def no_answer(*_):
        raise WebhookError("it did not answer within 20 seconds")

    monkeypatch.setattr(type(means.http), "request", no_answer)

    result = by_type.send("ntfy", {"server": "https://n.example", "topic": "t"}, message, means)

    assert result == retry("it did not answer within 20 seconds")
