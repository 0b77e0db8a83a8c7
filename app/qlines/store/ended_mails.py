"""Channels of e-mail that their receivers have switched off, which a restore must not forget."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId

from qlines.clients.mongodb import Documents, raising_unavailable

BY_RECEIVER = "its receiver has switched it off by the link in a mail"


class EndedMails(NamedTuple):
    """A channel whose receiver wants no mails; *unconfirmed_since* is None for its owner's own."""

    channel: ObjectId
    address: str
    unconfirmed_since: datetime | None


@raising_unavailable()
def read(db: Documents) -> list[EndedMails]:
    """Return all of them."""
    return [
        EndedMails(one["_id"], one["settings"]["address"], one.get("unconfirmed_since"))
        for one in db.channels.find({"disabled_reason": BY_RECEIVER})
    ]


@raising_unavailable()
def end_again(db: Documents, ended: Sequence[EndedMails]) -> None:
    """Switch off those that are there, with the same address, as their receivers have done."""
    for one in ended:
        query = {"_id": one.channel, "settings.address": one.address}
        fields: dict[str, Any] = {"enabled": False, "disabled_reason": BY_RECEIVER}
        if one.unconfirmed_since:
            fields["unconfirmed_since"] = one.unconfirmed_since
        db.channels.update_one(query, {"$set": fields})
