"""A real browser. Its pages must not violate the content security policy or log errors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.harness.browser import NETWORK_CHANGED, visit
from tests.harness.deadline import PATIENCE
from tests.harness.people import Person

DEADLINE_MS = 15_000 * PATIENCE
expect.set_options(timeout=DEADLINE_MS)
LOG_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Return the cookies of the people who have signed in before, by e-mail address."""
    return {}


def sign_in_by_form(page: Page, person: Person) -> None:
    """Fill in the form of /login and send it."""
    visit(page, "/login")
    page.fill("#email", person.email)
    page.fill("#password", person.password)
    page.click("button[type=submit]")
    page.wait_for_url("**/devices")


@pytest.fixture
def open_page(chromium: Browser, signed_in: dict[str, Any]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page as a signed-in person; no page may log an error."""
    errors: list[str] = []
    contexts = []

    def open_page_as(
        person: Person,
        path: str,
        *,
        width: int = 1280,
        theme: Any = "light",
        tolerated: str | None = None,
        sign_in: bool = True,
        timezone: str | None = None,
        touch: bool = False,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=theme,
            timezone_id=timezone,
            has_touch=touch,
            base_url=person.appliance.url(""),
            storage_state=signed_in.get(person.email) if sign_in else None,
        )
        contexts.append(context)
        context.add_init_script(LOG_VIOLATIONS)
        page = context.new_page()
        page.set_default_timeout(DEADLINE_MS)

        def note(text: str) -> None:
            if not any(word in text for word in (NETWORK_CHANGED, tolerated) if word):
                errors.append(f"{path} at {width}, {theme}: {text}")

        page.on("console", lambda said: note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: note(str(error)))
        page.on("dialog", lambda dialog: note(f"a script ran: {dialog.message}"))
        if sign_in and person.email not in signed_in:
            sign_in_by_form(page, person)
            signed_in[person.email] = context.storage_state()
        visit(page, path)
        return page

    yield open_page_as
    for context in contexts:
        context.close()
    assert errors == []
