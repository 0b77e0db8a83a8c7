"""What an alarm rule would have done in the past days, device by device.

It runs in the web app, whose person waits for it: ClickHouse says first where a rule may be true at
all (store/rule_stretches.py), so mostly a few of a device's readings are evaluated. Between them it
is the other requests' turn, as it computes in steps of milliseconds; a person has one at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qlines.clock import Clock
from qlines.errors import BusyError
from qlines.evaluation.columns import Columns
from qlines.evaluation.dry_run import DryRun, OutOfTimeError, dry_run
from qlines.evaluation.rule import Rule, compile_rule
from qlines.store import alarm_parameters, alarm_scope, rule_history, rule_truth
from qlines.store.device_document import DeviceDocument
from qlines.store.rule_history import DEVICES_AT_A_TIME, Range
from qlines.store.rule_stretches import grid_of, wanted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.history_queries import history_client
from qlines.web.turns import Room, Turns

PAST_US = 7 * 86_400_000_000
MAX_SECONDS = 20.0  # a person waits; the devices that are left are said
BUSY = (
    "you have a rule tried already, and another one waits: wait for its result before you try more"
)


UNTRIED = (
    "A rule about connections cannot be tried on the past: of each device only the last ten changes"
    " of its connection are kept, not a week. Saved and switched on, it is evaluated from then on."
)


class Tried(NamedTuple):
    """The result, the devices of the rule by id, and of how many it is.

    *untried* says why the past was not looked at, "" where it was.
    """

    result: DryRun
    devices: Mapping[str, DeviceDocument]
    checked: int
    untried: str = ""


def dry_run_turns() -> Turns:
    """Return the turns of all people: one dry run each at a time, and one that waits."""
    return Turns(Room(1, 1, MAX_SECONDS), lambda: BusyError(BUSY, status=429, retry_seconds=5))


def tried(fields: Mapping[str, Any]) -> Tried:
    """Return what a rule in normal form would have done to the person's devices in a week.

    Of one about connections, whose past is not stored, only where it is true now. Raise BusyError
    when the person has one tried already, StoreUnavailableError when a store does not answer.
    """
    rule = compile_rule("", 0, fields)
    with deps().dry_run_turns.turn(me().user_id):
        return _looked_at(fields) if rule.needs_presence else _tried(rule, fields)


def _looked_at(fields: Mapping[str, Any]) -> Tried:
    owner, now_us = me().user_id, deps().clock.now_us()
    with history_client() as client:
        found = rule_truth.look_at_all(deps().db, client, owner, fields, now_us)
    by_id = {str(one.device["_id"]): one.device for one in found}
    true_now = [str(one.device["_id"]) for one in found if one.is_true]
    return Tried(DryRun(0, 0, 0, true_now, []), by_id, 0, UNTRIED)


def _tried(rule: Rule, fields: Mapping[str, Any]) -> Tried:
    db, clock = deps().db, deps().clock
    found = alarm_scope.devices_of(db, me().user_id, fields["scope"])
    by_id = {str(device["_id"]): device for device in found}
    parameters = alarm_parameters.of_devices(db, by_id, rule.attributes)
    histories = _Histories(rule, parameters, clock)
    result = dry_run(rule, histories.of(list(by_id)), histories.now_us)
    return Tried(result, by_id, histories.checked)


class _Histories:
    """The histories of devices one after the other, until the time is up."""

    def __init__(
        self, rule: Rule, parameters: Mapping[str, Mapping[str, Any]], clock: Clock
    ) -> None:
        self._rule = rule
        self._parameters = parameters
        self._clock = clock
        self.now_us = clock.now_us()
        limits = [rule.limits(one) for one in (*parameters.values(), {})]
        grid = grid_of(rule, limits)
        from_us = (self.now_us - PAST_US) // grid.stretch_us * grid.stretch_us
        self._past = Range(from_us, self.now_us, grid)
        self.checked = 0

    def of(
        self, devices: Sequence[str]
    ) -> Iterator[tuple[str, Iterator[Columns], Mapping[str, Any]]]:
        """Yield each device with its readings where the rule may be true, and its parameters.

        A device counts as checked when the next one is asked for. Its readings raise OutOfTimeError
        when the time is up.
        """
        give_up_at = self._clock.monotonic() + MAX_SECONDS
        for start in range(0, len(devices), DEVICES_AT_A_TIME):
            part = devices[start : start + DEVICES_AT_A_TIME]
            with history_client() as client:
                stretches = rule_history.stretches_of(client, self._rule, part, self._past)
                for device in part:
                    rule_history.give_way()
                    if self._clock.monotonic() > give_up_at:
                        return
                    parameters = self._parameters.get(device, {})
                    of_device = stretches.get(device, [])
                    last = self.now_us // self._past.grid.stretch_us
                    positions = wanted(
                        self._rule, self._rule.limits(parameters), self._past.grid, of_device, last
                    )
                    pieces = rule_history.pieces_of(
                        client, self._rule, device, self._past, of_device, positions
                    )
                    yield device, self._in_time(pieces, give_up_at), parameters
                    self.checked += 1

    def _in_time(self, pieces: Iterator[Columns], give_up_at: float) -> Iterator[Columns]:
        for piece in pieces:
            if self._clock.monotonic() > give_up_at:
                raise OutOfTimeError
            yield piece
