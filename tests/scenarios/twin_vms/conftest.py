"""Two whole VMs that are twins, a witness, and the people and devices that use them all the time.

Each file is the story of one fault or of one goal, under load: 500 messages a second at QoS 1, each
acknowledgement counted, and browsers and scripts that never stop to ask. Whoever connects is led to
the first VM whose proxy accepts, as by a name with two addresses. Each leaves the twins whole.
"""

import pytest

from tests.harness.blog import PASSWORD
from tests.harness.twin_traffic import TwinUsers
from tests.harness.twin_vms import TwinVms


@pytest.fixture(scope="session")
def twins(image, proxy_image, blog_image, tmp_path_factory):
    assert image
    assert proxy_image
    assert blog_image
    folder = tmp_path_factory.mktemp("twins")
    secrets_folder = folder / "secrets"
    for part in ("app", "proxy", "blog"):
        (secrets_folder / part).mkdir(parents=True)
    (secrets_folder / "blog" / "password").write_text(PASSWORD)
    twins = TwinVms(folder / "machines", secrets_folder)
    try:
        twins.pair()
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="session")
def users(twins, tmp_path_factory):
    return TwinUsers(twins, tmp_path_factory.mktemp("load"))


@pytest.fixture
def traffic(users):
    """Return a context manager: load while a story happens, then nothing may be missing."""
    return users.traffic
