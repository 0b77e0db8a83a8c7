"""Exports between twins: fetch a file that the other side has made, and hand over those made here.

The record of an export is in MongoDB, which both share; its file is on the side whose job wrote it.
The other one fetches it through the link while somebody downloads it, and keeps nothing.
"""

import http.client
from collections.abc import Iterator

from flask import Blueprint, Response, request, send_from_directory

from appliance.shared.twin import ADDRESSES, SERVICES, Twin
from qlines.errors import NotFoundError
from qlines.store import exports
from qlines.web.auth import twin_pass
from qlines.web.auth.access import public
from qlines.web.deps import deps
from qlines.web.problem import answer_error

blueprint = Blueprint("twin", __name__)

PORT = SERVICES["app"]["web"].port
PATH = "/twin/exports"
# A side that is away is noticed by the link after 3 s.
TIMEOUT_SECONDS = 10.0
CHUNK_BYTES = 65_536
RETRY_AFTER_SECONDS = "60"


class NotThereError(Exception):
    """The other side does not give the file; the text is a clause that says why."""


@blueprint.get(f"{PATH}/<export_id>")
@public
def hand_over(export_id: str) -> Response:
    """Send the file of an export to the other side, which shows a pass."""
    given = request.headers.get(twin_pass.HEADER, "")
    if not twin_pass.is_valid(given, deps().secret_key, export_id, deps().clock.now_us() / 1e6):
        return answer_error(403, "only the twin of this appliance may fetch this: use /api/exports")
    file = exports.find(deps().db, export_id)["file"]
    if file is None:
        raise NotFoundError(f"the export {export_id} has no file")
    return send_from_directory(deps().exports_dir, file, mimetype="text/csv")


def fetched(twin: Twin, export_id: str) -> Response:
    """Return the file as the other side sends it, or a 503 that says when it can be had."""
    connection = http.client.HTTPConnection(ADDRESSES[twin.other], PORT, timeout=TIMEOUT_SECONDS)
    try:
        incoming = _open(connection, export_id)
    except NotThereError as error:
        connection.close()
        sentence = (
            f"the file is on side {twin.other}, {error}: download it when that side is back, or"
            " request the export again to have it made here"
        )
        return answer_error(503, sentence, headers={"Retry-After": RETRY_AFTER_SECONDS})
    answer = Response(_chunks(incoming), mimetype="text/csv")
    if incoming.length is not None:
        answer.headers["Content-Length"] = str(incoming.length)
    answer.call_on_close(connection.close)
    return answer


def _open(connection: http.client.HTTPConnection, export_id: str) -> http.client.HTTPResponse:
    """Return the other side's answer; raise NotThereError unless it is the file."""
    key = twin_pass.make(deps().secret_key, export_id, deps().clock.now_us() / 1e6)
    try:
        connection.request("GET", f"{PATH}/{export_id}", headers={twin_pass.HEADER: key})
        incoming = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise NotThereError("which does not answer") from error
    if incoming.status != http.HTTPStatus.OK:
        raise NotThereError(f"which answers with status {incoming.status}")
    return incoming


def _chunks(incoming: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the body; one that ends too early is an error, so that no client takes it for whole."""
    while chunk := incoming.read(CHUNK_BYTES):
        yield chunk
    if incoming.length:
        raise http.client.IncompleteRead(b"", incoming.length)
