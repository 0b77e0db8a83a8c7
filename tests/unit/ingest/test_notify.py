from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest import notify as module
from qlines.ingest.notify import Notifier, notification


class Marks:
    """Stands for store.unregistered: remembers whom the admin was told of."""

    def __init__(self, monkeypatch):
        self.marked = []
        monkeypatch.setattr(module.unregistered, "mark_notified", self._mark)

    def _mark(self, _db, ids, _now):
        self.marked.extend(ids)


def record(name):
    return {"_id": f"mqtt/{name}", "name": name, "source": "mqtt", "count": 3}


def test_it_tells_of_several_devices_at_once(monkeypatch):
    marks, mails = Marks(monkeypatch), []
    notifier = Notifier(lambda *mail: mails.append(mail), FakeClock(), 10.0)

    notifier.hear([record("a"), record("b")])
    notifier.tell(None)

    assert [subject for subject, _ in mails] == ["2 devices that are not registered"]
    assert marks.marked == ["mqtt/a", "mqtt/b"]


def test_it_waits_between_two_notifications(monkeypatch):
    Marks(monkeypatch)
    mails, clock = [], FakeClock()
    notifier = Notifier(lambda *mail: mails.append(mail), clock, 10.0)

    for name in "abc":
        notifier.hear([record(name)])
        notifier.tell(None)
    assert len(mails) == 1

    clock.advance(10)
    notifier.tell(None)
    assert [subject for subject, _ in mails] == [
        "A device that is not registered: a", "2 devices that are not registered",
    ]  # fmt: skip


def test_it_marks_nobody_when_redis_is_away(monkeypatch):
    marks = Marks(monkeypatch)

    def fail(_subject, _text):
        raise StoreUnavailableError("redis", OSError("refused"))

    notifier = Notifier(fail, FakeClock(), 10.0)
    notifier.hear([record("a")])
    notifier.tell(None)

    assert marks.marked == []


def test_it_names_twenty_and_counts_the_rest():
    _, text = notification([record(f"d{number}") for number in range(25)])

    assert "- d19 (by mqtt, 3 times)\nand 5 more\n" in text
    assert "d20" not in text
