"""/api/system: the health report in sentences, and the last day; for admins."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines import health_report
from qlines.errors import StoreUnavailableError
from qlines.version import VERSION
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.auth.access import admin_only
from qlines.web.deps import deps
from qlines.web.system_facts import facts

blueprint = ApiBlueprint("system", __name__, description="How the appliance fares; for admins")

START_CHECKER = "Its last lines in `docker logs` say why; `docker restart` starts everything again"


class ProblemLineSchema(Schema):
    """What is wrong; *remedy* is empty where the sentence says what to do."""

    sentence = fields.String()
    remedy = fields.String()


class FactSchema(Schema):
    """What some sentences are about, and they themselves."""

    name = fields.String()
    sentence = fields.String()


class ProgramSchema(Schema):
    """A program of the appliance."""

    name = fields.String()
    status = fields.String(metadata={"enum": ["ok", "starting", "blocked", "failed"]})
    sentence = fields.String()
    since = fields.Integer()
    restarts_last_hour = fields.Integer()


class SystemSchema(Schema):
    """The health report; since is null while the health checker does not answer."""

    status = fields.String(metadata={"enum": ["ok", "degraded", "down"]})
    since = fields.Integer(allow_none=True)
    version = fields.String()
    role = fields.String(
        allow_none=True, metadata={"description": "of two twins; null without one"}
    )
    problems = fields.List(fields.Nested(ProblemLineSchema))
    facts = fields.List(fields.Nested(FactSchema))
    programs = fields.List(fields.Nested(ProgramSchema))


class DaySchema(Schema):
    """A sample a minute, oldest first: a list for each name; null is what was not known."""

    every_seconds = fields.Float()
    at = fields.List(fields.Integer())
    messages_per_second = fields.List(fields.Float(allow_none=True))
    unread_bytes = fields.List(fields.Integer(allow_none=True))
    lag_seconds = fields.List(fields.Float(allow_none=True))
    disk_percent = fields.List(fields.Float(allow_none=True))
    memory_percent = fields.List(fields.Float(allow_none=True))


@endpoint(blueprint, "GET", "/system", returns=SystemSchema(), errors=(403,))
@admin_only
def system() -> Response:
    """Return what is wrong and what to do, the facts in sentences, and every program."""
    try:
        report = deps().ask_health(health_report.DEEP)
    except StoreUnavailableError as error:
        return answer(system_json(_silent(str(error)), _now_ms()))
    return answer(system_json(report, _now_ms()))


@endpoint(blueprint, "GET", "/system/day", returns=DaySchema(), errors=(403,))
@admin_only
def day() -> Response:
    """Return the last day: messages, spool, lag, disk and memory."""
    return answer(deps().ask_health(health_report.DAY))


def system_json(report: dict[str, Any], now_ms: int) -> dict[str, Any]:
    """Return the report of the health checker as SystemSchema describes it."""
    remedies = report.get("remedies", {})
    problems = report.get("problems") or [report[name] for name in ("reason",) if name in report]
    return {
        "status": report["status"],
        "since": report.get("since"),
        "version": report.get("version", VERSION),
        "role": (report.get("twin") or {}).get("role"),
        "problems": [
            {"sentence": problem, "remedy": remedies.get(problem, "")} for problem in problems
        ],
        "facts": [fact._asdict() for fact in facts(report, now_ms)],
        "programs": [
            {name: program[name] for name in ProgramSchema._declared_fields}
            for program in report.get("components", [])
        ],
    }


def _silent(reason: str) -> dict[str, Any]:
    return {"status": "down", "problems": [reason], "remedies": {reason: START_CHECKER}}


def _now_ms() -> int:
    return deps().clock.now_us() // 1000
