"""Keep what the engine knows of rules and devices equal to MongoDB."""

from collections.abc import Collection, Iterable

from qlines.alarms import catalog, reconcile
from qlines.alarms.changes import Changes
from qlines.alarms.engine import Engine
from qlines.alarms.fleet import WatchedRule
from qlines.alarms.last_heard import LastHeard
from qlines.clients.mongodb import Documents
from qlines.store import alarm_parameters, alarm_states

# Of a change we hear so soon, also where it has no time of its own as that of a device.
HEARD_WITHIN_US = 5_000_000


class Knowledge:
    """Reads everything once, then what has changed; raises StoreUnavailableError in an outage."""

    def __init__(self, db: Documents, engine: Engine, last_heard: LastHeard) -> None:
        self._db = db
        self._engine = engine
        self._last_heard = last_heard
        self._unreadable: dict[str, str] = {}
        self._begun: dict[str, int] = {}

    def load_rules(self) -> bool:
        """Read the rules; return whether there are any."""
        self._set_rules()
        return bool(self._engine.fleet.rules)

    def load(self, now_us: int, stored_us: int) -> None:
        """Read the devices of the rules, and the states.

        Who stored them, at *stored_us* or 0 for never, need not have heard of the newest rules.
        """
        engine, db = self._engine, self._db
        owners = {watched.owner for watched in engine.fleet.rules.values()}
        engine.fleet.put_all(catalog.read_devices(db, owners=owners))
        self._read_facts(engine.fleet.devices)
        active = catalog.read_active_alarms(db)
        reconcile.restore(db, engine, alarm_states.load(db), active, now_us)
        engine.meet_all_again(engine.fleet.devices, now_us)
        self._last_heard.want(engine.unheard(engine.fleet.devices))
        unheard_us = stored_us - HEARD_WITHIN_US if stored_us else now_us
        rules = engine.fleet.rules.values()
        self._begun |= {one.id: one.begun_us for one in rules if one.begun_us > unheard_us}

    def apply(self, changes: Changes, now_us: int) -> None:
        """Take over what has changed."""
        engine = self._engine
        if changes.ended:
            self._clear_by_hand(changes)
        if changes.rules:
            self._apply_rules(now_us)
        if changes.devices:
            self._apply_devices(changes.devices, now_us)
        known = engine.fleet.devices.keys()
        if facts := (changes.attributes | changes.gateways) & known:
            self._read_facts(facts)
            engine.look_again(facts, now_us)
        if changes.presence:
            engine.look_again(self._read_presence(changes.presence), now_us)
        for device, heard_us in self._last_heard.take().items():
            engine.heard_before(device, heard_us, now_us)

    def take_begun(self) -> dict[str, int]:
        """Return since when each rule is, and each device that has rules now, by id.

        Those that we have heard of since the last call. Times are in microseconds.
        """
        begun, self._begun = self._begun, {}
        return begun

    def refresh_presence(self, now_us: int) -> None:
        """Read the presence again: a side of twins that is gone changes it without an event."""
        engine = self._engine
        everybody = engine.fleet.devices.keys() | engine.gateways.gateways
        engine.look_again(self._read_presence(everybody), now_us)

    def _set_rules(self) -> None:
        engine = self._engine
        rules, unreadable = catalog.read_rules(self._db, engine.fleet.rules)
        engine.fleet.set_rules(rules)
        for rule_id in self._unreadable.keys() - unreadable.keys():
            engine.problems.pop(rule_id, None)
        self._unreadable = unreadable
        engine.problems |= unreadable

    def _apply_rules(self, now_us: int) -> None:
        engine, before = self._engine, dict(self._engine.fleet.rules)
        self._set_rules()
        changed = [
            one for one in engine.fleet.rules.values() if not _is_same(one, before.get(one.id))
        ]
        for one in changed:  # what was wrong with it may be mended
            engine.problems.pop(one.id, None)
        owners = {one.owner for one in changed}
        engine.fleet.put_all(catalog.read_devices(self._db, owners=owners))
        reconcile.part_from_gone(self._db, engine, list(engine.pairs), now_us)
        self._read_facts(engine.fleet.devices)
        self._begin_new(changed, now_us)
        self._begun |= {one.id: one.begun_us for one in changed}
        engine.meet_all(engine.fleet.devices, now_us)

    def _begin_new(self, changed: Iterable[WatchedRule], now_us: int) -> None:
        """Take over the states that came with new rules: what is true already waits for false."""
        wanted = [one.id for one in changed]
        for stored in alarm_states.of_rules(self._db, wanted):
            pair = reconcile.pair_of(self._engine.fleet, stored)
            if pair is not None and not self._engine.pairs.find(stored.device, stored.rule):
                pair.kept = None  # the end of the old version deletes it: it is to be stored again
                self._engine.pending.note(pair)
                self._engine.begin(pair, now_us)

    def _apply_devices(self, ids: frozenset[str], now_us: int) -> None:
        engine = self._engine
        found = {device.id: device for device in catalog.read_devices(self._db, ids=ids)}
        for device in ids - found.keys():
            engine.fleet.remove(device)
        before = found.keys() & engine.fleet.devices.keys()
        engine.fleet.put_all(found.values())
        new = (found.keys() & engine.fleet.devices.keys()) - before
        self._begun |= dict.fromkeys(new, now_us - HEARD_WITHIN_US)
        ids |= frozenset(engine.fleet.admit())
        pairs = [one for device in ids for one in engine.pairs.of_device.get(device, {}).values()]
        reconcile.part_from_gone(self._db, engine, pairs, now_us)
        self._read_facts(ids)
        engine.meet_all(ids, now_us)
        self._last_heard.want(engine.unheard(ids))

    def _clear_by_hand(self, changes: Changes) -> None:
        by_alarm = {pair.alarm: pair for pair in self._engine.pairs if pair.alarm is not None}
        mine = [alarm for alarm in changes.ended if alarm in by_alarm]
        active = catalog.still_active(self._db, mine)
        for alarm in mine:
            if alarm not in active:
                self._engine.clear_by_hand(by_alarm[alarm])

    def _read_facts(self, devices: Collection[str]) -> None:
        """Read what rules want to know of these devices beside their readings."""
        engine = self._engine
        rules = {device: engine.fleet.rules_of(device).values() for device in devices}
        names = {name for one in engine.fleet.rules.values() for name in one.rule.attributes}
        named = [one for one in devices if any(rule.rule.attributes for rule in rules[one])]
        found = alarm_parameters.of_devices(self._db, named, names)
        for device in devices:
            engine.parameters.pop(device, None)
        engine.parameters.update(found)
        silent = [one for one in devices if any(rule.rule.is_silence for rule in rules[one])]
        engine.gateways.put(silent, catalog.read_gateways(self._db, silent))
        self._read_presence({*devices} | engine.gateways.of(silent))

    def _read_presence(self, devices: Collection[str]) -> list[str]:
        """Read the presence of these devices as far as it matters; return those with another."""
        engine = self._engine
        wanted = [one for one in devices if self._needs_presence(one)]
        found = catalog.read_presence(self._db, wanted)
        changed = [one for one in wanted if found.get(one) != engine.presence.get(one)]
        for device in changed:
            if device in found:
                engine.presence[device] = found[device]
            else:
                engine.presence.pop(device, None)
        return changed

    def _needs_presence(self, device: str) -> bool:
        engine = self._engine
        rules = engine.fleet.rules_of(device).values()
        return device in engine.gateways.gateways or any(one.rule.needs_presence for one in rules)


def _is_same(one: WatchedRule, before: WatchedRule | None) -> bool:
    return before is not None and one.rule is before.rule
