"""POST /api/v1/{token}/claim: what goes into the spool, and what the device is refused at once."""

import pytest

from qlines.errors import InvalidReading
from qlines.web.device.api import topic_of
from qlines.web.device.paths import parse

CLAIM = parse("/api/v1/good/claim")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"secretKey": "s", "durationMs": 60000}'])
def test_a_claim_has_the_topic_that_it_has_over_mqtt(body):
    assert topic_of(CLAIM, body) == "v1/devices/me/claim"


@pytest.mark.parametrize("body", [b"[]", b'"s"', b"{", b'{"secretKey": 1}', b"null"])
def test_one_that_is_not_an_object_is_refused_with_an_example(body):
    with pytest.raises(InvalidReading, match=r'\{"secretKey": "s", "durationMs": 60000\}'):
        topic_of(CLAIM, body)
