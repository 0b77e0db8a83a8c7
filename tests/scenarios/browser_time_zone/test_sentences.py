"""A moment in a sentence of the server is in the viewer's zone."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit


@pytest.fixture
def report(admin):
    return admin.api.document("/api/system")


def test_a_moment_is_shown_in_the_zone_of_the_viewer(open_page, admin, report):
    sentence = "it began yesterday 23:30, and the next is Monday 04:00, see `qlines backup list`"
    page = open_page(admin, "/account", timezone="Asia/Kolkata")
    problems = [{"sentence": sentence, "remedy": ""}]
    page.route("**/api/system", lambda route: route.fulfill(json={**report, "problems": problems}))
    today = datetime.now(UTC).date()

    visit(page, "/system")

    moment = page.locator("#problems time")
    expect(moment).to_contain_text("5:00:00 AM (Asia/")
    yesterdays = (f"{today - timedelta(days=days)}T23:30:00.000Z" for days in (1, 0))
    assert moment.get_attribute("datetime") in yesterdays  # midnight may pass
    expect(page.locator("#problems")).to_contain_text("Monday 04:00 UTC")
    expect(page.locator("#problems code")).to_have_text("qlines backup list")
