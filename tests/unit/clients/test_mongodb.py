import pytest
from pymongo.errors import (
    AutoReconnect,
    DuplicateKeyError,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from qlines.clients import mongodb
from qlines.errors import StoreUnavailableError


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("closed"),
        NotPrimaryError("stepped down"),
        ServerSelectionTimeoutError("nobody there"),
        WTimeoutError("no majority"),
        OperationFailure("no set yet", code=94),
    ],
)
def test_an_outage_becomes_store_unavailable(error):
    with (
        pytest.raises(StoreUnavailableError, match="mongodb does not answer"),
        mongodb.raising_unavailable(),
    ):
        raise error


@pytest.mark.parametrize("error", [DuplicateKeyError("taken"), OperationFailure("bad", code=2)])
def test_other_errors_pass_through(error):
    with pytest.raises(type(error)), mongodb.raising_unavailable():
        raise error


def test_its_writes_wait_for_the_journals_of_a_majority():
    database = mongodb.connect("mongodb://127.0.0.1:1/?replicaSet=qlines")

    assert database.name == "qlines"
    assert database.write_concern.document == {"w": "majority", "j": True, "wtimeout": 5000}
    database.client.close()
