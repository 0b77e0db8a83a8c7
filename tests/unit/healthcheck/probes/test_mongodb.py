import bson
import pytest

from healthcheck.probes.connection import ProbeError
from healthcheck.probes.mongodb import judge

A, B = "127.0.1.1:27017", "127.0.1.2:27017"


def reply(**elements):
    """Return the reply to hello without its size: header, flags, section kind, document."""
    return bytes(17) + bson.encode({"ok": 1.0, **elements})


def test_a_primary_is_well():
    assert judge(reply(isWritablePrimary=True, secondary=False, hosts=[A])) == "is primary"


def test_a_secondary_of_twins_is_well():
    assert judge(reply(isWritablePrimary=False, secondary=True, hosts=[A, B])) == "is secondary"


@pytest.mark.parametrize(
    "elements",
    [
        {"secondary": True, "hosts": [A]},
        {"secondary": False, "hosts": [A, B]},
        {"secondary": True},
    ],
)
def test_what_is_neither_is_not_well_yet(elements):
    with pytest.raises(ProbeError, match="is not the primary of its replica set yet"):
        judge(reply(isWritablePrimary=False, **elements))
