import pytest

from qlines.role import ACTIVE, STANDBY, UNKNOWN, Role
from qlines.twin import copy_again


@pytest.mark.parametrize(
    ("role", "status", "is_needed"),
    [
        (STANDBY, {"tooStale": True}, True),
        (STANDBY, {}, False),
        (STANDBY, None, False),
        (UNKNOWN, {"tooStale": True}, False),
        (ACTIVE, {"tooStale": True}, False),
    ],
)
def test_data_are_given_up_only_while_another_side_is_active(role, status, is_needed):
    assert copy_again.is_needed(Role(role, 0, 0, ""), status) is is_needed


def test_the_mark_is_the_file_that_the_start_of_mongodb_looks_for(tmp_path):
    copy_again.mark(tmp_path)

    (marked,) = (tmp_path / "twin").iterdir()
    start = copy_again.__file__.rpartition("/app/")[0] + "/appliance/etc/mongodb/start"
    with open(start) as script:
        assert f"/data/twin/{marked.name}\n" in script.read()
