"""/api/alarms: what rules have found, and what people do about it."""

from collections.abc import Sequence
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.clock import utc_datetime
from qlines.store import alarm_context, alarm_search, alarms, rule_states
from qlines.store.alarm_document import SEVERITIES, AlarmDocument, named
from qlines.store.alarm_search import SORTS, AlarmFilter, PageRequest
from qlines.store.alarms import MAX_AT_ONCE, MAX_MUTE_SECONDS, Person
from qlines.web.api.alarm_json import (
    STATUSES,
    AlarmCountSchema,
    AlarmPageSchema,
    AlarmSchema,
    alarm_json,
    alarm_row,
)
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import WholeNumber, one_of, search_text, whole_number
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.tries import Limit, count_try

blueprint = ApiBlueprint("alarms", __name__, description="What your alarm rules have found")

# Whom an alarm is given to is sent a message, and mails of that count as theirs.
GIVEN = Limit("alarms given to others", 30, 3_600, "you may give 30 alarms an hour to others")


class AlarmListSchema(Schema):
    """Which alarms, and in which order; `search` is a part of a device's or a rule's name.

    `rule` and `device` are ids. `order=desc` is the newest, or the most severe, first.
    """

    status = one_of(*STATUSES, "all", load_default="active")
    severity = one_of(*SEVERITIES, load_default=None)
    rule = fields.String(load_default=None)
    device = fields.String(load_default=None)
    acknowledged = fields.Boolean(load_default=None)
    search = search_text()
    sort = one_of(*SORTS, load_default="started")
    order = one_of("asc", "desc", load_default="desc")
    page = whole_number(1, 1_000_000, load_default=1)
    per_page = whole_number(1, 200, load_default=50)


class ClearSchema(Schema):
    """For how long nobody shall be sent a message about this rule and device."""

    mute_seconds = WholeNumber(
        load_default=None, allow_none=True, validate=validate.Range(0, MAX_MUTE_SECONDS)
    )


class AssignSchema(Schema):
    """Who looks after the alarm: the address of its owner or of an admin, null for nobody."""

    to = fields.String(required=True, allow_none=True)


class NewCommentSchema(Schema):
    """What to write about the alarm."""

    text = fields.String(required=True)


class MuteSchema(Schema):
    """For how long nobody shall be sent a message; 0 ends it."""

    seconds = WholeNumber(required=True, validate=validate.Range(0, MAX_MUTE_SECONDS))


class AlarmIdsSchema(Schema):
    """Which alarms, by their `id`."""

    ids = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(1, MAX_AT_ONCE, error=f"must be 1 to {MAX_AT_ONCE} ids of alarms"),
    )


class AcknowledgedSchema(Schema):
    """What became of an alarm."""

    id = fields.String()
    result = one_of("acknowledged", "was acknowledged", "not found")


@endpoint(
    blueprint, "GET", "/alarms", query=AlarmListSchema, returns=AlarmPageSchema(), errors=(404,)
)
def list_alarms(query: dict[str, Any]) -> Response:
    """List alarms: the active ones by default. One is kept for a year after it has ended."""
    page, per_page, sort = query.pop("page"), query.pop("per_page"), query.pop("sort")
    request = PageRequest(page, per_page, sort, query.pop("order") == "desc")
    items, total = alarm_search.page(deps().db, me().user_id, AlarmFilter(**query), request)
    rows = [alarm_row(alarm) for alarm in _with_mutes(items)]
    return answer({"items": rows, "total": total, "page": page, "per_page": per_page})


@endpoint(blueprint, "GET", "/alarms/count", returns=AlarmCountSchema())
def count_alarms() -> Response:
    """Return how many alarms are active."""
    return answer(alarm_search.counts(deps().db, me().user_id)._asdict())


@endpoint(
    blueprint, "POST", "/alarms/acknowledge", body=AlarmIdsSchema,
    returns=AcknowledgedSchema(many=True),
)  # fmt: skip
def acknowledge_many(body: dict[str, Any]) -> Response:
    """Acknowledge alarms: each for which that is possible."""
    outcomes = alarms.acknowledge_all(deps().db, body["ids"], _person())
    new = sum(outcome == "acknowledged" for outcome in outcomes.values())
    if new:
        noted(f"acknowledged {new:,} alarm{'s' * (new > 1)}")
    return answer([{"id": one, "result": outcome} for one, outcome in outcomes.items()])


