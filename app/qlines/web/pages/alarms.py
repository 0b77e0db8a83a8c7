"""The pages of alarms and of alarm rules; their scripts load the data."""

from collections.abc import Callable
from typing import TypeVar

from bson import ObjectId
from flask import Blueprint, render_template, request

from qlines.errors import NotFoundError
from qlines.store import alarm_rules, alarm_search, devices
from qlines.web.api.device_json import device_json
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = Blueprint("alarm_pages", __name__)
Found = TypeVar("Found")


@blueprint.get("/alarms")
def overview() -> str:
    """Show the list of the user's alarms."""
    return render_template("alarms.html")


@blueprint.get("/alarms/<alarm_id>")
def single(alarm_id: str) -> str:
    """Show one alarm, also of a device or rule that was removed. Raise NotFoundError for another's.

    An admin to whom it is assigned sees neither the device nor the rule of its owner.
    """
    alarm = alarm_search.find(deps().db, alarm_id, owner=me().user_id, assignee=me().assignee)
    device = _own(devices.find, alarm["device"])
    displays = device_json(device)["displays"] if device else {}
    shown = {"displays": displays, "device": device, "rule": _own(alarm_rules.find, alarm["rule"])}
    return render_template("alarm.html", alarm=alarm, **shown)


def _own(find: Callable[..., Found], wanted: ObjectId) -> Found | None:
    """Return what *find* finds of the user's, None when it is not there, or another's."""
    try:
        return find(deps().db, wanted, owner=me().user_id)
    except NotFoundError:
        return None


@blueprint.get("/alarm-rules")
def rules() -> str:
    """Show the list of the user's rules."""
    return render_template("alarm_rules.html")


@blueprint.get("/alarm-rules/new")
def new_rule() -> str:
    """Show the form of a new rule, with ``?device=ID&key=KEY&value=VALUE`` about such a value.

    Raise NotFoundError for another's device.
    """
    asked = request.args
    device_id = asked.get("device")
    device = devices.find(deps().db, device_id, owner=me().user_id) if device_id else None
    about = {"key": asked.get("key", ""), "value": asked.get("value", "")}
    return render_template("alarm_rule.html", rule=None, device=device, **about)


@blueprint.get("/alarm-rules/<rule_id>")
def single_rule(rule_id: str) -> str:
    """Show one rule. Raise NotFoundError for another's."""
    rule = alarm_rules.find(deps().db, rule_id, owner=me().user_id)
    return render_template("alarm_rule.html", rule=rule, device=None, key="", value="")
