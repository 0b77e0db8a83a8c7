"""/api/alarm-rules.yaml: all alarm rules as a file, and back."""

from typing import Any

from flask import Response, request
from marshmallow import Schema, fields
from werkzeug.exceptions import UnsupportedMediaType

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import alarm_pairs, alarm_rule_file, alarm_rules, rule_import
from qlines.store.alarm_rule_file import Fault
from qlines.store.rule_import import Plan
from qlines.store.rule_truth import WHEN_TRUE_NOW
from qlines.web.api.alarm_rule_document import RULE_FILE
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import one_of
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.problem import FieldProblem, problem
from qlines.web.rule_truth import first_states

blueprint = ApiBlueprint("alarm_rule_files", __name__, description="Alarm rules as a file")

YAML = "application/yaml"
YAML_TYPES = (YAML, "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")


class RuleImportSchema(Schema):
    """Whether only to say what would change, and what to do about rules that are true now."""

    dry_run = fields.Boolean(load_default=False)
    when_true_now = one_of(*WHEN_TRUE_NOW, load_default=None)


class RuleFaultSchema(Schema):
    """Why a rule of the file cannot be stored."""

    line = fields.Integer()
    rule = fields.String()
    reason = fields.String()


class RuleImportReportSchema(Schema):
    """What was changed, or would be: rules by name, and the changes as lines of a diff."""

    added = fields.List(fields.String())
    changed = fields.List(fields.String())
    unchanged = fields.List(fields.String())
    kept = fields.List(
        fields.String(), metadata={"description": "Your other rules, which stay as they are."}
    )
    errors = fields.List(fields.Nested(RuleFaultSchema))
    diff = fields.String()


@endpoint(blueprint, "GET", "/alarm-rules.yaml", returns=RULE_FILE, content_type=YAML)
def export_rules() -> Response:
    """Return your alarm rules as a file, which an import takes; without what is as by default."""
    rules = alarm_rules.of_owner(deps().db, me().user_id)
    response = Response(alarm_rule_file.write(map(alarm_rules.given, rules)), mimetype=YAML)
    response.headers.set("Content-Disposition", "attachment", filename="alarm-rules.yaml")
    return response


@endpoint(
    blueprint, "POST", "/alarm-rules.yaml", query=RuleImportSchema, body_document=RULE_FILE,
    body_type=YAML, returns=RuleImportReportSchema(), errors=(409, 429),
)  # fmt: skip
def import_rules(query: dict[str, Any]) -> Response:
    """Add and change alarm rules by their names: all of the file, or none when one has a fault.

    Rules that are not in the file stay. With `dry_run` nothing is written, and the answer says what
    would be. `when_true_now` is needed when a rule is true now, as with a new one.
    """
    owner = me().user_id
    plan = rule_import.plan(deps().db, owner, _text())
    alarm_pairs.check_room(deps().db, owner, plan.changes, deps().alarm_pairs)
    if query["dry_run"]:
        return answer(rule_import.report(plan))
    if plan.faults:
        return problem(422, "nothing was imported: correct these lines", errors=_problems(plan))
    choice = query["when_true_now"]
    states = rule_import.first_states(
        plan, lambda change: first_states(change.fields, choice, change.before)
    )
    now = utc_datetime(deps().clock.now_us() // 1000 * 1000)
    rule_import.apply(deps().db, owner, plan, now, states)
    if plan.changes:
        noted(f"imported alarm rules: {rule_import.what(plan)}")
    return answer(rule_import.report(plan))


def _text() -> str:
    if request.mimetype not in YAML_TYPES:
        raise UnsupportedMediaType(f"the body must be YAML with the header 'Content-Type: {YAML}'")
    try:
        return request.get_data(cache=True).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FieldError("body", f"must be UTF-8 text, but byte {error.start} is not") from None


def _problems(plan: Plan) -> list[FieldProblem]:
    return [{"field": _place(fault), "reason": fault.reason} for fault in plan.faults]


def _place(fault: Fault) -> str:
    return f"line {fault.line}{fault.rule and f', {fault.rule}'}"
