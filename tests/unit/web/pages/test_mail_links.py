"""What the receiver of a mail opens, who does not sign in: to confirm an address, or end mails."""

from dataclasses import replace

import pytest

from qlines.clock import utc_datetime
from qlines.messengers.mail_links import MailLinks
from qlines.store import channels
from qlines.store.ended_mails import BY_RECEIVER

BASE = "https://devices.example.com"
WARD = "ward@example.com"


@pytest.fixture
def links(world):
    return MailLinks(world.deps.secret_key, BASE)


def add(person, address=WARD):
    body = {"name": "Ward", "type": "email", "settings": {"address": address}}
    return person.call("POST", "/api/channels", json=body).json["id"]


def stored(world, channel_id):
    return channels.by_id(world.deps.db, channel_id)


@pytest.fixture
def ward(alice):
    return add(alice)


@pytest.fixture
def confirm(world, links, ward):
    link = links.confirm(ward, WARD, utc_datetime(world.deps.clock.now_us()))
    return link.removeprefix(BASE)


@pytest.fixture
def stop(links, ward):
    return links.stop(ward, WARD).removeprefix(BASE)


def test_a_link_in_a_mail_to_an_own_address_speaks_of_nobody_else(world, alice, links):
    address = "alice@example.com"
    own = links.stop(add(alice, address), address).removeprefix(BASE)

    assert f"You have messages about devices sent to {address}" in world.client().get(own).text
    assert "You can switch the channel on again" in world.client().post(own).text


def test_who_only_opens_the_link_confirms_nothing(world, ward, confirm):
    page = world.client().get(confirm)

    assert page.status_code == 200
    assert "alice@example.com wants to have messages about devices sent to" in page.text
    assert "unconfirmed_since" in stored(world, ward)


def test_the_button_confirms_without_a_session_or_a_token_and_once_more_changes_nothing(
    world, ward, confirm
):
    for _ in range(2):
        answer = world.client().post(confirm)
        assert answer.status_code == 200
        assert "Your e-mail address is confirmed" in answer.text

    assert "unconfirmed_since" not in stored(world, ward)
    assert [one["what"] for one in world.deps.db.audit.documents if one["who"] == WARD] == [
        "confirmed the channel 'Ward' of alice@example.com"
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_too_old_forged_or_of_a_former_address_does_nothing(
    world, alice, ward, confirm, stop, method
):
    forged = confirm.replace("/confirm-address/", "/unsubscribe/")
    assert world.client().open(forged, method=method).status_code == 404
    change = {"settings": {"address": "eve@example.com"}}
    alice.call("PATCH", f"/api/channels/{ward}", json=change)
    for link in (confirm, stop):
        assert world.client().open(link, method=method).status_code == 404
    assert stored(world, ward)["enabled"]
    world.deps.clock.advance(73 * 3600)
    answer = world.client().open(confirm, method=method)

    assert (answer.status_code, "This link does not work" in answer.text) == (404, True)
    assert "unconfirmed_since" in stored(world, ward)


def one_click(world, link):
    """Do what a mail program does: no session, no cookie, no token."""
    return world.app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})


def test_one_press_in_a_mail_program_ends_the_mails_and_the_owner_sees_why(
    world, alice, ward, confirm, stop
):
    phone = {"name": "Phone", "type": "ntfy", "settings": {"topic": "qlines-geheim-4711"}}
    other = alice.call("POST", "/api/channels", json=phone).json["id"]
    world.client().post(confirm)
    assert world.client().get(stop).status_code == 200
    assert stored(world, ward)["enabled"], "a program that opens every link ends nothing"

    assert one_click(world, stop).status_code == 200
    assert one_click(world, stop).status_code == 200

    shown = alice.get(f"/api/channels/{ward}").json
    assert shown["enabled"] is False
    assert shown["disabled_reason"] == "Its receiver has switched it off by the link in a mail."
    notices = [one for one in world.deps.db.notifications.documents if one["kind"] == "notice"]
    assert [str(one["channel"]) for one in notices] == [other], "once"
    assert BY_RECEIVER in notices[0]["text"]


def test_the_owner_cannot_have_mails_sent_again_to_who_has_ended_them(
    world, alice, ward, confirm, stop
):
    world.client().post(confirm)
    one_click(world, stop)

    on = alice.call("PATCH", f"/api/channels/{ward}", json={"enabled": True}).json

    assert (on["enabled"], on["confirmed"]) == (True, False)
    page = alice.browser().get(f"/account/notifications/{ward}").text
    assert "has opened the link in the mail that asks for it" in page, "not that one was sent"


def test_a_receiver_who_has_ended_the_mails_and_confirms_again_has_them_again(
    world, alice, ward, confirm, stop
):
    world.client().post(confirm)
    one_click(world, stop)
    alice.call("POST", f"/api/channels/{ward}/confirmation")

    page = world.client().post(confirm).text

    assert "Messages about devices are sent to ward@example.com from now on" in page
    shown = alice.get(f"/api/channels/{ward}").json
    assert (shown["enabled"], shown["confirmed"], shown["disabled_reason"]) == (True, True, "")


def test_who_ends_mails_to_themselves_may_switch_them_on_again(world, alice, links):
    own = add(alice, "alice@example.com")
    one_click(world, links.stop(own, "alice@example.com").removeprefix(BASE))

    on = alice.call("PATCH", f"/api/channels/{own}", json={"enabled": True}).json

    assert (on["enabled"], on["confirmed"]) == (True, True)


def test_an_owner_without_another_channel_is_mailed(world, alice, ward, stop, monkeypatch):
    monkeypatch.setitem(world.app.extensions, "qlines", replace(world.deps, has_mail=True))

    one_click(world, stop)

    [mail] = world.deps.db.account_mails.documents
    assert (mail["subject"], mail["owner"]) == ("The channel Ward is switched off", alice.id)
    assert BY_RECEIVER in mail["text"]


def test_the_page_of_a_channel_says_that_it_waits_and_offers_the_mail_again(alice, ward):
    browser = alice.browser()

    page = browser.get(f"/account/notifications/{ward}").text

    assert "Waiting for confirmation" in page
    assert "QLINES_PUBLIC_URL" in page, "a link that opens only on this server helps nobody"
    assert "waiting for confirmation" in browser.get("/account/notifications").text
