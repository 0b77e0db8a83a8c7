"""Claim a device, or give one back, for the person of the current request; with the audit lines.

A try costs: ten a minute, and a wrong secret spends the device's claim (store/claiming.py). Each
change has two lines in the audit, that of the one who lost the device and that of the one who got
it.
"""

from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, NotFoundError
from qlines.store import claiming, users
from qlines.store.claiming import Claimed, Outcome
from qlines.store.device_document import DeviceDocument, named
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.tries import Limit, count_try

TRIES = Limit("claims", 10, 60, "you may try 10 times a minute to claim a device")
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
    count_try(TRIES, me().user_id)
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
