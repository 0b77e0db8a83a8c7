"""Fixtures of the stories: an appliance whose programs may be killed, pages, proxies and blogs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.appliance import Appliance
from tests.harness.backups import BackupVolume
from tests.harness.blog import UNATTENDED, Blog, blog_image_under_test
from tests.harness.pages import (  # noqa: F401 - fixtures of browser_*
    look,
    modules,
    open_page,
    signed_in,
)
from tests.harness.people import Person, new_person
from tests.harness.proxy import Network, proxy_image_under_test
from tests.harness.webhook_receiver import WEBHOOKS_TO_THIS_MACHINE

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.scenario)


@pytest.fixture(scope="session")
def shared_volume(image: str) -> Iterator[BackupVolume]:
    """Yield the volume with the backups of the killable appliance."""
    volume = BackupVolume().create(image)
    yield volume
    volume.remove()


@pytest.fixture(scope="session")
def killable_appliance(image: str, shared_volume: BackupVolume) -> Iterator[Appliance]:
    """Yield one appliance for the stories that kill or stop its programs, or restore a backup of
    it; each leaves it ready, with nothing that a later story would stumble over.
    """
    environment = shared_volume.environment() | WEBHOOKS_TO_THIS_MACHINE
    appliance = Appliance(image, options=shared_volume.options(), environment=environment)
    try:
        yield appliance.start()
    finally:
        appliance.remove()


@pytest.fixture
def owner(killable_appliance: Appliance) -> Person:
    """Return a new user of the killable appliance, who owns the devices that send."""
    return new_person(killable_appliance.wait_well(), "owner")


@pytest.fixture(scope="session")
def proxy_image(image: str) -> str:
    """Return the proxy's image, built on the base image that the appliance's build found."""
    assert image
    return proxy_image_under_test()


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """Yield a Docker network for one story; it is removed with everything that runs in it."""
    network = Network()
    try:
        yield network
    finally:
        network.remove()


@pytest.fixture(scope="session")
def blog_image(image: str) -> str:
    """Return the blog's image, built on the base image that the appliance's build found."""
    assert image
    return blog_image_under_test()


@pytest.fixture(scope="session")
def blog(blog_image: str) -> Iterator[Blog]:
    """Yield one blog whose two sites are installed, for tests that leave them as they are."""
    blog = Blog(blog_image, **UNATTENDED)
    try:
        yield blog.start()
    finally:
        blog.remove()


@pytest.fixture
def new_blog(blog_image: str) -> Iterator[Callable[..., Blog]]:
    """Yield a function that makes blogs for one test; all are removed after it."""
    blogs: list[Blog] = []

    def make(**environment: str) -> Blog:
        blogs.append(Blog(blog_image, **environment))
        return blogs[-1]

    yield make
    for blog in blogs:
        blog.remove()


@pytest.fixture(scope="module")
def volume(image: str) -> Iterator[BackupVolume]:
    """Yield a volume for a repository of backups, which outlives the story's appliances."""
    volume = BackupVolume().create(image)
    yield volume
    volume.remove()
