"""Mail owners who have no other channel, to the addresses of their accounts.

What the mail server does not take now is tried again, so that an outage does not lose the only
message about a channel that is off.
"""

import logging
from datetime import datetime, timedelta

from bson import ObjectId

from qlines.clients.mongodb import Documents
from qlines.clock import utc_datetime
from qlines.errors import NotFoundError
from qlines.jobs.dispatch.words import CHANNELS_PATH
from qlines.jobs.mail_gate import LOOK_AGAIN, MailGate
from qlines.messengers.by_type import Send
from qlines.messengers.means import Means
from qlines.messengers.message import Message
from qlines.messengers.result import Result
from qlines.store import account_mails, mail_outage, users
from qlines.store.account_mails import AccountMail

log = logging.getLogger(__name__)

TAKEN_FOR = timedelta(seconds=60)  # one attempt; who is killed then leaves it to the next job
RETRY_AFTER = timedelta(minutes=30)


class AccountMailer:
    """Sends what is due for one owner after the other."""

    def __init__(self, db: Documents, means: Means, send: Send, gate: MailGate) -> None:
        self._db = db
        self._means = means
        self._send = send
        self._gate = gate

    def send_due(self, owner: ObjectId) -> None:
        """Send what is due for an owner; raise StoreUnavailableError in an outage of MongoDB."""
        while mail := account_mails.take(self._db, owner, self._now(), self._now() + TAKEN_FOR):
            address = self._address(owner)
            if not address:
                account_mails.remove(self._db, mail)
            elif mail_outage.holds(self._db, self._now()):
                self._wait_for_server(mail)
            else:
                self._try(mail, address)

    def _try(self, mail: AccountMail, address: str) -> None:
        message = Message(
            f"account-{mail['_id']}", "notice", mail["subject"], mail["text"], mail["at"],
            path=CHANNELS_PATH,
        )  # fmt: skip
        result = self._send("email", {"address": address}, message, self._means)
        log.info("%s, to the address of an account: %s", message.id, result.sentence)
        self._note(mail, result)

    def _note(self, mail: AccountMail, result: Result) -> None:
        now = self._now()
        if result.kind == "outage":
            mail_outage.note(self._db, result.sentence, now)
            self._wait_for_server(mail)
            return
        if result.kind == "retry":
            account_mails.wait(self._db, mail, now + RETRY_AFTER)
        else:
            account_mails.remove(self._db, mail)
        self._gate.is_back(now)

    def _wait_for_server(self, mail: AccountMail) -> None:
        account_mails.wait(self._db, mail, self._now() + LOOK_AGAIN, for_server=True)

    def _address(self, owner: ObjectId) -> str:
        """Return the address of an account, "" for one that was deleted or is disabled."""
        try:
            user = users.find(self._db, owner)
        except NotFoundError:
            return ""
        return "" if user.get("disabled") else user["email"]

    def _now(self) -> datetime:
        return utc_datetime(self._means.clock.now_us())
