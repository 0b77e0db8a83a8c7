"""The channels of browsers end with the session of the person who has added them.

What is pushed to a browser can be read by anybody who has it in their hands, so nothing is pushed
there any more once its person has signed out, was signed out, or another person has signed in.

A session that only expires ends none, because an alarm must reach a phone whose owner has not
opened QLines for a month. But from then on it shows that there is an alarm, and not which one
(jobs/delivery.py), until its person signs in there again.
"""

from typing import cast

from bson import ObjectId

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.channels import Channel


@raising_unavailable()
def of_session(db: Documents, owner: ObjectId, session: str) -> Channel | None:
    """Return the channel of the browser in which this session is, or None."""
    return cast("Channel | None", db.channels.find_one({"owner": owner, "session": session}))


@raising_unavailable()
def bind(db: Documents, channel: Channel, session: str) -> None:
    """Let the channel of a browser end with a session of its owner."""
    db.channels.update_one({"_id": channel["_id"]}, {"$set": {"session": session}})


@raising_unavailable()
def pass_on(db: Documents, former: str, owner: ObjectId, session: str) -> None:
    """Let what shows messages in a browser follow its new session, if that is the same person's.

    *former* is the session that the browser had before, be it expired. Of another person nothing is
    pushed there any more.
    """
    db.channels.update_many({"owner": owner, "session": former}, {"$set": {"session": session}})
    db.channels.delete_many({"owner": {"$ne": owner}, "type": "web_push", "session": former})


@raising_unavailable()
def end_with(db: Documents, owner: ObjectId, session: str) -> None:
    """Delete the channel of the browser in which a session has ended."""
    db.channels.delete_many({"owner": owner, "type": "web_push", "session": session})


@raising_unavailable()
def end_all_but(db: Documents, owner: ObjectId, keep: str | None) -> None:
    """Delete the channels of all browsers of a person, but that of the session *keep*."""
    db.channels.delete_many({"owner": owner, "type": "web_push", "session": {"$ne": keep}})
