"""Work that goes on while something else waits."""

import threading

import pytest

from qlines.web.meanwhile import meanwhile


def test_it_goes_on_while_the_caller_does_something_else():
    may_end = threading.Event()

    result = meanwhile(lambda: may_end.wait(10))
    may_end.set()

    assert result() is True


def test_its_error_is_the_callers():
    result = meanwhile(lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        result()
