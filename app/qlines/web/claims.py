"""Claim a device, or give one back, for the person of the current request; with the audit lines.

A try costs: ten a minute, and a wrong secret spends the device's claim (store/claiming.py). Each
change has two lines in the audit, that of the one who lost the device and that of the one who got
it.
"""

import logging

from bson import ObjectId

from qlines.clients.redis import raising_unavailable
from qlines.clock import utc_datetime
from qlines.errors import BusyError, ConflictError, NotFoundError, StoreUnavailableError
from qlines.store import claiming, users
from qlines.store.claiming import Claimed, Outcome
from qlines.store.device_document import DeviceDocument, named
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps

log = logging.getLogger(__name__)

MAX_TRIES, TRIES_SECONDS = 10, 60  # of one person
SOMEBODY = "somebody who was removed"
FAILURES = {
    Outcome.FAILURE: (
        "no device named {!r} waits to be claimed with this secret. After a wrong secret, and when "
        "its time is over, the device must offer itself again: restart it, or see its manual"
    ),
    Outcome.CLAIMED: (
        "the device named {!r} has been claimed: the one who has it can give it back"
    ),
}


def claim_device(name: str, secret: str) -> Claimed:
    """Make a device the person's.

    Raise BusyError at the eleventh try of a minute, ConflictError as claiming.claim() does.
    """
    _count_try(me().user_id)
    now = utc_datetime(deps().clock.now_us())
    claimed = claiming.claim(deps().db, name, secret, me().user_id, now)
    if claimed.before and claimed.device:
        loser = _email_of(claimed.before["owner"])
        noted(f"lost {named(claimed.device)} to {me().email}, who claimed it", who=loser)
        noted(f"claimed {named(claimed.device)} of {loser}")
    return claimed


def claimed_or_raise(name: str, secret: str) -> DeviceDocument:
    """Make a device the person's and return it; raise as claim_device() does.

    Raise NotFoundError when it cannot be claimed so, ConflictError when somebody has claimed it.
    """
    outcome, _, device = claim_device(name, secret)
    if device is not None:
        return device
    sentence = FAILURES[outcome].format(name)
    raise NotFoundError(sentence) if outcome is Outcome.FAILURE else ConflictError(sentence)


def give_back_device(device: DeviceDocument) -> str:
    """Return a device of the person to the one before, and that one's address.

    Raise ConflictError when it was not claimed.
    """
    returned = claiming.give_back(deps().db, device, utc_datetime(deps().clock.now_us()))
    giver, taker = me().email, _email_of(returned["owner"])
    noted(f"got back {named(returned)}, which {giver} gave back", who=taker)
    noted(f"gave back {named(returned)} to {taker}")
    return taker


def _email_of(user: ObjectId) -> str:
    try:
        return users.find(deps().db, user)["email"]
    except NotFoundError:
        return SOMEBODY


def _count_try(user: ObjectId) -> None:
    """Raise BusyError when the person has tried too often; without Redis nobody has."""
    key = f"claims:{user}"
    try:
        with raising_unavailable():
            pipeline = deps().redis.pipeline()
            pipeline.incr(key)
            pipeline.expire(key, TRIES_SECONDS, nx=True)  # from the first one on
            pipeline.ttl(key)
            tries, _, seconds = pipeline.execute()
    except StoreUnavailableError as error:
        log.warning("tries to claim a device are not limited: %s", error)
        return
    if tries <= MAX_TRIES:
        return
    raise BusyError(
        f"you may try {MAX_TRIES} times a minute to claim a device: try again in {seconds} s",
        status=429,
        retry_seconds=max(seconds, 1),
    )
