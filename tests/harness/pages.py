"""Pages of the real browser: none may violate the content security policy or log an error."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    Route,
    StorageState,
    expect,
)

from tests.harness.browser import NETWORK_CHANGED, visit
from tests.harness.deadline import PATIENCE
from tests.harness.people import Person
from tests.harness.repeat import note_lost_part

DEADLINE_MS = 15_000 * PATIENCE
HEIGHT = 800
MAX_TABS = 150
SHOWS_FOCUS = """node => {
  const {outlineStyle, boxShadow} = getComputedStyle(node);
  return outlineStyle !== "none" || boxShadow !== "none";
}"""
# What the page says about something that was done leaves by itself, which a busy machine may miss.
PATIENT_TOASTS = f"""
(() => {{
  const timeout = window.setTimeout.bind(window);
  window.setTimeout = (call, ms, ...given) =>
    timeout(call, [6000, 12000].includes(ms) ? ms * {PATIENCE} : ms, ...given);
}})();
"""
LOG_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""

expect.set_options(timeout=DEADLINE_MS)


class Look(NamedTuple):
    """How wide a page is, in pixels, and its theme."""

    width: int
    theme: Literal["light", "dark"]


DESKTOP, PHONE = Look(1280, "light"), Look(360, "dark")

# Marks a story that happens twice: the two looks have both sizes and both themes.
EACH_LOOK = pytest.mark.parametrize(
    "look", [DESKTOP, PHONE], ids=["desktop-light", "phone-dark"], indirect=True
)
# Marks one of what a page does, however it looks: on a phone it happens in the long stories only.
DESKTOP_FIRST = pytest.mark.parametrize(
    "look",
    [
        pytest.param(DESKTOP, id="desktop-light"),
        pytest.param(PHONE, id="phone-dark", marks=pytest.mark.long),
    ],
    indirect=True,
)


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """Return the look of the pages that the test opens; see EACH_LOOK and DESKTOP_FIRST."""
    chosen: Look = getattr(request, "param", DESKTOP)
    return chosen


@pytest.fixture(scope="session")
def signed_in() -> dict[str, StorageState]:
    """Return the cookies of the people who have signed in before, by e-mail address."""
    return {}


def sign_in_by_form(page: Page, person: Person) -> None:
    """Fill in the form of /login and send it."""
    visit(page, "/login")
    page.fill("#email", person.email)
    page.fill("#password", person.password)
    page.click("button[type=submit]")
    page.wait_for_url("**/devices")


def sign_in_at_once(context: BrowserContext, person: Person) -> StorageState:
    """Give the browser a session of the person, without two pages to load; return its cookies."""
    address = person.appliance.url("/")
    for cookie in person.browser().cookies:
        context.add_cookies(
            [
                {
                    "name": cookie.name, "value": cookie.value or "", "url": address,
                    "httpOnly": True, "sameSite": "Lax",
                }
            ]
        )  # fmt: skip
    return context.storage_state()


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest,
    chromium: Browser,
    signed_in: dict[str, StorageState],
    look: Look,
) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page as a signed-in person; no page may log an error.

    *tolerated* are parts of errors that may be logged; *script* runs before those of each page.
    """
    errors: list[str] = []
    contexts = []

    def note_lost(part: Request) -> None:
        if NETWORK_CHANGED in (part.failure or ""):
            note_lost_part(request.node, part.url)

    def open_page_as(
        person: Person,
        path: str,
        *,
        width: int = look.width,
        theme: Literal["light", "dark"] = look.theme,
        tolerated: str | tuple[str, ...] = (),
        sign_in: bool = True,
        timezone: str | None = None,
        language: str | None = None,
        touch: bool = False,
        script: str | None = None,
        permissions: list[str] | None = None,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme=theme,
            timezone_id=timezone,
            locale=language,
            has_touch=touch,
            permissions=permissions,
            base_url=person.appliance.url(""),
            storage_state=signed_in.get(person.email) if sign_in else None,
        )
        contexts.append(context)
        for part in filter(None, (LOG_VIOLATIONS, PATIENT_TOASTS, script)):
            context.add_init_script(part)
        page = context.new_page()
        page.set_default_timeout(DEADLINE_MS)

        words = (tolerated,) if isinstance(tolerated, str) else tolerated

        def note(text: str) -> None:
            if not any(word in text for word in (NETWORK_CHANGED, *words)):
                errors.append(f"{path} at {width}, {theme}: {text}")

        page.on("requestfailed", note_lost)
        page.on("console", lambda said: note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: note(str(error)))
        page.on("dialog", lambda dialog: note(f"a script ran: {dialog.message}"))
        if sign_in and person.email not in signed_in:
            signed_in[person.email] = sign_in_at_once(context, person)
        visit(page, path)
        return page

    yield open_page_as
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)  # pytest does not explain asserts outside of tests


@pytest.fixture(scope="module")
def modules(chromium: Browser, signed_in: dict[str, StorageState], alice: Person) -> Iterator[Page]:
    """Yield one page for all tests of a file that only call functions of its scripts."""
    context = chromium.new_context(
        base_url=alice.appliance.url(""),
        locale="en-US",
        timezone_id="UTC",
        storage_state=signed_in.get(alice.email),
    )
    page = context.new_page()
    page.set_default_timeout(DEADLINE_MS)
    if alice.email not in signed_in:
        signed_in[alice.email] = sign_in_at_once(context, alice)
    visit(page, "/devices")
    yield page
    context.close()


def call(page: Page, module: str, function: str, *arguments: object) -> Any:
    """Return what a function of one of the pages' scripts returns."""
    return page.evaluate(
        "async ([module, call, given]) => (await import(module))[call](...given)",
        [f"/static/js/{module}.js", function, list(arguments)],
    )


def is_wider_than_the_screen(page: Page) -> bool:
    """Return whether the page as a whole scrolls sideways."""
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    return bool(page.evaluate(wider))


def shown_names(page: Page) -> list[str]:
    """Return the names in the table of devices, in its order."""
    return page.locator(".tabulator-row a[href^='/devices/']").all_inner_texts()


def held_requests(page: Page, address: str, count: int = 1) -> list[Route]:
    """Hold the next requests to an address; return the list of those that were made.

    Call continue_() of one to let it pass.
    """
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address, hold, times=count)
    return held


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; fail when it cannot be reached, or not be seen."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            break
    expect(target).to_be_focused()
    assert target.evaluate(SHOWS_FOCUS), f"one cannot see that {target} has the focus"
