import pytest
from pymongo.errors import (
    AutoReconnect,
    ConfigurationError,
    DuplicateKeyError,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WTimeoutError,
)

from qlines.clients import mongodb
from qlines.errors import StoreRefusedError, StoreUnavailableError


def labelled(words, code, label):
    return OperationFailure(words, code, {"errorLabels": [label]})


@pytest.mark.parametrize(
    "error",
    [
        AutoReconnect("closed"),
        NotPrimaryError("stepped down"),
        ServerSelectionTimeoutError("nobody there"),
        WTimeoutError("no majority"),
        OperationFailure("no set yet", code=94),
        WriteConcernError("operation was interrupted", code=11602),
        OperationFailure("committed view disappeared", code=134),
        labelled("write conflict", 112, "TransientTransactionError"),
        labelled("the transaction was ended", 251, "TransientTransactionError"),
        labelled("no majority in time", 64, "UnknownTransactionCommitResult"),
    ],
)
def test_an_outage_becomes_store_unavailable(error):
    with (
        pytest.raises(StoreUnavailableError, match="mongodb does not answer"),
        mongodb.raising_unavailable(),
    ):
        raise error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationFailure("Authentication failed.", code=18), "correct them, or authSource"),
        (OperationFailure("bad auth", code=8000), "correct them, or authSource"),
        (
            OperationFailure("not authorized on iot to execute command { find: 1 }", code=13),
            "lacks a right there: not authorized on iot to execute command find$",
        ),
        (ConfigurationError("no such host"), "QLINES_MONGODB cannot be used: no such host"),
        (ServerSelectionTimeoutError("CERTIFICATE_VERIFY_FAILED"), "tlsCAFile of QLINES_MONGODB"),
    ],
)
def test_a_refusal_says_what_to_correct(error, words):
    with pytest.raises(StoreRefusedError, match=words), mongodb.raising_unavailable():
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


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("No primary available for writes", "no member of its set is the primary"),
        ("127.0.1.1:27017: refused", "does not answer: 127.0.1.1:27017: refused"),
    ],
)
def test_a_set_without_primary_is_told_from_one_that_does_not_answer(reason, sentence):
    text = f"{reason}, Timeout: 2.0s, Topology Description: <all members>"

    with pytest.raises(StoreUnavailableError) as raised, mongodb.raising_unavailable():
        raise ServerSelectionTimeoutError(text)

    assert sentence in str(raised.value)
    assert "Topology" not in str(raised.value)


def test_a_write_that_nothing_depends_on_is_left_out_in_an_outage_only():
    with mongodb.skipped_in_outage():
        raise NotPrimaryError("stepped down")
    with pytest.raises(DuplicateKeyError), mongodb.skipped_in_outage():
        raise DuplicateKeyError("taken")
