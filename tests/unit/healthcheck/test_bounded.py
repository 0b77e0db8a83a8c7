import threading
import time
from collections.abc import Iterator

import pytest

from healthcheck.bounded import Bounded, HangsError


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Return the event that a hanging check waits for; set at the end, so no thread stays."""
    event = threading.Event()
    yield event
    event.set()


def test_it_returns_what_the_check_returns_and_raises_what_it_raises() -> None:
    bounded = Bounded(time.monotonic)

    assert bounded.run("disk", lambda: 7, 5.0) == 7
    with pytest.raises(ZeroDivisionError):
        bounded.run("disk", lambda: 1 // 0, 5.0)
    assert bounded.hanging() == {}


def test_a_check_that_hangs_is_left_alone_and_its_age_is_known(released: threading.Event) -> None:
    now = [100.0]
    bounded = Bounded(lambda: now[0])
    with pytest.raises(HangsError, match="its check has hung for 0 s"):
        bounded.run("disk", released.wait, 0.01)
    now[0] = 134.0

    with pytest.raises(HangsError, match="its check has hung for 34 s"):
        bounded.run("disk", lambda: pytest.fail("it must not be started again"), 60.0)

    assert bounded.hanging() == {"disk": 34.0}
    assert bounded.run("kafka", lambda: "another", 5.0) == "another"


def test_a_check_that_came_back_late_is_run_again(released: threading.Event) -> None:
    bounded = Bounded(time.monotonic)
    with pytest.raises(HangsError):
        bounded.run("disk", released.wait, 0.01)
    released.set()
    while bounded.hanging():
        threading.Event().wait(0.01)

    assert bounded.run("disk", lambda: "new", 5.0) == "new"
