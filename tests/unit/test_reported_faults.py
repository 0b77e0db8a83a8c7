"""Faults that users reported of other platforms, and the tests that show that they are not ours.

Those of firmware (thingsboard#15637, thingsboard-client-sdk#132, #144, #221) wait for it: QLines
delivers none yet. Those of provisioning (thingsboard#8385, #10261) are not here either.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parents[1]
ATTRIBUTES = "scenarios/attributes/test_attributes.py"
COMMANDS = "scenarios/commands/test_commands.py"
FAULTS = "scenarios/commands/test_reported_faults.py"
HTTP = "scenarios/http_commands/test_http_commands.py"
THINGSBOARD = "scenarios/thingsboard_clients/test_thingsboard_clients.py"
SENDER = "unit/downlink/test_sender.py"
SENDER_RESTARTS = "unit/downlink/test_sender_restarts.py"
GATEWAYS = "unit/downlink/test_sender_gateways.py"
DOWNLINKS = "integration/broker/test_downlinks.py"


class Row(NamedTuple):
    """A report, what must hold, and the tests that show it, as (file, name)."""

    report: str
    rule: str
    tests: list[tuple[str, str]]


ROWS = [
    Row(
        "thingsboard-client-sdk#183",
        "keys that end with a comma are answered, and none is empty",
        [
            (ATTRIBUTES, "test_a_device_asks_for_what_it_is_and_what_it_shall_be"),
            (
                "unit/downlink/test_attribute_requests.py",
                "test_keys_are_separated_by_commas_as_in_thingsboard",
            ),
        ],
    ),
    Row(
        "thingsboard#1200",
        "what changed while a device was away it learns by asking, without a push",
        [(ATTRIBUTES, "test_what_changed_while_it_slept_it_learns_by_asking_and_not_by_a_push")],
    ),
    Row(
        "thingsboard#5632, #8719",
        "of two sessions the one that asked is answered, and both get a change",
        [
            (
                ATTRIBUTES,
                "test_each_change_reaches_every_session_and_an_answer_only_the_one_that_asked",
            ),
            (GATEWAYS, "test_a_gateway_may_speak_in_one_session_and_listen_in_another"),
            ("unit/downlink/test_listeners.py", "test_each_session_of_a_gateway_that_listens"),
        ],
    ),
    Row(
        "thingsboard#8712",
        "an answer before the acknowledgement stays",
        [
            (FAULTS, "test_an_answer_before_the_acknowledgement_stays"),
            (SENDER, "test_an_answer_before_the_acknowledgement_stays"),
        ],
    ),
    Row(
        "thingsboard#11642",
        "what was sent and not acknowledged when the server is killed is never stuck",
        [
            (FAULTS, "test_what_was_sent_is_not_stuck_when_its_sender_is_killed"),
            (COMMANDS, "test_every_command_is_answered_whatever_is_killed_meanwhile"),
            (
                SENDER_RESTARTS,
                "test_after_a_restart_what_was_sent_to_a_client_that_has_gone_is_queued",
            ),
        ],
    ),
    Row(
        "thingsboard#7123",
        "behind a connection that is cut without a word nothing is delivered",
        [
            (FAULTS, "test_behind_a_cut_cable_it_is_not_delivered_until_the_device_has_it"),
            (COMMANDS, "test_what_was_not_acknowledged_is_not_delivered_and_comes_again"),
        ],
    ),
    Row(
        "thingsboard#2898",
        "a device that reconnects at once gets the command again, with the same number",
        [(COMMANDS, "test_what_was_not_acknowledged_is_not_delivered_and_comes_again")],
    ),
    Row(
        "thingsboard#15884",
        "a command to a device behind a gateway is delivered and answered",
        [(COMMANDS, "test_a_device_behind_a_gateway_is_reached_through_it")],
    ),
    Row(
        "thingsboard-gateway#1061, #1125",
        "after an outage of ten seconds, and an hour of silence, its devices are reached",
        [
            (THINGSBOARD, "test_meters_behind_thingsboards_gateway_work_and_go_on_after_an_outage"),
            (GATEWAYS, "test_after_hours_of_silence_it_is_still_reached"),
        ],
    ),
    Row(
        "tb_device_http of thingsboard-python-client-sdk",
        "an empty object is accepted as telemetry, and a poll without news ends with 408",
        [
            (HTTP, "test_a_client_may_try_its_connection_with_nothing"),
            (HTTP, "test_what_waited_comes_one_by_one_and_in_order"),
            (
                "unit/web/device/test_polls.py",
                "test_without_a_command_it_ends_with_408_and_no_body",
            ),
        ],
    ),
    Row(
        "mosquitto#2524",
        "many messages to clients that come and go at random leak nothing",
        [("integration/broker/test_downlinks_under_load.py", "test_every_order_has_one_end")],
    ),
    Row(
        "mosquitto#3261",
        "what a device publishes below $CONTROL is obeyed by nobody and harms nobody",
        [(DOWNLINKS, "test_nobody_but_the_control_client_gives_orders")],
    ),
    Row(
        "a method that nobody has",
        "the device is answered at once with the methods that there are",
        [(ATTRIBUTES, "test_a_call_of_the_device_is_answered_at_once")],
    ),
    Row(
        "an answer that comes too late, or twice",
        "it changes nothing",
        [
            (FAULTS, "test_a_device_that_never_answers_is_not_waited_for_and_its_late_answer"),
            (COMMANDS, "test_late_second_and_foreign_answers_change_nothing"),
        ],
    ),
    Row(
        "an answer of 64 KiB",
        "it is stored whole",
        [(COMMANDS, "test_an_answer_of_64_kib_is_stored_whole")],
    ),
    Row(
        "10,000 open commands",
        "they keep nobody waiting and are worked off",
        [(FAULTS, "test_ten_thousand_open_commands_keep_nobody_waiting_and_are_worked_off")],
    ),
    Row(
        "a device that never answers",
        "its command expires and says so",
        [(FAULTS, "test_a_device_that_never_answers_is_not_waited_for_and_its_late_answer")],
    ),
    Row(
        "a gateway that answers for the device of another owner",
        "the answer is dropped and shown to the admin",
        [
            (
                "unit/ingest/test_route.py",
                "test_an_answer_of_a_gateway_for_a_device_that_is_not_its_owners_is_a_sighting",
            )
        ],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.report)
def test_each_report_has_tests_that_there_are(row):
    assert row.tests
    for file, name in row.tests:
        assert f"def {name}" in (TESTS / file).read_text(), f"{file} has no {name}"
