"""Two whole VMs that are twins, a witness, and the people and devices that use them all the time.

Each file is the story of one fault or of one goal, under load: 500 messages a second at QoS 1, each
acknowledgement counted, and browsers and scripts that never stop to ask. Who connects is led to
the first VM whose proxy accepts, as by a name with two addresses. Each leaves the twins whole.
"""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.pages import DEADLINE_MS
from tests.harness.twin_traffic import OWNER, PASSWORD, TwinUsers
from tests.harness.twin_vms import TwinVms
from tests.harness.vm import make_secrets


@pytest.fixture(scope="session")
def twins(image, proxy_image, blog_image, tmp_path_factory):
    assert image
    assert proxy_image
    assert blog_image
    folder = tmp_path_factory.mktemp("twins")
    twins = TwinVms(folder / "machines", make_secrets(folder / "secrets"))
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


@pytest.fixture
def live_page(chromium, twins, users):
    """Return a context manager: the page of the first device, open in a browser and live."""

    @contextmanager
    def opened(first):
        with twins.public(first):
            context = chromium.new_context(
                ignore_https_errors=True, base_url=f"https://localhost:{twins.public_port}"
            )
            page = context.new_page()
            page.set_default_timeout(DEADLINE_MS)
            visit(page, "/login")
            page.fill("#email", OWNER)
            page.fill("#password", PASSWORD)
            page.click("button[type=submit]")
            page.wait_for_url("**/devices")
            visit(page, f"/devices/{users.devices[0]['id']}")
            expect(page.locator("#live-state")).to_have_text("Live")
            yield page
            context.close()

    return opened
