"""What the answer of an HTTP server means for a message; pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from qlines.messengers import result
from qlines.messengers.message import one_line, shortened
from qlines.messengers.result import Result
from qlines.webhook.http import Response

SLOW_DOWN = frozenset({429, 502, 503, 504})
SLOW_DOWN_SECONDS = 60.0  # for one that does not say how long
MAX_RETRY_AFTER_SECONDS = 86_400.0
GONE = 410


def of_webhook(response: Response, now: datetime) -> Result:
    """Return what Standard Webhooks says: 2xx only is success, and all but 410 may still become so.

    A redirect is a failure, because a signed message is for the address that its owner has set.
    """
    status = response.status
    if 200 <= status < 300:
        return result.ok(f"it answered {status}")
    if status == GONE:
        return result.gone("it answered 410: it wants no messages any more")
    if 300 <= status < 400:
        where = shortened(response.headers.get("location", "nowhere"), 200)
        return result.retry(
            f"it answered {status}, to go to {where}: redirects are not followed, set that address"
        )
    return slowed(response, now) or result.retry(f"it answered {status}{words(response)}")


def of_api(response: Response, now: datetime, gone: frozenset[int] = frozenset()) -> Result:
    """Return what a service means that takes messages: 4xx is final but for 408 and 429."""
    status = response.status
    if 200 <= status < 300:
        return result.ok(f"it answered {status}")
    sentence = f"it answered {status}{words(response)}"
    if status in gone:
        return result.gone(sentence)
    if status >= 500 or status in (408, 429):
        return slowed(response, now) or result.retry(sentence)
    return result.refused(sentence)


def slowed(response: Response, now: datetime) -> Result | None:
    """Return that the receiver wants fewer messages and when the next one; None when it does not.

    A Retry-After is obeyed whatever the status is.
    """
    asked = retry_after_seconds(response.headers.get("retry-after", ""), now)
    if not asked and response.status not in SLOW_DOWN:
        return None
    seconds = min(asked or SLOW_DOWN_SECONDS, MAX_RETRY_AFTER_SECONDS)
    return result.retry(
        f"it answered {response.status}{words(response)}: the next attempt is in {seconds:.0f} s"
        " or later",
        seconds,
    )


def retry_after_seconds(text: str, now: datetime) -> float:
    """Return the seconds of a Retry-After (RFC 9110 10.2.3), 0 for none that can be understood."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def words(response: Response) -> str:
    """Return the beginning of an answer for people, after a colon; "" when it has no text."""
    text = one_line(response.body[:300].decode(errors="replace"))
    return f": {shortened(text, 150)}" if text and text.isprintable() else ""
