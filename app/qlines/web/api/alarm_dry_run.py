"""/api/alarm-rules/dry-run: what a rule would have done in the past seven days."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.errors import FieldError
from qlines.evaluation.rule_check import check
from qlines.evaluation.sentence import rule_sentence
from qlines.store import alarm_scope
from qlines.store.alarm_document import SEVERITIES
from qlines.value_rules import shown
from qlines.web.api.alarm_rule_document import DRY_RUN_BODY, EXAMPLE
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, object_in_body
from qlines.web.api.fields import one_of
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.dry_run import Tried, tried
from qlines.web.times import ms_of_us

blueprint = ApiBlueprint("alarm_dry_run", __name__, description="Rules tried on the past")


class TrueNowSchema(Schema):
    """A device for which the rule is true now."""

    id = fields.String()
    name = fields.String()


class TriedAlarmSchema(Schema):
    """An alarm that the rule would have raised; `to` is null for one that would be active now."""

    device = fields.String()
    name = fields.String()
    severity = one_of(*SEVERITIES)
    from_ms = fields.Integer(data_key="from")
    to = fields.Integer(allow_none=True)


class DryRunSchema(Schema):
    """What the rule would have done, with the first 200 alarms.

    `checked` of the `devices` are in it: the others would have taken too long. `untried` says why
    the past was not looked at, null where it was. `seconds` is how long that took.
    """

    raised = fields.Integer()
    cleared = fields.Integer()
    active_now = fields.Integer()
    longest_seconds = fields.Integer()
    true_now = fields.List(fields.Nested(TrueNowSchema))
    alarms = fields.List(fields.Nested(TriedAlarmSchema))
    sentence = fields.String()
    devices = fields.Integer()
    checked = fields.Integer()
    untried = fields.String(allow_none=True)
    seconds = fields.Float()


@endpoint(
    blueprint, "POST", "/alarm-rules/dry-run", body_document=DRY_RUN_BODY, returns=DryRunSchema(),
    errors=(429,),
)  # fmt: skip
def try_rule() -> Response:
    """Return what a rule would have done in the past seven days; nothing is stored.

    The past of connections is not stored: of a rule about them the answer says only where it is
    true now, and why in `untried`.
    """
    rule_fields, owner = _checked(), me().user_id
    alarm_scope.check(deps().db, owner, rule_fields["scope"])  # nobody is sent a message
    [scope_name] = alarm_scope.names_of(deps().db, owner, [rule_fields["scope"]])
    began = deps().clock.monotonic()
    found = tried(rule_fields)
    seconds = round(deps().clock.monotonic() - began, 3)
    sentence = rule_sentence(rule_fields, scope_name or "")
    return answer({**_json(found), "sentence": sentence, "seconds": seconds})


def _checked() -> dict[str, Any]:
    """Return the rule of the body in normal form; one that is being written needs no name."""
    body = object_in_body(f'{{"rule": {EXAMPLE}}}')
    rule = body.get("rule")
    if set(body) != {"rule"} or not isinstance(rule, dict):
        raise FieldError("rule", f"must be given, and nothing beside it, got {shown(body)}")
    return check({"name": "untitled", **rule})


def _json(found: Tried) -> dict[str, Any]:
    result, devices = found.result, found.devices
    return {
        "raised": result.raised,
        "cleared": result.cleared,
        "active_now": result.raised - result.cleared,
        "longest_seconds": result.longest_seconds,
        "true_now": [{"id": one, "name": devices[one]["name"]} for one in result.true_now],
        "alarms": [
            {
                "device": device,
                "name": devices[device]["name"],
                "severity": severity,
                "from": ms_of_us(from_us),
                "to": None if to_us is None else ms_of_us(to_us),
            }
            for device, severity, from_us, to_us in result.alarms
        ],
        "devices": len(devices),
        "checked": found.checked,
        "untried": found.untried or None,
    }
