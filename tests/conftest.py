"""Fixtures of every folder of tests: the image, one ready appliance, and the people who use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.harness.appliance import Appliance, image_under_test
from tests.harness.browser import chromium  # noqa: F401 - a fixture for every folder
from tests.harness.deadline import PATIENCE, TEST_SECONDS
from tests.harness.docker import has_docker, remove_leftovers
from tests.harness.people import Person, new_person

pytest_plugins = ["pytester", "tests.harness.no_skip", "tests.harness.repeat"]


@pytest.hookimpl(tryfirst=True)  # before pytest-timeout reads its option
def pytest_configure(config: pytest.Config) -> None:
    """Let a test take as many times longer as every deadline does."""
    if config.option.timeout is None:
        config.option.timeout = TEST_SECONDS * PATIENCE


@pytest.fixture(scope="session")
def image() -> str:
    """Return the name of the image under test, built once per session."""
    if not has_docker():
        pytest.fail("these tests need Docker, which does not answer: `make test` starts it")
    remove_leftovers()
    return image_under_test()


@pytest.fixture(scope="session")
def appliance(image: str) -> Iterator[Appliance]:
    """Yield one ready appliance, shared by all tests that leave it as it was."""
    appliance = Appliance(image)
    try:
        yield appliance.start()
    finally:
        appliance.remove()


@pytest.fixture
def new_appliance(image: str) -> Iterator[Callable[..., Appliance]]:
    """Yield a function that makes appliances for one test; all are removed after it."""
    appliances: list[Appliance] = []

    def make(**options: Any) -> Appliance:
        appliances.append(Appliance(image, **options))
        return appliances[-1]

    yield make
    for appliance in appliances:
        appliance.remove()


@pytest.fixture(scope="session")
def admin(appliance: Appliance) -> Person:
    """Return an admin, who sees every device and what is not registered."""
    return new_person(appliance, "admin", admin=True)


@pytest.fixture(scope="session")
def alice(appliance: Appliance) -> Person:
    """Return the owner of the devices in most stories."""
    return new_person(appliance, "alice")


@pytest.fixture(scope="session")
def bob(appliance: Appliance) -> Person:
    """Return a user who must not see what belongs to Alice."""
    return new_person(appliance, "bob")
