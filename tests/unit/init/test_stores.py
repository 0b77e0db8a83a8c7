import pytest

from qlines.init.stores import TOPIC_CONFIGS, first_member, stores_for
from qlines.programs import NAMES


@pytest.mark.parametrize(
    ("roles", "stores"),
    [
        (NAMES, ["mongodb", "clickhouse", "kafka"]),
        (["gunicorn", "healthd", "init"], ["mongodb", "clickhouse"]),
        (["kafka", "init"], ["kafka"]),
        (["writer", "init"], ["clickhouse", "kafka"]),
        (["init"], []),
    ],
)
def test_it_prepares_only_the_stores_that_the_roles_need(roles, stores):
    assert stores_for(roles) == stores


@pytest.mark.parametrize(
    ("url", "member"),
    [
        ("mongodb://127.0.0.1:27017/?replicaSet=qlines", ("127.0.0.1:27017", "qlines")),
        ("mongodb://user:p%40ss@one:1,two:2/qlines?replicaSet=rs", ("one:1", "rs")),
        ("mongodb://one/?replicaSet=rs", ("one:27017", "rs")),
        ("mongodb://one:1/", ("one:1", None)),
        ("mongodb+srv://cluster.example.com/?replicaSet=rs", (None, None)),
    ],
)
def test_it_finds_the_first_member_in_the_address(url, member):
    assert first_member(url) == member


def test_the_topic_is_limited_by_size_and_never_deletes_by_age():
    assert TOPIC_CONFIGS["retention.ms"] == "-1"
    assert TOPIC_CONFIGS["retention.bytes"] == "2147483648"
