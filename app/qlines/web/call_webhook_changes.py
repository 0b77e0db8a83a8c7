"""Set, try and remove the webhook for calls of the person of the request, with audit lines."""

from qlines.clock import utc_datetime
from qlines.downlink.call_message import Result
from qlines.errors import NotFoundError
from qlines.store import call_webhooks
from qlines.store.call_webhooks import CallWebhook
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.webhook.url import parse


def current() -> CallWebhook:
    """Return the webhook; raise NotFoundError without one."""
    found = call_webhooks.of_owner(deps().db, me().user_id)
    if found is None:
        raise NotFoundError("there is no webhook for calls: set its address first")
    return found


def set_address(url: str) -> str:
    """Set the address, and return the secret of a new webhook, or "".

    Raise FieldError for an address that may not be used.
    """
    target = parse(url, deps().webhooks.rules)
    now = utc_datetime(deps().clock.now_us())
    secret = call_webhooks.put(deps().db, me().user_id, url, now)
    # The host alone: path and query may be secrets.
    noted(f"set the webhook for calls of devices, at {target.authority}")
    return secret


def roll_secret() -> str:
    """Replace the secret and return the new one; raise NotFoundError without a webhook."""
    now = utc_datetime(deps().clock.now_us())
    secret = call_webhooks.roll_secret(deps().db, me().user_id, now)
    noted("replaced the secret of the webhook for calls of devices")
    return secret


def remove() -> None:
    """Remove the webhook; raise NotFoundError without one."""
    call_webhooks.remove(deps().db, me().user_id)
    noted("removed the webhook for calls of devices")


def send_test() -> Result:
    """Call the webhook and return what came of it; raise NotFoundError without one."""
    result = deps().webhooks.send_test(str(me().user_id))
    noted("sent a test to the webhook for calls of devices")
    return result
