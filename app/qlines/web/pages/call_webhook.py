"""The page /account/calls: where calls of the user's devices go, and what became of the last."""

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from qlines.downlink.call_message import Result
from qlines.errors import FieldError, NotFoundError
from qlines.store import call_webhooks
from qlines.web import call_webhook_changes
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = Blueprint("call_webhook_page", __name__)
PAGE = "/account/calls"
MAX_SHOWN_CHARACTERS = 1_000  # of an answer to a test


@blueprint.get(PAGE)
def calls() -> str:
    """Show the webhook and its last calls."""
    return _page()


def _page(*, secret: str = "", error: str = "", url: str = "", test: Result | None = None) -> str:
    webhook = call_webhooks.of_owner(deps().db, me().user_id)
    return render_template(
        "call_webhook.html",
        webhook=webhook,
        calls=webhook["calls"][::-1] if webhook else [],
        secret=secret,
        error=error,
        test=test,
        test_answer=_shortened(test.answer) if test else "",
        url=url or (webhook["url"] if webhook else ""),
        rules=deps().webhooks.rules,
        ms_of=ms_of,
    )


@blueprint.post(PAGE)
def set_address() -> str | Response:
    """Set the address, and show the secret of a new webhook, the only time that it can be read."""
    url = request.form.get("url", "").strip()
    try:
        secret = call_webhook_changes.set_address(url)
    except FieldError as error:
        return make_response(_page(error=f"The address {error.reason}.", url=url), 422)
    return _page(secret=secret) if secret else _back("The address was saved.", "success")


@blueprint.post(f"{PAGE}/secret")
def roll_secret() -> str | Response:
    """Replace the secret and show the new one, the only time that it can be read."""
    try:
        return _page(secret=call_webhook_changes.roll_secret())
    except NotFoundError as error:
        return _back(f"Nothing was changed: {error}.", "danger")


@blueprint.post(f"{PAGE}/test")
def send_test() -> str | Response:
    """Send a test and show the answer, or why there is not one."""
    try:
        return _page(test=call_webhook_changes.send_test())
    except NotFoundError as error:
        return _back(f"Nothing was sent: {error}.", "danger")


@blueprint.post(f"{PAGE}/remove")
def remove() -> Response:
    """Remove the webhook."""
    try:
        call_webhook_changes.remove()
    except NotFoundError:
        return _back("The webhook had already been removed.", "success")
    return _back("The webhook was removed.", "success")


def _shortened(answer: bytes) -> str:
    text = answer.decode(errors="replace")
    return text[:MAX_SHOWN_CHARACTERS] + "…" * (len(text) > MAX_SHOWN_CHARACTERS)


def _back(message: str, kind: str) -> Response:
    flash(message, kind)
    return redirect(PAGE)
