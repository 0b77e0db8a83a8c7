"""The one owner whom nobody sees: the canary's user, and with it its devices.

A query that takes an owner needs no filter, since only the canary's API key acts for this one.
Every other query of users or devices whose result a person sees uses one of the filters below.
The registry file holds all devices, hidden or not.
"""

from bson import ObjectId

from qlines.clients.mongodb import Document

# Fixed, so that a query needs no look-up: the twelve bytes of an ObjectId, in letters.
HIDDEN_OWNER = ObjectId(b"qlinescanary")
VISIBLE_USERS: Document = {"_id": {"$ne": HIDDEN_OWNER}}
VISIBLE_DEVICES: Document = {"owner": {"$ne": HIDDEN_OWNER}}
