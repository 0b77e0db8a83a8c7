"""Three real MongoDBs in one container: members hang, die, return, are promoted, and leave."""

import json
from pathlib import Path

import pytest

from tests.harness.docker import run, session_label

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def seen(image):
    """Return what the script saw."""
    return json.loads(
        run(
            "docker", "run", "--rm", "--label", session_label(), "--tmpfs", "/tmp",
            "--volume", f"{FOLDER}:/story:ro", "--entrypoint", "python",
            image, "/story/faults_of_a_set.py",
            seconds=240,
        )
    )  # fmt: skip


def test_the_standby_knows_a_new_device_by_the_mongodb_of_its_own_side(seen):
    # The longest that web holds back its answer, so that a device can use its token at once.
    assert seen["registry_delay_ms"] >= 0


def test_a_side_that_falls_silent_costs_nothing_that_a_majority_had(seen):
    assert seen["hang_lost"] == []


def test_without_a_majority_a_side_is_not_active_and_says_why(seen):
    assert seen["alone_sentence"].startswith("no side has the majority")
    assert "no member of its set is the primary" in seen["alone_refused"]["sentence"]


def test_without_a_majority_pages_and_devices_are_served_from_what_is_stored(seen):
    assert seen["alone_read"]["devices"] == 20
    assert seen["alone_registry_knows"] is True


def test_a_side_that_is_promoted_by_hand_takes_changes_and_the_others_join_it_again(seen):
    assert seen["promoted_write_seconds"] >= 0
    assert seen["promoted_registry_seconds"] >= 0
    assert seen["votes_again_seconds"] >= 0
    assert seen["promoted_lost"] == []


def test_a_dead_witness_that_is_forgotten_is_missed_by_nobody(seen):
    assert seen["forgotten_role"] == "active"
    assert seen["lost"] == []


def test_without_a_witness_the_role_is_handed_over_on_purpose_and_back_at_once(seen):
    assert seen["handed_over_seconds"] >= 0
    assert seen["handed_back_seconds"] >= 0


def test_a_side_that_leaves_is_alone_and_keeps_all_data(seen):
    assert seen["left_has_all"] is True
