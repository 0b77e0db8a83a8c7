"""A link that an admin hands out opens for somebody else, or the page says why it may not."""

import pytest

from qlines.web.link_address import mailed, shown

PUBLIC, DEFAULT, LAN = (
    "https://devices.example.com",
    "http://localhost:5000",
    "http://192.168.1.5:5000",
)


@pytest.mark.parametrize("seen_at", [PUBLIC, f"{PUBLIC}:443", "https://Devices.example.com"])
def test_at_the_public_address_there_is_nothing_to_say(seen_at):
    assert shown(PUBLIC, seen_at) == (PUBLIC, "")


def test_at_another_address_the_page_says_how_the_link_begins():
    url, note = shown(PUBLIC, LAN)

    assert url == PUBLIC
    assert note.startswith(f"The link begins with QLINES_PUBLIC_URL, and you are at {LAN}.")


@pytest.mark.parametrize(
    "unset", [DEFAULT, "https://localhost", "http://127.0.0.1", "http://[::1]:1"]
)
def test_without_a_public_address_the_link_begins_where_the_admin_is(unset):
    url, note = shown(unset, LAN)

    assert url == LAN
    assert f"QLINES_PUBLIC_URL is {unset}, which opens only on this server" in note


def test_an_admin_on_the_server_itself_is_told_that_it_opens_only_there():
    url, note = shown(DEFAULT, "http://localhost:5000")

    assert url == DEFAULT
    assert "opens only on this server: set QLINES_PUBLIC_URL" in note


def test_a_mailed_link_begins_with_the_setting_whatever_it_is():
    assert mailed(PUBLIC) == (PUBLIC, "")
    assert mailed(DEFAULT).url == DEFAULT
    assert "set QLINES_PUBLIC_URL" in mailed(DEFAULT).note
