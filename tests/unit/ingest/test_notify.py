import logging

import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest import notify as module
from qlines.ingest.notify import Notifier, notification
from qlines.store.unregistered import TOKEN_SOURCES


class Marks:
    """Replaces store.unregistered: records which devices were claimed, and not released."""

    def __init__(self, monkeypatch, *, of_twin=()):
        self.marked, self._of_twin = [], set(of_twin)
        monkeypatch.setattr(module.unregistered, "claim", self._claim)
        monkeypatch.setattr(module.unregistered, "release", self._release)

    def _claim(self, _db, ids, _now):
        self.marked.extend(ids)
        return set(ids) - self._of_twin

    def _release(self, _db, ids):
        self.marked = [name for name in self.marked if name not in ids]


def record(name, source="gateway 1"):
    return {"_id": f"{source}/{name}", "name": name, "source": source, "count": 3}


def test_it_sends_one_notification_about_several_devices(monkeypatch):
    marks, mails = Marks(monkeypatch), []
    notifier = Notifier(lambda *mail: mails.append(mail), FakeClock(), 10.0)

    notifier.add([record("a"), record("b")])
    notifier.send_due(None)

    assert [subject for subject, _ in mails] == ["2 unregistered devices"]
    assert marks.marked == ["gateway 1/a", "gateway 1/b"]


def test_it_pauses_between_two_notifications(monkeypatch):
    Marks(monkeypatch)
    mails, clock = [], FakeClock()
    notifier = Notifier(lambda *mail: mails.append(mail), clock, 10.0)

    for name in "abc":
        notifier.add([record(name)])
        notifier.send_due(None)
    assert len(mails) == 1

    clock.advance(10)
    notifier.send_due(None)
    assert [subject for subject, _ in mails] == [
        "Unregistered device: a", "2 unregistered devices",
    ]  # fmt: skip


def test_it_marks_no_device_when_redis_is_away(monkeypatch):
    marks = Marks(monkeypatch)

    def fail(_subject, _text):
        raise StoreUnavailableError("redis", OSError("refused"))

    notifier = Notifier(fail, FakeClock(), 10.0)
    notifier.add([record("a")])
    notifier.send_due(None)

    assert marks.marked == []


def test_it_leaves_a_device_to_the_twin_that_has_claimed_it(monkeypatch):
    Marks(monkeypatch, of_twin=["gateway 1/a", "gateway 1/c"])
    mails = []
    notifier = Notifier(lambda *mail: mails.append(mail), FakeClock(), 10.0)

    notifier.add([record("a"), record("b")])
    notifier.send_due(None)
    notifier.add([record("c")])
    notifier.send_due(None)

    assert [subject for subject, _ in mails] == ["Unregistered device: b"]


def test_it_names_twenty_and_counts_the_rest():
    _, text = notification([record(f"d{number}") for number in range(25)])

    assert "- d19 (by gateway 1, 3 times)\nand 5 more\n" in text
    assert "d20" not in text


@pytest.mark.parametrize("source", TOKEN_SOURCES)
def test_no_message_and_no_log_line_reveals_an_unknown_token(monkeypatch, caplog, source):
    Marks(monkeypatch)
    sent = []
    notifier = Notifier(lambda *mail: sent.append(mail), FakeClock(), 10.0)

    with caplog.at_level(logging.DEBUG):
        notifier.add([record("A1b2C3d4E5f6G7h8I9j0", source)])
        notifier.send_due(None)

    ((subject, text),) = sent
    assert subject == "Unregistered device: token A1b2… (20 characters)"
    assert "token A1b2… (20 characters)" in caplog.text
    assert "A1b2C" not in subject + text + caplog.text
