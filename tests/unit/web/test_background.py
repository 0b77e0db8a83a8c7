"""A function that runs in the background."""

import threading

import pytest

from qlines.web.background import in_background


def test_it_runs_while_the_caller_does_something_else():
    may_end = threading.Event()

    result = in_background(lambda: may_end.wait(10))
    may_end.set()

    assert result() is True


def test_its_error_is_raised_with_its_result():
    result = in_background(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        result()
