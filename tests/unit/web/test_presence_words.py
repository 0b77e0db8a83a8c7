"""Each reason for which a device can be disconnected is explained to its owner."""

import re
from pathlib import Path

import pytest

from qlines.store import presence
from qlines.web.presence_words import MEANINGS, meaning_of

ROOT = Path(__file__).parents[3]
# In these C functions every text is a reason.
REASONS = re.compile(
    r"const char \*(?:reason_without_packet|disconnect_reason_for_owner).*?^}", re.S | re.M
)


def reasons_of_the_broker():
    source = (ROOT / "appliance/broker/disconnect_reason.c").read_text()
    taken_over = '"session taken over"'
    assert taken_over in (ROOT / "appliance/broker/connection.c").read_text()
    parts = [*REASONS.findall(source), taken_over]
    return {text for part in parts for text in re.findall(r'"([^"]+)"', part)}


def test_every_reason_of_the_broker_and_of_the_store_has_a_meaning_and_no_other():
    of_store = {presence.RESTARTED, presence.GONE, presence.GATEWAY_DISCONNECTED}

    assert len(reasons_of_the_broker()) == 8
    assert set(MEANINGS) == reasons_of_the_broker() | of_store


def test_a_device_whose_side_or_node_is_lost_is_explained():
    lost = presence.as_of(presence.Presence(True, 1, "", "192.0.2.1"), gone_us=2)

    assert "The device should connect to another one." in meaning_of(lost.reason)


@pytest.mark.parametrize("reason", ["", "something of a later version"])
def test_an_unknown_reason_means_nothing_more(reason):
    assert meaning_of(reason) == ""
