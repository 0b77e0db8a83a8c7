"""/api/devices/import: many devices from a CSV file, all or nothing."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.store import device_batches, devices, import_plan
from qlines.store.device_document import NewDevice, named_all
from qlines.store.import_plan import LineError, Plan
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.api.fields import TrueOrFalse
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.problem import FieldProblem, problem
from qlines.web.registry_wait import await_token

blueprint = ApiBlueprint("device_import", __name__, description="Devices from a CSV file")

SHOWN_LINES = 100
SHOWN_ERRORS = 1_000


class ImportSchema(Schema):
    """A CSV file with the column name, and if you like owner, token, gateway and tags."""

    csv = fields.String(required=True)
    dry_run = TrueOrFalse(load_default=False)


class ImportedDeviceSchema(Schema):
    """A line that is, or would be, a new device."""

    line = fields.Integer()
    name = fields.String()
    tags = fields.List(fields.String())
    gateway = fields.Boolean()
    has_token = fields.Boolean()


class ImportErrorSchema(Schema):
    """A line that cannot become a device; `column` is empty when it is not one column's fault."""

    line = fields.Integer()
    column = fields.String()
    reason = fields.String()


class ImportReportSchema(Schema):
    """What was added, or would be: the numbers, the first 100 devices, the first 1,000 errors."""

    added = fields.Integer()
    skipped = fields.Integer()
    error_count = fields.Integer()
    devices = fields.List(fields.Nested(ImportedDeviceSchema))
    errors = fields.List(fields.Nested(ImportErrorSchema))
    failed_csv = fields.String(
        metadata={"description": "The lines with errors, each with its error; empty without one."}
    )


@endpoint(
    blueprint, "POST", "/devices/import", body=ImportSchema, returns=ImportReportSchema(),
    errors=(409,),
)  # fmt: skip
def import_devices(body: dict[str, Any]) -> Response:
    """Add the devices of a CSV file: all of them, or none when a line has an error.

    Devices that exist as the file says are skipped, so the same file twice adds nothing. With
    `dry_run` nothing is written, and the answer says what would be.
    """
    plan = _plan(body["csv"])
    if body["dry_run"]:
        failed = import_plan.failed_lines(_text(body["csv"]), plan.errors) if plan.errors else ""
        return answer(_report(plan) | {"failed_csv": failed})
    if plan.errors:
        return problem(422, "nothing was added: correct these lines", errors=_problems(plan.errors))
    added = device_batches.add_all(
        deps().db,
        [NewDevice(me().user_id, new.name, new.token, new.gateway, new.tags) for new in plan.added],
    )
    if added:
        await_token(added[-1]["token"])
        noted(f"imported {named_all(added)}")
    return answer(_report(plan))


def _text(csv: str) -> str:
    """Return the text without the byte order mark that spreadsheets write."""
    return csv.removeprefix("\ufeff")


def _plan(text: str) -> Plan:
    owner = me()
    lines, unreadable = import_plan.read(_text(text), owner=owner.email)
    tokens = [line.token for line in lines if line.token]
    beside = devices.beside(deps().db, owner.user_id, tokens)
    registry = import_plan.registry_of({owner.email: owner.user_id}, beside)
    plan = import_plan.plan(lines, registry)
    return plan._replace(errors=sorted(unreadable + plan.errors))


def _report(plan: Plan) -> dict[str, Any]:
    return {
        "added": len(plan.added),
        "skipped": plan.skipped,
        "error_count": len(plan.errors),
        "devices": [
            {
                "line": new.line,
                "name": new.name,
                "tags": new.tags,
                "gateway": new.gateway,
                "has_token": new.token is not None,
            }
            for new in plan.added[:SHOWN_LINES]
        ],
        "errors": [_error_json(error) for error in plan.errors[:SHOWN_ERRORS]],
    }


def _problems(errors: list[LineError]) -> list[FieldProblem]:
    return [
        {
            "field": f"line {error.line}{error.column and f', {error.column}'}",
            "reason": _reason(error),
        }
        for error in errors[:SHOWN_ERRORS]
    ]


def _error_json(error: LineError) -> dict[str, Any]:
    return {"line": error.line, "column": error.column, "reason": _reason(error)}


def _reason(error: LineError) -> str:
    """Return the reason without the column's name, which stands beside it."""
    return error.reason.removeprefix(f"{error.column} ")
