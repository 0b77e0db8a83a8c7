"""`qlines health`: the deep report of the health checker."""

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
    """Describe the command."""
    parser = groups.add_parser("health", help="the deep report; exit 1 when anything is wrong")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace, context: Context) -> int:
    """Ask the checker, from within the container, and tell what it says."""
    report = ask()
    context.console.answer(report, lines(report))
    return DONE if report["status"] == "ok" else FAILED


def ask() -> dict[str, Any]:
    """Return the report, or one that says why there is none."""
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
    """Return the report as a person reads it."""
    told = [f"QLines is {report['status']}"]
    if "reason" in report:
        told.append(report["reason"])
    told += [f"  {problem}" for problem in report.get("problems", [])]
    components = report.get("components", [])
    if components:
        rows = [
            (one["name"], one["status"], str(one["restarts_last_hour"]), one["sentence"])
            for one in components
        ]
        told += ["", *table(("COMPONENT", "STATUS", "RESTARTS", ""), rows)]
    return told
