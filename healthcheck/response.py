"""Answer a request on port 5001 from the latest view only; pure."""

import hmac
from typing import NamedTuple

from appliance.shared.http_server import Request, Response, json_response, not_found
from healthcheck import nodes, report
from healthcheck.day import sample
from healthcheck.day.sample import Sample
from healthcheck.metrics import collector
from healthcheck.metrics.measurements import Measurements
from healthcheck.report import Loop, View
from qlines.nodes_file import Seen

LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
ALL = "all=1"
PATHS = ("/health/live", "/health/ready", "/health/deep", "/health/day", "/metrics")


class State(NamedTuple):
    """What an answer is made of: the latest view, the loop's own state, the last measurements.

    *day* are the samples of the last day, *nodes* all nodes beside the same stores, None where this
    is the only one.
    """

    view: View | None
    loop: Loop
    measured: Measurements = Measurements()
    day: tuple[Sample, ...] = ()
    nodes: tuple[Seen, ...] | None = None


def response_to(request: Request, token: str, state: State) -> Response:
    """Return the answer to a request.

    The deep report and the last day need no token from inside the container, from its loopback.
    Docker forwards requests to a published port from the address of its bridge: outside.
    `/health/deep?all=1` is the report of all nodes; without others, that of this appliance.
    """
    if request.path == "/health/live":
        return json_response(*report.live(state.loop.silent_seconds))
    if request.path == "/health/ready":
        return json_response(*report.may_users_come(state.view, state.loop.silent_seconds))
    if request.path == "/metrics":
        text = collector.text(state.view, state.measured, state.loop)
        return Response(200, collector.CONTENT_TYPE, text)
    if request.path not in PATHS:
        return not_found(*PATHS)
    if request.peer in LOOPBACK or is_allowed(request.authorization, token):
        if request.path == "/health/day":
            return json_response(200, sample.document(state.day))
        if request.query == ALL and state.nodes is not None:
            return json_response(*nodes.document(state.nodes))
        return json_response(*report.deep(state.view))
    reason = "send 'Authorization: Bearer' with QLINES_HEALTH_TOKEN (/data/secrets/health_token)"
    return json_response(401, {"status": "not authorised", "reason": reason})


def is_allowed(authorization: str, token: str) -> bool:
    """Return whether the header carries the token; never when no token is set."""
    scheme, _, given = authorization.partition(" ")
    is_bearer = scheme.lower() == "bearer"
    same = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and is_bearer and same
