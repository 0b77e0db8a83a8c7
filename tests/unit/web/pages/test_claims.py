"""The page /claim, and what the device's page shows of claiming."""

import re

import pytest

from qlines.store import claims, devices
from qlines.store.claims import Claim
from tests.unit.web.conftest import csrf_token

NOW_US = 1_800_000_000_000_000
NAME = "alice's device"


@pytest.fixture
def offered(world, alice):
    claims.note(world.deps.db, [Claim(alice.device_id, NOW_US, "s&s", 60_000)])


@pytest.fixture
def send(bob):
    """Return a function by which Bob sends the form."""
    browser = bob.browser()

    def post(path="/claim", **form):
        token = csrf_token(browser.get("/claim"))
        return browser.post(path, data={"csrf_token": token, **form}, follow_redirects=True)

    return post


@pytest.mark.usefixtures("offered")
def test_a_link_fills_the_form_and_asks_but_claims_nothing(world, alice, bob):
    page = bob.browser().get("/claim?name=alice's+device&secret=s%26s").text

    assert 'value="alice&#39;s device"' in page
    assert 'value="s&amp;s"' in page
    assert "for bob@example.com?" in page
    assert devices.find(world.deps.db, alice.device_id)["owner"] == alice.id


def test_a_link_cannot_put_html_into_the_page(bob):
    page = bob.browser().get("/claim?name=%22%3E%3Cb%3E&secret=%22%3E%3Cb%3E").text

    assert "<b>" not in page


@pytest.mark.usefixtures("offered")
def test_the_form_claims_and_leads_to_the_device(alice, send):
    page = send(name=NAME, secret="s&s")

    assert page.request.path == f"/devices/{alice.device_id}"
    assert "is yours now" in page.text
    assert "Give back" in page.text


@pytest.mark.usefixtures("offered")
def test_a_wrong_secret_is_explained_on_the_form_and_not_shown_again(send):
    page = send(name=NAME, secret="guess")

    assert page.status_code == 404
    assert "waits to be claimed with this secret" in page.text
    assert 'value="alice&#39;s device"' in page.text
    assert "guess" not in page.text


@pytest.mark.usefixtures("offered")
def test_a_name_that_one_has_already_is_explained(world, bob, send):
    devices.add(world.deps.db, bob.id, NAME)

    page = send(name=NAME, secret="s&s")

    assert page.status_code == 409
    assert "rename it, then claim again" in page.text


def test_without_a_token_of_the_form_nothing_is_claimed(bob):
    assert bob.browser().post("/claim", data={"name": NAME}).status_code == 403


@pytest.mark.usefixtures("offered")
def test_the_owner_sees_the_code_of_the_link(alice):
    page = alice.browser().get(f"/devices/{alice.device_id}").text

    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page or "<svg viewBox" in page
    link = "http://localhost/claim?name=alice%27s+device&amp;secret=s%26s"
    assert re.search(r'href="http://localhost(:5000)?/claim\?name=alice%27s\+device&amp;', page)
    assert link.partition("?")[2] in page
    assert "style=" not in page.partition("qlines-code")[2].partition("</svg>")[0]


def test_a_device_that_does_not_offer_itself_has_no_such_card(alice):
    assert "claim-title" not in alice.browser().get(f"/devices/{alice.device_id}").text


@pytest.mark.usefixtures("offered")
def test_the_claimer_gives_it_back_by_a_form(world, alice, send):
    send(name=NAME, secret="s&s")

    page = send(f"/devices/{alice.device_id}/give-back")

    assert "was given back" in page.text
    assert devices.find(world.deps.db, alice.device_id)["owner"] == alice.id
