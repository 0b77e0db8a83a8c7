"""The headers of every response."""

import pytest


@pytest.mark.parametrize(
    "path", ["/login", "/devices", "/api/data", "/static/icon.svg", "/nothing"]
)
def test_it_lets_a_page_load_only_what_is_ours(world, path):
    answer = world.client().get(path, buffered=True)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "strict-origin"


def test_no_cache_may_store_a_users_pages(alice):
    assert alice.get("/api/data").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/devices", "/account", "/api/docs"])
def test_pages_need_no_exception_from_the_policy(alice, path):
    page = alice.browser().get(path).text

    assert "<script>" not in page
    assert "<style" not in page
    assert "style=" not in page
    assert "onclick=" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_a_name_that_looks_like_html_is_shown_as_text(alice):
    name = "<img src=x onerror=alert(1)>"
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"name": name})

    page = alice.browser().get(f"/devices/{alice.device_id}").text

    assert name not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
