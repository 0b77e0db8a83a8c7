"""`qlines health`: the detailed report of the health checker."""

import argparse
from typing import Any

from qlines import health_report
from qlines.cli.console import DONE, FAILED, table
from qlines.cli.context import Context
from qlines.errors import StoreUnavailableError


def add_parser(groups: Any) -> None:
    """Add the command `qlines health`."""
    parser = groups.add_parser(
        "health", help="print the detailed health report; exit 1 when anything is wrong"
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace, context: Context) -> int:
    """Fetch and print the report; return FAILED unless the status is ``ok``."""
    report = fetch_report()
    context.console.answer(report, lines(report))
    return DONE if report["status"] == "ok" else FAILED


def fetch_report() -> dict[str, Any]:
    """Return the report; when the checker does not answer, one with the status ``down``."""
    try:
        return health_report.ask(health_report.DEEP)
    except StoreUnavailableError as error:
        return {"status": "down", "reason": str(error)}


def lines(report: dict[str, Any]) -> list[str]:
    """Return the report as text."""
    text = [f"QLines is {report['status']}"]
    if "reason" in report:
        text.append(report["reason"])
    remedies = report.get("remedies", {})
    for problem in report.get("problems", []):
        text.append(f"  {problem}")
        text += [f"    ▶ {remedies[problem]}"] if problem in remedies else []
    components = report.get("components", [])
    if components:
        rows = [
            (part["name"], part["status"], str(part["restarts_last_hour"]), part["sentence"])
            for part in components
        ]
        text += ["", *table(("COMPONENT", "STATUS", "RESTARTS", ""), rows)]
    return text
