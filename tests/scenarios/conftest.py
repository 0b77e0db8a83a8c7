"""What the stories share: an appliance whose programs may be killed if it gets whole again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.appliance import Appliance
from tests.harness.blog import UNATTENDED, Blog, blog_image_under_test
from tests.harness.people import Person, new_person
from tests.harness.proxy import Network, proxy_image_under_test

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.scenario)


@pytest.fixture(scope="session")
def rough_appliance(image: str) -> Iterator[Appliance]:
    """One appliance for the stories that kill or stop its programs."""
    rough = Appliance(image)
    try:
        yield rough.start()
    finally:
        rough.remove()


@pytest.fixture
def owner(rough_appliance: Appliance) -> Person:
    """Return the owner of the devices that send while programs die."""
    return new_person(rough_appliance.wait_ready(), "owner")


@pytest.fixture(scope="session")
def proxy_image(image: str) -> str:
    """Return the proxy's image; the appliance's build has found the base that both stand on."""
    assert image
    return proxy_image_under_test()


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """One Docker network for a story, removed with all that runs in it."""
    network = Network()
    try:
        yield network
    finally:
        network.remove()


@pytest.fixture(scope="session")
def blog_image(image: str) -> str:
    """Return the blog's image; the appliance's build has found the base that both stand on."""
    assert image
    return blog_image_under_test()


@pytest.fixture(scope="session")
def blog(blog_image: str) -> Iterator[Blog]:
    """One blog whose two sites installed themselves, for tests that leave them whole."""
    shared = Blog(blog_image, **UNATTENDED)
    try:
        yield shared.start()
    finally:
        shared.remove()


@pytest.fixture
def new_blog(blog_image: str) -> Iterator[Callable[..., Blog]]:
    """Return a maker of blogs for one test; all are removed after it."""
    made: list[Blog] = []

    def make(**environment: str) -> Blog:
        made.append(Blog(blog_image, **environment))
        return made[-1]

    yield make
    for one in made:
        one.remove()
