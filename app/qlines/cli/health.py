"""`qlines health`: the detailed report of the health checker."""

import argparse
import http.client
import json
from typing import Any

from qlines.cli.console import DONE, FAILED, table
from qlines.cli.context import Context

HOST = "127.0.0.1"
PORT = 5001
TIMEOUT_SECONDS = 10.0


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
    connection = http.client.HTTPConnection(HOST, PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health/deep")
        report: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException) as error:
        return {"status": "down", "reason": f"the health checker does not answer: {error}"}
    finally:
        connection.close()
    return report


def lines(report: dict[str, Any]) -> list[str]:
    """Return the report as text."""
    text = [f"QLines is {report['status']}"]
    if "reason" in report:
        text.append(report["reason"])
    text += [f"  {problem}" for problem in report.get("problems", [])]
    components = report.get("components", [])
    if components:
        rows = [
            (part["name"], part["status"], str(part["restarts_last_hour"]), part["sentence"])
            for part in components
        ]
        text += ["", *table(("COMPONENT", "STATUS", "RESTARTS", ""), rows)]
    return text
