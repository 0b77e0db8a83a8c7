import pytest

from qlines.init.alone_again import alone, was_twin

TWINS = {
    "_id": "qlines",
    "version": 9,
    "term": 36,
    "members": [{"_id": 0, "host": "127.0.1.1:27017"}, {"_id": 2, "host": "127.0.1.3:27017"}],
    "settings": {"electionTimeoutMillis": 2000, "replicaSetId": "the set's identity"},
}


def test_a_twin_that_left_is_a_set_of_one_with_the_same_identity():
    config = alone(TWINS, "127.0.0.1:27017")

    assert (config["_id"], config["version"]) == ("qlines", 10)
    assert config["members"] == [{"_id": 0, "host": "127.0.0.1:27017"}]
    assert config["settings"]["replicaSetId"] == "the set's identity"
    assert config["settings"]["electionTimeoutMillis"] == 10_000
    assert len(TWINS["members"]) == 2


@pytest.mark.parametrize(
    ("hosts", "is_one"),
    [
        (["127.0.1.1:27017"], True),
        (["127.0.1.1:27017", "db.example.com:27017"], False),
        (["127.0.0.1:27017"], False),
    ],
)
def test_only_a_set_of_twins_is_taken_apart(hosts, is_one):
    assert was_twin({"members": [{"host": host} for host in hosts]}) is is_one
