"""Three real MongoDBs in one container become the set of two sides and a witness."""

import json
from pathlib import Path

import pytest

from tests.harness.docker import run, session_label

SCRIPT = Path(__file__).parent / "set_of_three.py"


@pytest.fixture(scope="module")
def seen(image):
    """Return what the script saw."""
    return json.loads(
        run(
            "docker",
            "run",
            "--rm",
            "--label",
            session_label(),
            "--tmpfs",
            "/tmp",
            "--volume",
            f"{SCRIPT}:/set_of_three.py:ro",
            "--entrypoint",
            "python",
            image,
            "/set_of_three.py",
            seconds=240,
        )
    )


def test_a_set_of_one_grows_while_it_serves_and_keeps_its_data(seen):
    assert seen["members"] == [
        {"host": "127.0.1.1:27017", "votes": 1, "priority": 1.0, "hidden": False},
        {"host": "127.0.1.2:27017", "votes": 1, "priority": 1.0, "hidden": False},
        {"host": "127.0.1.3:27017", "votes": 1, "priority": 0.0, "hidden": True},
    ]
    assert seen["users_at_b"] == 100


def test_each_side_says_who_is_active(seen):
    assert seen["before"]["a"] == "this side is active, and the other side has all data"
    assert seen["before"]["b"].startswith("side a is active")


def test_a_killed_primary_is_replaced_and_nothing_that_a_majority_had_is_lost(seen):
    assert seen["lost"] == []
    assert "side a cannot be reached" in seen["after"]


def test_the_side_that_returns_is_the_standby(seen):
    assert seen["primary"] == "127.0.1.2:27017"
