"""Which rules concern which devices, for a look-up by reading; pure.

Devices with the same rules share one RuleSet, so 10,000 devices of an owner with 1,000 rules for
all of them cost 10,000 pointers. A reading of a device without rules costs one look-up.

What is remembered of each rule and device costs memory, so an owner may have so many pairs of them.
Of what is beyond, the newest devices are left out, and of one device the newest rules.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from qlines.evaluation.rule import Rule


class Device(NamedTuple):
    """What rules know of a device: ids as text; *product* is empty for a device of none."""

    id: str
    owner: str
    name: str
    tags: tuple[str, ...] = ()
    product: str = ""


class WatchedRule(NamedTuple):
    """An enabled rule: what evaluates it, and whom it concerns.

    *scope* is device, tag, product or all, *target* the id or the tag. *begun_us*, microseconds
    since 1970, is when it was switched on or got what decides now. *has_messages*: it names
    somebody who is sent its alarms, or leaves that to the owner's default channels.
    """

    rule: Rule
    owner: str
    name: str
    scope: str
    target: str
    begun_us: int
    has_messages: bool = True

    @property
    def id(self) -> str:
        """Return the id of the rule's document."""
        return self.rule.id

    @property
    def decides_unheard(self) -> bool:
        """Return whether the rule says something about a device that has never sent anything."""
        conditions = self.rule.conditions
        return self.rule.needs_presence or any(one.if_never for one in conditions)


class RuleSet:
    """The rules of one or more devices: all of them by id, and those that a reading concerns."""

    __slots__ = ("_by_key", "_of_any", "rules")

    def __init__(self, rules: Iterable[WatchedRule]) -> None:
        self.rules = {watched.id: watched for watched in rules}
        by_key: dict[str, list[WatchedRule]] = defaultdict(list)
        for watched in self.rules.values():
            for key in watched.rule.keys:
                by_key[key].append(watched)
        self._by_key = {key: tuple(found) for key, found in by_key.items()}
        self._of_any = tuple(one for one in self.rules.values() if one.rule.needs_any_reading)

    def concerned(self, keys: Iterable[str]) -> tuple[WatchedRule, ...]:
        """Return the rules that want a reading with these keys, each once."""
        found = self._of_any
        for key in keys:
            more = self._by_key.get(key)
            if more:
                found = more if not found else (*found, *(one for one in more if one not in found))
        return found


class _LeftOut(NamedTuple):
    """A device, and the ids of its rules for which there was no room."""

    device: Device
    rules: tuple[str, ...]


class Fleet:
    """The devices that rules concern; `sets` has the RuleSet by device id.

    An owner has at most *max_pairs* pairs of a rule and a device.
    """

    def __init__(self, max_pairs: int) -> None:
        self.max_pairs = max_pairs
        self._pairs: Counter[str] = Counter()  # by owner
        self._left_out: dict[str, _LeftOut] = {}  # by device
        self._missing: Counter[str] = Counter()  # how many of them each rule lacks
        self.sets: dict[str, RuleSet] = {}
        self.devices: dict[str, Device] = {}
        self._rules: dict[str, WatchedRule] = {}
        self._by_owner: dict[str, _OwnersRules] = {}
        self._interned: dict[tuple[str, ...], RuleSet] = {}

    @property
    def rules(self) -> Mapping[str, WatchedRule]:
        """Return the enabled rules by id."""
        return self._rules

    def set_rules(self, rules: Iterable[WatchedRule]) -> None:
        """Replace all rules; each device keeps those that concern it."""
        self._rules = {watched.id: watched for watched in rules}
        by_owner: dict[str, list[WatchedRule]] = defaultdict(list)
        for watched in self._rules.values():
            by_owner[watched.owner].append(watched)
        self._by_owner = {owner: _OwnersRules(found) for owner, found in by_owner.items()}
        self._interned = {}
        known = self.devices | {one.device.id: one.device for one in self._left_out.values()}
        self.devices, self.sets, self._left_out = {}, {}, {}
        self._pairs.clear()
        self._missing.clear()
        self.put_all(known.values())

    def put_all(self, devices: Iterable[Device]) -> None:
        """Put devices, the oldest first: they have room before the others."""
        ordered = sorted(devices, key=lambda one: one.id)
        for device in ordered:
            self.remove(device.id)
        for device in ordered:
            self.put(device)

    def put(self, device: Device) -> None:
        """Add a device, or take over what has changed of it; one without rules is not kept."""
        self.remove(device.id)
        owners = self._by_owner.get(device.owner)
        wanted = owners.ids_for(device) if owners else ()
        room = self.max_pairs - self._pairs[device.owner]
        ids, left_out = (wanted, ()) if len(wanted) <= room else (wanted[:room], wanted[room:])
        if left_out:
            self._left_out[device.id] = _LeftOut(device, left_out)
            self._missing.update(left_out)
        if not ids:
            return
        found = self._interned.get(ids)
        if found is None:
            found = self._interned[ids] = RuleSet(self._rules[one] for one in ids)
        self.devices[device.id], self.sets[device.id] = device, found
        self._pairs[device.owner] += len(ids)

    def remove(self, device: str) -> None:
        """Forget a device."""
        if (left_out := self._left_out.pop(device, None)) is not None:
            self._missing.subtract(left_out.rules)
        known = self.devices.pop(device, None)
        if known is not None:
            self._pairs[known.owner] -= len(self.sets.pop(device).rules)

    def admit(self) -> list[str]:
        """Put devices that were left out where there is room again; return their ids."""
        having_room = [
            one.device
            for one in self._left_out.values()
            if self._pairs[one.device.owner] < self.max_pairs
        ]
        self.put_all(having_room)
        return [device.id for device in having_room if device.id in self.sets]

    def is_left_out(self, rule: str, device: str) -> bool:
        """Return whether there was no room for a rule and a device."""
        found = self._left_out.get(device)
        return found is not None and rule in found.rules

    def left_out(self) -> dict[str, int]:
        """Return for how many devices each rule is not evaluated, as there was no room."""
        return {rule: count for rule, count in self._missing.items() if count}

    def rules_of(self, device: str) -> Mapping[str, WatchedRule]:
        """Return the rules of a device by id."""
        found = self.sets.get(device)
        return found.rules if found else {}


class _OwnersRules:
    """The ids of an owner's rules by what they are for."""

    def __init__(self, rules: Iterable[WatchedRule]) -> None:
        self._of: dict[tuple[str, str], list[str]] = defaultdict(list)
        for watched in rules:
            self._of[watched.scope, watched.target].append(watched.id)

    def ids_for(self, device: Device) -> tuple[str, ...]:
        """Return the ids of the rules of a device, sorted."""
        wanted = [("all", ""), ("device", device.id), ("product", device.product)]
        wanted += [("tag", tag) for tag in device.tags]
        found = [one for name in wanted if name in self._of for one in self._of[name]]
        return tuple(sorted(set(found)))
