"""A rule and a device for the tests: readings by the clock of one day, and what they amount to."""

from datetime import UTC, datetime
from typing import Any

from qlines.evaluation.effect import Effect
from qlines.evaluation.machine import next_due_us, observe, tick
from qlines.evaluation.rule import Rule, compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document, to_document


def at(clock: str) -> int:
    """Return a moment of 2 March 2026, UTC, in microseconds: "10:00" or "10:00:30"."""
    time = datetime.fromisoformat(f"2026-03-02T{clock}").replace(tzinfo=UTC)
    return int(time.timestamp()) * 1_000_000


def condition(kind: str = "above", key: str = "temperature", **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "key": key, **fields}


def level(*conditions: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"severity": "major", "conditions": list(conditions), **fields}


def fields_of(*levels: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return check({"name": "Pump too hot", "levels": list(levels), **fields})


def rule_of(*levels: dict[str, Any], **fields: Any) -> Rule:
    return compile_rule("rule", 1, fields_of(*levels, **fields))


def above_80(**fields: Any) -> Rule:
    """Return the rule "temperature above 80"; the fields are the rule's, but for_seconds."""
    for_seconds = fields.pop("for_seconds", 0)
    return rule_of(level(condition(limit=80), for_seconds=for_seconds), **fields)


class Device:
    """A device that one rule watches; it remembers every effect."""

    def __init__(self, rule: Rule, state: State | None = None, **parameters: Any) -> None:
        self.rule = rule
        self.state = State.new() if state is None else state
        self.parameters = parameters
        self.presence: Presence | None = None
        self.effects: list[Effect] = []

    def sends(
        self, clock: str, temperature: Any = None, arrives: str | None = None, **values: Any
    ) -> list[str]:
        """Send a reading, by default a temperature; return the words for what it makes."""
        if not values:
            values = {"temperature": temperature}
        sample = Sample(at(clock), at(arrives or clock), values)
        return self._done(observe(self.rule, self.state, sample, self.parameters))

    def waits_until(self, clock: str) -> list[str]:
        """Let time pass with every step that is due."""
        words: list[str] = []
        while (due := self.due_us()) is not None and due <= at(clock):
            words += self._done(tick(self.rule, self.state, due, self.parameters, self.presence))
        return words

    def ticks(self, clock: str) -> list[str]:
        """Let time pass in one step, due or not."""
        return self._done(tick(self.rule, self.state, at(clock), self.parameters, self.presence))

    def due_us(self) -> int | None:
        return next_due_us(self.rule, self.state, self.parameters, self.presence)

    def is_killed(self) -> None:
        """Go on with what was stored."""
        self.state = from_document(to_document(self.state))

    @property
    def last(self) -> Effect:
        return self.effects[-1]

    def _done(self, step: Any) -> list[str]:
        self.state = step.state
        self.effects += step.effects
        return [word_of(effect) for effect in step.effects]


def word_of(effect: Effect) -> str:
    """Return an effect as a word or two: "raised major", "cleared"."""
    return "cleared" if effect.type == "cleared" else f"{effect.type} {effect.severity}"
