"""/api/alarm-rules: what raises alarms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Response

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.evaluation.rule_check import check
from qlines.evaluation.sentence import rule_sentence
from qlines.store import alarm_pairs, alarm_rules, alarm_scope, alarm_search
from qlines.store.alarm_rules import AlarmRule, named
from qlines.store.rule_truth import WHEN_TRUE_NOW
from qlines.web.api.alarm_rule_document import EXAMPLE, NEW_RULE, RULE, RULE_CHANGE, RULES
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content, object_in_body
from qlines.web.api.entity_tag import require_match, tag_headers
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.rule_truth import first_states
from qlines.web.times import ms_of

blueprint = ApiBlueprint("alarm_rules", __name__, description="What raises alarms")

PATH = "/alarm-rules/<rule_id>"
NO_HEADERS: Mapping[str, str] = {}


@endpoint(blueprint, "GET", "/alarm-rules", returns=RULES)
def list_rules() -> Response:
    """List your alarm rules by name."""
    owner = me().user_id
    active = alarm_search.active_by_rule(deps().db, owner)
    found = alarm_rules.of_owner(deps().db, owner)
    names = alarm_scope.names_of(deps().db, owner, [rule["scope"] for rule in found])
    rules = [
        rule_json(rule, name, active.get(rule["_id"], 0))
        for rule, name in zip(found, names, strict=True)
    ]
    return answer(rules)


@endpoint(
    blueprint, "POST", "/alarm-rules", body_document=NEW_RULE, status=201, returns=RULE,
    errors=(409, 429), has_tag=True,
)  # fmt: skip
def add_rule() -> Response:
    """Add an alarm rule.

    While it is true for some of your devices, the answer is 409 with them as `true_now`: repeat the
    request with `when_true_now`.
    """
    given, choice = _body()
    fields, owner = check(given), me().user_id
    alarm_rules.check_references(deps().db, owner, fields)
    alarm_pairs.check_room(deps().db, owner, [(fields, None)], deps().alarm_pairs)
    states = first_states(fields, choice)
    rule = alarm_rules.add(deps().db, owner, fields, _now(), states=states)
    noted(f"added {named(rule)}")
    location = {"Location": f"/api/alarm-rules/{rule['_id']}"}
    return _answered(rule, 201, location)


@endpoint(blueprint, "GET", PATH, returns=RULE, errors=(404,), has_tag=True)
def show_rule(rule_id: str) -> Response:
    """Return one alarm rule."""
    return _answered(_found(rule_id))


@endpoint(
    blueprint, "PUT", PATH, body_document=NEW_RULE, returns=RULE, errors=(404, 409, 429),
    has_tag=True,
)  # fmt: skip
def replace_rule(rule_id: str) -> Response:
    """Replace an alarm rule; what is left out is as by default. `true_now` as with a new one."""
    before = _found(rule_id)
    given, choice = _body()
    return _changed(before, given, choice)


@endpoint(
    blueprint, "PATCH", PATH, body_document=RULE_CHANGE, returns=RULE, errors=(404, 409, 429),
    has_tag=True,
)  # fmt: skip
def change_rule(rule_id: str) -> Response:
    """Change fields of an alarm rule; the others stay. `true_now` as with a new one.

    Switched off, its alarms end.
    """
    before = _found(rule_id)
    given, choice = _body()
    return _changed(before, {**alarm_rules.given(before), **given}, choice)


@endpoint(blueprint, "DELETE", PATH, status=204, errors=(404,), has_tag=True)
def remove_rule(rule_id: str) -> Response:
    """Remove an alarm rule. Its alarms end, and stay in the list."""
    rule = _found(rule_id)
    _require_match(rule)
    alarm_rules.remove(deps().db, rule, _now())
    noted(f"removed {named(rule)}")
    return no_content()


def _changed(before: AlarmRule, given: Mapping[str, Any], choice: str | None) -> Response:
    _require_match(before)
    fields = check(given)
    alarm_rules.check_references(deps().db, before["owner"], fields, before)
    alarm_pairs.check_room(deps().db, before["owner"], [(fields, before)], deps().alarm_pairs)
    states = first_states(fields, choice, before)
    rule = alarm_rules.change(deps().db, before, fields, _now(), states=states)
    noted(f"changed {_what(before, rule)} of {named(rule)}")
    return _answered(rule)


def _require_match(rule: AlarmRule) -> None:
    require_match(f"the alarm rule {rule['name']!r}", alarm_rules.given(rule))


def _what(before: AlarmRule, after: AlarmRule) -> str:
    old, new = alarm_rules.given(before), alarm_rules.given(after)
    return ", ".join(sorted(name for name in new if old[name] != new[name])) or "nothing"


def _body() -> tuple[dict[str, Any], str | None]:
    """Return the fields of a rule in the request's body, and the choice for what is true now."""
    body = object_in_body(EXAMPLE)
    choice = body.pop("when_true_now", None)
    if choice not in (None, *WHEN_TRUE_NOW):
        raise FieldError(
            "when_true_now", f"must be {' or '.join(WHEN_TRUE_NOW)}, got {str(choice)[:50]!r}"
        )
    return body, choice


def _found(rule_id: str) -> AlarmRule:
    return alarm_rules.find(deps().db, rule_id, owner=me().user_id)


def _answered(
    rule: AlarmRule, status: int = 200, headers: Mapping[str, str] = NO_HEADERS
) -> Response:
    tag = tag_headers(alarm_rules.given(rule))
    return answer(_json_of(rule), status, headers={**headers, **tag})


def _json_of(rule: AlarmRule) -> dict[str, Any]:
    active = alarm_search.active_by_rule(deps().db, rule["owner"], rule["_id"])
    [name] = alarm_scope.names_of(deps().db, rule["owner"], [rule["scope"]])
    return rule_json(rule, name, active.get(rule["_id"], 0))


def rule_json(rule: AlarmRule, scope_name: str | None, active: int) -> dict[str, Any]:
    """Return the rule as RULE describes it."""
    error = rule.get("last_error")
    return {
        "id": str(rule["_id"]),
        **alarm_rules.given(rule),
        "version": rule["version"],
        "scope_name": scope_name,
        "sentence": rule_sentence(alarm_rules.given(rule), scope_name or ""),
        "created_at": ms_of(rule["created_at"]),
        "changed_at": ms_of(rule["changed_at"]),
        "enabled_at": ms_of(rule["enabled_at"]),
        "evaluated_at": ms_of(rule["evaluated_at"]) if "evaluated_at" in rule else None,
        "lag_ms": rule.get("lag_ms"),
        "last_error": error and {"at": ms_of(error["at"]), "sentence": error["sentence"]},
        "active_alarms": active,
    }


def _now() -> datetime:
    return utc_datetime(deps().clock.now_us() // 1000 * 1000)  # MongoDB's are milliseconds
