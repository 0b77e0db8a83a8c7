import pytest

from qlines import role
from qlines.role import Member, Role

SEEN = Role("standby", 3.0, 50.0, "side b is active", (Member("b", "PRIMARY", 0.0),))


def test_what_is_written_is_read(tmp_path):
    role.write(tmp_path, SEEN)

    assert role.read(tmp_path, 51.0) == SEEN


def test_before_anything_was_seen_the_role_is_unknown(tmp_path):
    assert role.read(tmp_path, 51.0).role == "unknown"


def test_a_role_that_was_seen_too_long_ago_is_unknown_since_then(tmp_path):
    role.write(tmp_path, SEEN)

    stale = role.read(tmp_path, 50.0 + role.STALE_SECONDS + 1)

    assert (stale.role, stale.since) == ("unknown", 50.0)
    assert "5 s ago" in stale.sentence


@pytest.mark.parametrize("text", ["", "{}", '{"members": 7}'])
def test_a_file_that_cannot_be_understood_is_no_role(tmp_path, text):
    (tmp_path / role.FILE).write_text(text)

    assert "cannot be understood" in role.read(tmp_path, 51.0).sentence