@endpoint(blueprint, "GET", "/alarms/<alarm_id>", returns=AlarmSchema(), errors=(404,))
def show_alarm(alarm_id: str) -> Response:
    """Return one alarm with its history and its comments."""
    return answer(
        _json(alarm_search.find(deps().db, alarm_id, owner=me().user_id, assignee=me().assignee))
    )


@endpoint(blueprint, "POST", "/alarms/<alarm_id>/acknowledge", returns=AlarmSchema(), errors=(404,))
def acknowledge(alarm_id: str) -> Response:
    """Acknowledge an alarm: somebody has seen it. One that is acknowledged stays as it is."""
    person = _person()
    alarm = alarms.acknowledge(deps().db, alarm_id, person)
    if alarm.get("acknowledged_at") == person.now:
        noted(f"acknowledged {named(alarm)}")
    return answer(_json(alarm))


@endpoint(
    blueprint, "POST", "/alarms/<alarm_id>/clear", body=ClearSchema, body_required=False,
    returns=AlarmSchema(), errors=(404, 409),
)  # fmt: skip
def clear(body: dict[str, Any], alarm_id: str) -> Response:
    """End an active alarm by hand. The rule raises the next one once it was false in between."""
    mute_seconds = body["mute_seconds"]
    alarm = alarms.clear(deps().db, alarm_id, _person(), mute_seconds=mute_seconds)
    muted = f" and muted it for {mute_seconds:,} s" if mute_seconds else ""
    return _done(alarm, f"cleared {named(alarm)}{muted}")


@endpoint(
    blueprint, "POST", "/alarms/<alarm_id>/assign", body=AssignSchema, returns=AlarmSchema(),
    errors=(404, 429),
)  # fmt: skip
def assign(body: dict[str, Any], alarm_id: str) -> Response:
    """Say who looks after an alarm: you, or an admin, who can see it and act on it from then on."""
    if (body["to"] or me().email).strip().lower() != me().email:
        count_try(GIVEN, me().user_id)
    alarm = alarms.assign(deps().db, alarm_id, _person(), body["to"])
    return _done(alarm, f"assigned {named(alarm)} to {_whom(alarm)}")


@endpoint(
    blueprint, "POST", "/alarms/<alarm_id>/comments", body=NewCommentSchema, status=201,
    returns=AlarmSchema(), errors=(404, 409),
)  # fmt: skip
def add_comment(body: dict[str, Any], alarm_id: str) -> Response:
    """Write something about an alarm."""
    alarm = alarms.comment(deps().db, alarm_id, _person(), body["text"])
    return _done(alarm, f"commented on {named(alarm)}", status=201)


@endpoint(
    blueprint, "POST", "/alarms/<alarm_id>/mute", body=MuteSchema, returns=AlarmSchema(),
    errors=(404,),
)  # fmt: skip
def mute(body: dict[str, Any], alarm_id: str) -> Response:
    """Have no messages sent about the rule and the device of an alarm for so long."""
    alarm = alarms.mute(deps().db, alarm_id, _person(), body["seconds"])
    return _done(alarm, f"muted {named(alarm)} for {body['seconds']:,} s")


def _person() -> Person:
    now = utc_datetime(deps().clock.now_us())
    return Person(me().user_id, me().email, now, is_admin=me().is_admin)


def _done(alarm: AlarmDocument, what: str, *, status: int = 200) -> Response:
    noted(what)
    return answer(_json(alarm), status)


def _json(alarm: AlarmDocument) -> dict[str, Any]:
    [shown] = _with_mutes([alarm])
    return alarm_json(shown, true_now=rule_states.is_true(deps().db, alarm))


def _with_mutes(found: Sequence[AlarmDocument]) -> list[AlarmDocument]:
    return alarm_context.with_mutes(deps().db, found, utc_datetime(deps().clock.now_us()))


def _whom(alarm: AlarmDocument) -> str:
    """Return to whom an alarm is assigned, without the address of anybody else: admins read it."""
    assignee = alarm.get("assignee")
    if assignee is None:
        return "nobody"
    return "themselves" if assignee == me().email else "somebody else"
