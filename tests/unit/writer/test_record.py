import pytest

from qlines.reading import Reading
from qlines.writer.record import DamagedRecordError, readings_in

HEADERS = [("version", b"1"), ("count", b"1")]


def test_it_reads_a_record():
    value = b'[{"device": "d", "owner": "o", "ts": 5, "values": {"a": 1}}]'

    assert readings_in(value, HEADERS) == [Reading("d", "o", 5, {"a": 1})]


@pytest.mark.parametrize(
    "value", [None, b"", b"nonsense", b"5", b"[5]", b"{}x", b'[{"device": "d"}]', b"\xff"]
)
def test_it_refuses_what_is_no_array_of_readings(value):
    with pytest.raises(DamagedRecordError):
        readings_in(value, HEADERS)


@pytest.mark.parametrize("headers", [[], [("version", b"2")]])
def test_it_refuses_a_version_that_it_does_not_know(headers):
    with pytest.raises(DamagedRecordError, match="version"):
        readings_in(b"[]", headers)
