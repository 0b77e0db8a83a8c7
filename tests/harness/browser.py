"""A real browser, one per session: Playwright can run only once in a thread."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, Request, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# Chromium's error when a container's network comes or goes during a request: not caused by us.
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
# Chromium shows the page of that error, or tries the address again by itself, during our next one.
OVERTAKEN = "is interrupted by another navigation"
ATTEMPTS = 5
# The browser itself fetches, synchronises and updates nothing.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Yield the browser, started once per session."""
    if shutil.which(CHROMIUM) is None:
        pytest.fail(f"these tests need {CHROMIUM}: `make test` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def visit(page: Page, address: str) -> None:
    """Open an address, again when the machine's network changed until it and its scripts were here.

    Raise Playwright's Error for whatever else keeps it from being loaded.
    """
    for attempt in range(1, ATTEMPTS + 1):
        interrupted: list[str] = []

        def note(request: Request, found: list[str] = interrupted) -> None:
            if NETWORK_CHANGED in (request.failure or ""):
                found.append(request.url)

        page.on("requestfailed", note)
        try:
            page.goto(address)
        except Error as error:
            is_repeated = NETWORK_CHANGED in error.message or OVERTAKEN in error.message
            if not is_repeated or attempt == ATTEMPTS:
                raise
        else:
            if not interrupted:
                return
        finally:
            page.remove_listener("requestfailed", note)
