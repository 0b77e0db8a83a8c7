"""QoS 2: the same message id, content and session within ten minutes is the same message."""

import ctypes

import pytest

MINUTE_US = 60_000_000
SESSION, OTHER_SESSION = 7, 8


class Message(ctypes.Structure):
    """struct qos2_message of qos2_dedup.h."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("key", "content", "at_us"))


@pytest.fixture
def dedup(plugin):
    plugin.qos2_message_of.restype = Message
    plugin.qos2_dedup_has.restype = ctypes.c_bool
    table = (Message * 8192)()

    def message(session=SESSION, message_id=1, topic=b"t", payload=b"p", at_us=MINUTE_US):
        return plugin.qos2_message_of(
            ctypes.c_uint64(session), ctypes.c_uint16(message_id), topic, payload,
            ctypes.c_size_t(len(payload)), ctypes.c_uint64(at_us),
        )  # fmt: skip

    class Dedup:
        def add(self, **parts: object) -> None:
            plugin.qos2_dedup_add(table, ctypes.byref(message(**parts)))

        def has(self, **parts: object) -> bool:
            return plugin.qos2_dedup_has(table, ctypes.byref(message(**parts)))

    return Dedup()


def test_a_new_message_is_not_a_duplicate(dedup):
    assert not dedup.has()


def test_the_same_message_is_a_duplicate_for_ten_minutes(dedup):
    dedup.add()

    assert dedup.has()
    assert dedup.has(at_us=11 * MINUTE_US - 1)
    assert not dedup.has(at_us=11 * MINUTE_US)


@pytest.mark.parametrize(
    "difference",
    [
        {"session": OTHER_SESSION}, {"message_id": 2}, {"topic": b"u"}, {"payload": b"q"},
        {"payload": b""},
    ],
    ids=["session", "message id", "topic", "payload", "empty payload"],
)  # fmt: skip
def test_a_message_that_differs_is_not_a_duplicate(dedup, difference):
    dedup.add()

    assert not dedup.has(**difference)


def test_an_empty_payload_can_be_a_duplicate(dedup):
    dedup.add(payload=b"")

    assert dedup.has(payload=b"")
