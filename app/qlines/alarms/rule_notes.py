"""Note for the page of each rule when it was evaluated, how far behind, and what is wrong."""

from collections.abc import Mapping

from bson import ObjectId
from pymongo import UpdateOne

from qlines.alarms.engine import Engine
from qlines.alarms.pairs import Pair
from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import Clock, utc_datetime
from qlines.evaluation.durations import duration

EVERY_SECONDS = 10.0


class RuleNotes:
    """Writes to all rules at once, and errors where they have changed."""

    def __init__(self, db: Documents, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._written_at = float("-inf")
        self._errors: dict[str, str] = {}

    @raising_unavailable()
    def write_if_due(self, engine: Engine, lag_ms: int) -> None:
        """Write; raise StoreUnavailableError when MongoDB does not answer."""
        now = self._clock.monotonic()
        if now - self._written_at < EVERY_SECONDS:
            return
        is_first = self._written_at == float("-inf")
        self._written_at = now
        at = utc_datetime(self._clock.now_us())
        ids = [ObjectId(rule) for rule in engine.fleet.rules]
        if ids:
            noted = {"evaluated_at": at, "lag_ms": lag_ms}
            self._db.alarm_rules.update_many({"_id": {"$in": ids}}, {"$set": noted})
        errors = errors_of(engine)
        if is_first:  # what an earlier program noted may be mended by now
            mended = {"_id": {"$nin": [ObjectId(one) for one in errors]}, "last_error": THERE}
            self._db.alarm_rules.update_many(mended, _forgotten(at))
        if updates := _updates(errors, self._errors, at):
            self._db.alarm_rules.bulk_write(updates, ordered=False)
        self._errors = errors


THERE = {"$exists": True}


def errors_of(engine: Engine) -> dict[str, str]:
    """Return by rule a sentence about what is wrong with it, or with one of its devices; pure."""
    left_out = engine.fleet.left_out().items()
    errors = {rule: _too_many(count, engine.fleet.max_pairs) for rule, count in left_out}
    errors |= engine.problems
    for pair in engine.pairs:
        if (sentence := problem_of(pair)) and pair.watched.id not in errors:
            errors[pair.watched.id] = f"{pair.device.name}: {sentence}"
    return errors


def _too_many(count: int, most: int) -> str:
    devices = "1 device" if count == 1 else f"{count:,} devices"
    return (
        f"it is not evaluated for {devices}, as you have more than {most:,} pairs of a rule and a"
        " device: remove devices, switch off rules, or ask your admin to raise QLINES_ALARM_PAIRS"
    )


def problem_of(pair: Pair) -> str:
    """Return what is wrong with a rule and a device, "" for nothing; pure."""
    off_us = pair.state.clock_off_us
    if not off_us:
        return pair.state.problem
    side = "behind ours" if off_us > 0 else "ahead of ours"
    return (
        f"its readings come with times {duration(abs(off_us) / 1e6)} {side}, which is more than the"
        " lateness of the rule: they make no alarms of now; set its clock, or send no ts"
    )


def _updates(errors: Mapping[str, str], before: Mapping[str, str], at: object) -> list[UpdateOne]:
    changed = {rule: one for rule, one in errors.items() if before.get(rule) != one}
    noted = [
        UpdateOne(
            {"_id": ObjectId(rule)},
            {"$set": {"evaluated_at": at, "last_error": {"at": at, "sentence": sentence}}},
        )
        for rule, sentence in changed.items()
    ]
    gone = [UpdateOne({"_id": ObjectId(rule)}, _forgotten(at)) for rule in before.keys() - errors]
    return [*noted, *gone]


def _forgotten(at: object) -> Document:
    """Return the update that takes an error back; evaluated_at marks it as a note of ours."""
    return {"$set": {"evaluated_at": at}, "$unset": {"last_error": ""}}
