import os
import time

import pytest

from proxy.act.twin_state import read


def test_the_state_is_what_the_controller_wrote(tmp_path):
    file = tmp_path / "ha.json"
    file.write_text('{"side": "a"}')

    assert read(file) == ({"side": "a"}, "")


def test_a_state_that_is_old_says_how_long_the_controller_is_silent(tmp_path):
    file = tmp_path / "ha.json"
    file.write_text('{"side": "a"}')
    os.utime(file, (time.time() - 60,) * 2)

    state, problem = read(file)

    assert state == {"side": "a"}
    assert "has not run for 60 s" in problem


@pytest.mark.parametrize("text", [None, "{"])
def test_a_state_that_is_missing_or_corrupt_is_a_problem(tmp_path, text):
    file = tmp_path / "ha.json"
    if text:
        file.write_text(text)

    state, problem = read(file)

    assert state is None
    assert problem
