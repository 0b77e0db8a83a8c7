"""Evaluate readings and the time that passes: rules ▶ effects. No I/O; the loop stores the outcome.

A rule that fails, by a fault of ours, is noted with its error, and the others are evaluated.
"""

import logging
from collections.abc import Container, Iterable, Mapping
from typing import Any

from bson import ObjectId

from qlines.alarms.due import Due
from qlines.alarms.fleet import Device, Fleet, WatchedRule
from qlines.alarms.gateways import Gateways
from qlines.alarms.pairs import Pair, Pairs
from qlines.alarms.pending import Pending
from qlines.alarms.sight import Sight
from qlines.clock import epoch_us
from qlines.evaluation.chain import new_tuple
from qlines.evaluation.machine import Step, next_due_us, observe, tick
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.state import State
from qlines.reading import Reading

log = logging.getLogger(__name__)

NO_PARAMETERS: Mapping[str, Any] = {}
NO_PAIRS: Mapping[str, Pair] = {}


class Engine:
    """The rules, devices and states, and what has come of them since the last commit."""

    def __init__(self, fleet: Fleet, pending: Pending, sight: Sight) -> None:
        self.fleet = fleet
        self.pending = pending
        self.sight = sight
        self.pairs = Pairs()
        self.due: Due[Pair] = Due()
        self.parameters: dict[str, Mapping[str, Any]] = {}  # by device, where rules name attributes
        self.presence: dict[str, Presence] = {}  # of devices and gateways for which it matters
        self.gateways = Gateways(self.presence)
        self.problems: dict[str, str] = {}  # by rule: what is wrong with it, for its page
        self._held: dict[Pair, None] = {}

    def observe(
        self,
        readings: Iterable[Reading],
        now_us: int,
        *,
        is_again: bool = False,
        only: Container[str] | None = None,
    ) -> None:
        """Evaluate readings, in order; of *only* these rules and devices, by default of all.

        Of what is read *is_again* some is from before a rule: it is not the rule's own. Of what is
        new all is, whatever the clocks say.
        """
        sets, known = self.fleet.sets, self.pairs.of_device
        for device, _owner, ts_us, values, received_us in readings:
            rules = sets.get(device)
            concerned = rules.concerned(values) if rules is not None else ()
            if not concerned:
                continue
            sample = new_tuple(Sample, (ts_us, received_us or ts_us, values))
            pairs = known.get(device, NO_PAIRS)
            for watched in concerned:
                rule = watched.rule
                if is_again and sample.received_us < watched.begun_us:
                    continue
                if only is not None and rule.id not in only and device not in only:
                    continue
                pair = pairs.get(rule.id) or self._pair(watched, device, now_us)
                parameters = self._parameters(pair) if rule.attributes else NO_PARAMETERS
                try:
                    step = observe(rule, pair.state, sample, parameters)
                except Exception as error:  # noqa: BLE001 - noted with its stack; others are evaluated
                    self._note_fault(watched, error)
                    continue
                if step.is_minor and (not rule.is_silence or pair in self.due):
                    pair.state = step.state
                elif step.state is not pair.state or step.effects:
                    self._take(pair, step, now_us)

    def tick(self, now_us: int) -> None:
        """Evaluate what the clock alone decides; nothing while we do not see what devices send."""
        if not self.sight.is_clear:
            return
        if self.sight.take_was_blind():
            self._watch_again(now_us)
        for pair in self.due.take(now_us):
            if self.pending.is_full:  # all who fell silent at once: the rest comes after a commit
                self.due.add(pair, now_us)
            else:
                self._tick(pair, now_us)
        for pair in [one for one in self._held if self._is_to_release(one, now_us)]:
            del self._held[pair]
            if pair.is_held:
                self.pending.release(pair, now_us)

    def restore(self, pair: Pair, now_us: int) -> None:
        """Take over a pair as it was stored; silence counts on unless we were blind."""
        if pair.watched.rule.is_silence and self.sight.since_us is not None:
            pair.state = pair.state.continued(self.sight.since_us, now_us)
        self._add(pair)

    def begin(self, pair: Pair, now_us: int) -> None:
        """Take over a pair of a rule that begins, with what was known of the device before."""
        since_us = self.sight.since_us
        pair.state = pair.state.watched_from(now_us if since_us is None else since_us)
        self._add(pair)

    def _add(self, pair: Pair) -> None:
        self.pairs.add(pair)
        if pair.is_held:
            self._held[pair] = None
        self._schedule(pair)

    def clear_by_hand(self, pair: Pair) -> None:
        """Take over that a person has ended the alarm of a pair."""
        pair.alarm, pair.is_held = None, False
        pair.state = pair.state.cleared_by_hand()
        self.pending.note(pair)

    def meet_all(self, devices: Iterable[str], now_us: int) -> None:
        """Look at the devices for which a rule decides although they have never sent anything."""
        for watched, device in self._unmet(devices):
            self.due.add(self._pair(watched, device, now_us), now_us)

    def meet_all_again(self, devices: Iterable[str], now_us: int) -> None:
        """Do as meet_all() at a start: what has met before it is watched since then."""
        for watched, device in self._unmet(devices):
            since_us = self.sight.since_us
            if since_us is not None:
                since_us = max(since_us, watched.begun_us, added_us(device))
            self.due.add(self._pair(watched, device, since_us or now_us), now_us)

    def _unmet(self, devices: Iterable[str]) -> list[tuple[WatchedRule, str]]:
        return [
            (watched, device)
            for device in devices
            for watched in self.fleet.rules_of(device).values()
            if watched.decides_unheard and not self.pairs.find(device, watched.id)
        ]

    def unheard(self, devices: Iterable[str]) -> set[str]:
        """Return the devices of which a rule about silence would have to know when they sent."""
        return {
            device
            for device in devices
            for watched in self.fleet.rules_of(device).values()
            if self._is_unheard(watched, device)
        }

    def heard_before(self, device: str, heard_us: int, now_us: int) -> None:
        """Let rules about silence know when a device was heard before they were about it.

        Silence counts from now on: what was sent since then may not be stored yet.
        """
        for watched in self.fleet.rules_of(device).values():
            if self._is_unheard(watched, device):
                state = State.new(watched_us=now_us, heard_us=min(heard_us, now_us))
                pair = Pair(watched, self.fleet.devices[device], state)
                self.pending.note(pair)
                self._add(pair)

    def _is_unheard(self, watched: WatchedRule, device: str) -> bool:
        if not watched.rule.is_silence or watched.decides_unheard:
            return False
        return self.pairs.find(device, watched.id) is None

    def look_again(self, devices: Iterable[str], now_us: int) -> None:
        """Let the clock look at these devices: their presence or their attributes have changed."""
        for device in devices:
            for pair in self.pairs.of_device.get(device, {}).values():
                if pair.watched.rule.needs_presence or pair.watched.rule.is_silence:
                    self.due.add(pair, now_us)

    def part(self, pair: Pair, now_us: int, reason: str) -> None:
        """End a pair and its alarm: the rule no longer concerns the device."""
        self.pending.end(pair, now_us, reason)
        self.pairs.remove(pair)
        self.due.forget(pair)
        self._held.pop(pair, None)

    def _pair(self, watched: WatchedRule, device: str, now_us: int) -> Pair:
        pair = self.pairs.find(device, watched.id)
        if pair is None:
            pair = Pair(watched, self.fleet.devices[device], State.new(watched_us=now_us))
            self.pairs.add(pair)
        return pair

    def _watch_again(self, now_us: int) -> None:
        """Let silence count from now on: nobody could be heard before."""
        for pair in self.pairs:
            if pair.watched.rule.is_silence:
                pair.state = pair.state.watched_from(now_us)
                self._schedule(pair)

    def _parameters(self, pair: Pair) -> Mapping[str, Any]:
        if not pair.watched.rule.attributes:
            return NO_PARAMETERS
        return self.parameters.get(pair.device.id, NO_PARAMETERS)

    def _tick(self, pair: Pair, now_us: int) -> None:
        rule, parameters = pair.watched.rule, self._parameters(pair)
        try:
            step = tick(rule, pair.state, now_us, parameters, self._presence(pair.device))
        except Exception as error:  # noqa: BLE001 - as above
            self._note_fault(pair.watched, error)
            return
        self._take(pair, step, now_us)

    def _presence(self, device: Device) -> Presence | None:
        return self.presence.get(device.id)

    def _take(self, pair: Pair, step: Step, now_us: int) -> None:
        before = pair.state.published
        if step.state is not pair.state:
            pair.state = step.state
            self.pending.note(pair)
        for effect in step.effects:
            is_away = self.gateways.is_away(pair.device.id) and self._is_gateway_watched(pair)
            self.pending.effect(pair, effect, now_us, before=before, is_away=is_away)
            if pair.is_held:
                self._held[pair] = None
        if pair.watched.rule.is_silence or not _is_at_rest(pair.state):
            self._schedule(pair)

    def _schedule(self, pair: Pair) -> None:
        parameters = self._parameters(pair)
        at_us = next_due_us(pair.watched.rule, pair.state, parameters, self._presence(pair.device))
        if at_us is not None:
            self.due.add(pair, at_us)

    def _is_to_release(self, pair: Pair, now_us: int) -> bool:
        if not pair.is_held or self.gateways.is_back(pair.device.id, now_us):
            return True
        return not self._is_gateway_watched(pair)

    def _is_gateway_watched(self, pair: Pair) -> bool:
        """Return whether a rule of the same owner says so when the device's gateway is silent.

        Not one of which nobody is sent a message: then the device's own is all that people hear.
        """
        gateway = self.gateways.gateway_of(pair.device.id)
        for watched in self.fleet.rules_of(gateway).values():
            if not watched.rule.is_silence or watched.owner != pair.watched.owner:
                continue
            if not watched.has_messages:
                continue
            own = self.pairs.find(gateway, watched.id)
            if watched.rule.needs_presence or (own is not None and own.state.last_heard_us):
                return True
        return False

    def _note_fault(self, watched: WatchedRule, error: Exception) -> None:
        if watched.id not in self.problems:
            log.error("the rule %s cannot be evaluated", watched.id, exc_info=error)
        self.problems[watched.id] = f"a fault of QLines: {error!r}; please report it"
        self.pending.counts["faults"] += 1


def _is_at_rest(state: State) -> bool:
    return state.published is None and state.late is None and state.newest.fold.is_settled


def added_us(device: str) -> int:
    """Return when a device was added, in microseconds: its id says so; pure."""
    return epoch_us(ObjectId(device).generation_time)
