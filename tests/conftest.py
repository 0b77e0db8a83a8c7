"""What every shelf of tests shares: the image, one ready appliance, and the people who use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harness.appliance import Appliance, has_docker, image_under_test, remove_leftovers
from tests.harness.browser import chromium  # noqa: F401 - a fixture for every folder
from tests.harness.deadline import PATIENCE, TEST_SECONDS
from tests.harness.people import Person, new_person

pytest_plugins = ["pytester", "tests.harness.no_skip", "tests.harness.repeat"]


@pytest.hookimpl(tryfirst=True)  # before pytest-timeout reads its option
def pytest_configure(config: pytest.Config) -> None:
    """Let a test take as many times longer as every deadline does."""
    if config.option.timeout is None:
        config.option.timeout = TEST_SECONDS * PATIENCE


@pytest.fixture(scope="session")
def image() -> str:
    """Return the name of the image under test, built once a session."""
    if not has_docker():
        pytest.fail("these tests need Docker and none answers: `make test` installs and starts it")
    remove_leftovers()
    return image_under_test()


@pytest.fixture(scope="session")
def appliance(image: str) -> Iterator[Appliance]:
    """One ready appliance for every test that leaves it as it found it."""
    shared = Appliance(image)
    try:
        yield shared.start()
    finally:
        shared.remove()


@pytest.fixture
def new_appliance(image: str) -> Iterator[Callable[..., Appliance]]:
    """Return a maker of appliances for one test; all are removed after it."""
    made: list[Appliance] = []

    def make(**options: Any) -> Appliance:
        made.append(Appliance(image, **options))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.fixture(scope="session")
def admin(appliance: Appliance) -> Person:
    """Somebody who sees what nobody owns."""
    return new_person(appliance, "admin", admin=True)


@pytest.fixture(scope="session")
def alice(appliance: Appliance) -> Person:
    """Return the owner of devices in most stories."""
    return new_person(appliance, "alice")


@pytest.fixture(scope="session")
def bob(appliance: Appliance) -> Person:
    """Somebody who must not see what is Alice's."""
    return new_person(appliance, "bob")
