"""What a link in a mail opens, and what does not."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from qlines.messengers.mail_links import (
    ALWAYS,
    CONFIRM_WITHIN,
    MailLinks,
    channel_in,
    is_genuine,
    opens_only_here,
    token_of,
)

KEY, CHANNEL, BOB = "a secret of this appliance", "65f0000000000000000000c1", "bob@example.com"
NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
LINKS = MailLinks(KEY, "https://devices.example.com")


def token(link):
    return link.rpartition("/")[2]


def test_a_link_confirms_the_address_of_its_channel_for_three_days():
    made = token(LINKS.confirm(CHANNEL, BOB, NOW))

    assert channel_in(made) == ObjectId(CHANNEL)
    assert is_genuine(KEY, "confirm", made, BOB, NOW + CONFIRM_WITHIN - timedelta(seconds=1))
    assert not is_genuine(KEY, "confirm", made, BOB, NOW + CONFIRM_WITHIN)


def test_a_link_that_ends_mails_works_after_years():
    assert is_genuine(KEY, "stop", token(LINKS.stop(CHANNEL, BOB)), BOB, NOW.replace(year=2040))


@pytest.mark.parametrize(
    ("key", "purpose", "address"),
    [
        ("another secret", "stop", BOB),
        (KEY, "confirm", BOB),
        (KEY, "stop", "eve@example.com"),
    ],
    ids=["key", "purpose", "address"],
)
def test_a_link_is_good_for_one_thing_only(key, purpose, address):
    assert not is_genuine(KEY, "stop", token_of(key, purpose, CHANNEL, address, ALWAYS), BOB, NOW)


@pytest.mark.parametrize(
    ("part", "other"), [(CHANNEL, "65f0000000000000000000c2"), (".0.", ".9999999999.")]
)
def test_nobody_can_change_a_link(part, other):
    made = token(LINKS.stop(CHANNEL, BOB))

    assert not is_genuine(KEY, "stop", made.replace(part, other), BOB, NOW)


@pytest.mark.parametrize(
    "text", ["", "a.b.c", f"{CHANNEL}", f"{CHANNEL}.0", f"{CHANNEL}.²3.x", f"{CHANNEL}.0.ä\udcff"]
)
def test_what_is_not_a_link_opens_nothing(text):
    assert not is_genuine(KEY, "stop", text, BOB, NOW)


def test_where_nobody_else_can_open_a_link_none_ends_mails():
    assert MailLinks(KEY, "http://localhost:5000").stop(CHANNEL, BOB) == ""


@pytest.mark.parametrize(
    ("url", "only_here"),
    [
        ("http://localhost:5000", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:5000", True),
        ("http://app.localhost", True),
        ("http://192.168.1.5:5000", False),
        ("https://devices.example.com", False),
    ],
)
def test_an_address_of_this_machine_is_known_as_such(url, only_here):
    assert opens_only_here(url) is only_here
