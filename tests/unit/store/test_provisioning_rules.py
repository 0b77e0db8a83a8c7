"""The table of strategies, row by row, and what else a request can fail for."""

from datetime import timedelta

import pytest

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store.provisioning_rules import Facts, Refusal, Step, authorised, decide, parsed

NOW = utc_datetime(1_800_000_000_000_000)
PRODUCT = {
    "_id": 1, "name": "Meter", "strategy": "create_new_devices", "quarantine": False,
    "max_devices": 3, "max_devices_per_minute": 2, "secret": "right",
}  # fmt: skip
CREATE = PRODUCT
DISABLED = {**PRODUCT, "strategy": "disabled"}
CHECK = {**PRODUCT, "strategy": "check_pre_provisioned"}
OWN, OTHER = {"name": "pump", "product": 1}, {"name": "pump", "product": 2}
AGAIN = {**OWN, "provision_until": NOW + timedelta(seconds=1)}
KEYS = {"provisionDeviceKey": "k", "provisionDeviceSecret": "right"}


def request(**fields):
    return parsed({**KEYS, "deviceName": "pump", **fields})


def outcome(facts, **fields):
    found = decide(request(**fields), facts, NOW)
    return found.status if isinstance(found, Refusal) else found


def reason(facts, **fields):
    return decide(request(**fields), facts, NOW).reason


@pytest.mark.parametrize(
    ("product", "absent", "new", "exists"),
    [
        (DISABLED, "NOT_FOUND", "NOT_FOUND", "NOT_FOUND"),
        (CREATE, Step.ADD, Step.ADD, "FAILURE"),
        ({**CREATE, "quarantine": True}, Step.WAIT, Step.WAIT, "FAILURE"),
        (CHECK, "FAILURE", "FAILURE", Step.HAND_OVER),
        ({**CHECK, "quarantine": True}, "FAILURE", "FAILURE", Step.HAND_OVER),
    ],
)
def test_the_strategy_decides_by_whether_there_is_a_device_with_the_name(
    product, absent, new, exists
):
    assert outcome(Facts(product), deviceName=None) == absent
    assert outcome(Facts(product), deviceName="") == absent
    assert outcome(Facts(product)) == new
    assert outcome(Facts(product, OWN)) == exists


def test_a_device_is_handed_over_once_and_only_by_its_own_product():
    assert outcome(Facts(CHECK, OWN, is_provisioned=True)) == "FAILURE"
    assert outcome(Facts(CHECK, OTHER)) == "FAILURE"
    assert outcome(Facts(CHECK, {"name": "pump"})) == "FAILURE"


def test_what_a_device_that_is_handed_over_asks_for_is_ignored():
    facts = Facts(CHECK, OWN, token_is_taken=True)

    assert outcome(facts, credentialsType="X509_CERTIFICATE", token="t") == Step.HAND_OVER


@pytest.mark.parametrize("product", [CREATE, CHECK, {**CREATE, "quarantine": True}])
def test_a_device_that_may_provision_again_does_until_then(product):
    at_the_end = {**OWN, "provision_until": NOW}

    assert outcome(Facts(product, AGAIN, is_provisioned=True, devices=3)) == Step.RENEW
    assert outcome(Facts(product, at_the_end, is_provisioned=True)) == "FAILURE"
    assert outcome(Facts(product, {**AGAIN, "product": 2}, is_provisioned=True)) == "FAILURE"
    assert outcome(Facts(DISABLED, AGAIN)) == "NOT_FOUND"


@pytest.mark.parametrize("product", [CREATE, CHECK, {**CREATE, "quarantine": True}])
def test_who_asks_for_the_token_that_the_device_has_is_answered_once_more(product):
    def asked(token, **device):
        facts = Facts(product, {**OWN, "token": "made-by-the-pump", **device}, is_provisioned=True)
        return outcome(facts, token=token)

    assert asked("made-by-the-pump") == Step.REPEAT
    assert (
        asked("made-by-another") == asked(None) == asked("made-by-the-pump", product=2) == "FAILURE"
    )
    assert (
        outcome(Facts(DISABLED, {**OWN, "token": "made-by-the-pump"}), token="made-by-the-pump")
        == "NOT_FOUND"
    )


def test_a_device_that_somebody_has_claimed_is_not_made_a_second_time():
    assert "the person who has claimed it" in reason(Facts(CREATE, is_claimed=True))
    assert outcome(Facts(CHECK, is_claimed=True)) == "FAILURE"


def test_a_device_that_waits_for_approval_does_not_get_a_second_token():
    assert "waits for approval" in reason(Facts(CREATE, waits=True))


@pytest.mark.parametrize("step", [Facts(CREATE), Facts(CREATE, AGAIN)])
def test_only_tokens_that_are_free_are_given(step):
    wanted = "credentialsType must be ACCESS_TOKEN, because devices sign in by a token"
    assert wanted in reason(step, credentialsType="MQTT_BASIC", username="u", password="p")
    assert "belongs to another device" in reason(step._replace(token_is_taken=True), token="t")


def test_the_limits_name_the_product_the_number_and_what_to_do():
    assert outcome(Facts(CREATE, devices=2, devices_last_minute=1)) == Step.ADD
    assert reason(Facts(CREATE, devices=3)) == (
        "the product 'Meter' has 3 devices, and its limit is 3: its owner raises the limit, or "
        "removes devices"
    )
    too_fast = "the product 'Meter' provisions at most 2 devices a minute: ask again in a minute"
    assert reason(Facts(CREATE, devices_last_minute=2)) == too_fast
    assert reason(Facts(CHECK, OWN, devices_last_minute=2)) == too_fast
    unlimited = {**CREATE, "max_devices": None, "max_devices_per_minute": None}
    assert outcome(Facts(unlimited, devices=10**7, devices_last_minute=10**7)) == Step.ADD


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"deviceName": "   "}, "deviceName must have 1 to 128 characters"),
        ({"deviceName": "x" * 129}, "deviceName must have 1 to 128 characters"),
        ({"deviceName": 5}, "deviceName must be text, got 5"),
        ({"token": "a b"}, "token must have 1 to 64 printable ASCII characters"),
        ({"token": ["a"]}, "token must be text"),
        ({"gateway": "yes"}, "gateway must be true or false"),
        ({"credentialsType": 1}, "credentialsType must be text"),
    ],
)
def test_a_field_that_can_never_do_fails_with_its_rule(fields, rule):
    assert rule in reason(Facts(CREATE), **fields)
    assert outcome(Facts(DISABLED), **fields) == "NOT_FOUND"


def test_the_name_is_trimmed():
    assert request(deviceName=" pump ").name == "pump"


@pytest.mark.parametrize("field", KEYS)
@pytest.mark.parametrize("value", [None, "", 5, {"$ne": ""}])
def test_a_body_without_key_and_secret_as_text_is_no_request(field, value):
    with pytest.raises(FieldError, match=f"{field} must be text"):
        parsed({**KEYS, field: value})


@pytest.mark.parametrize("secret", ["wrong", "rig", "right ", "ü", "\ud800"])
def test_a_wrong_secret_is_as_a_product_that_does_not_exist(secret):
    asked = parsed({**KEYS, "provisionDeviceSecret": secret})

    assert authorised(PRODUCT, asked) == authorised(None, asked)
    assert authorised(None, asked).status == "NOT_FOUND"
    assert authorised(PRODUCT, request()) is PRODUCT
