"""Link chats of Telegram: read what people write to the admin's bot, and find their codes there.

One of all nodes does it, because Telegram answers one caller at a time; and only while somebody has
a code that still works, so that Telegram is asked nothing for the rest of the day. A chat that is
linked is a channel, or the same one again, which is switched on. Each step may be done twice: what
was read is noted when all of it was handled.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.jobs.retrying_thread import RetryingThread
from qlines.messengers.message import one_line, shortened
from qlines.messengers.telegram_bot import Bot, BotError, Start
from qlines.store import audit, channels, telegram_links, users
from qlines.store.channel_rules import MAX_NAME_CHARACTERS, checked
from qlines.store.channels import Channel
from qlines.store.telegram_links import TelegramLink
from qlines.webhook.url import Rules

log = logging.getLogger(__name__)

WAIT_SECONDS = 10  # Telegram's, for the next message: less than an attempt may take
IDLE_SECONDS = 2.0
AFTER_PROBLEM_SECONDS = 20.0
DONE = "This chat gets the alarms of QLines from now on."
UNKNOWN = "This code is not known any more: make a new one on the page of QLines."


class Linker:
    """Call `run_once` in a loop; it returns for how many seconds to rest."""

    def __init__(self, db: Documents, bot: Bot, clock: Clock) -> None:
        self._db = db
        self._bot = bot
        self._clock = clock
        self._username = ""
        self._problem = ""

    def run_once(self) -> float:
        """Read the next messages if somebody is to send a code, and link their chats.

        Raise StoreUnavailableError in an outage: nothing is lost by that.
        """
        try:
            # The stored problem: the node before may have noted one when we had begun already.
            if not self._username or telegram_links.bot(self._db, self._bot.id).get("problem"):
                username = self._bot.username()
                telegram_links.note_bot(self._db, self._bot.id, username=username, problem="")
                self._username, self._problem = username, ""
            if not telegram_links.is_any_waiting(self._db, self._now()):
                return IDLE_SECONDS
            self._read()
        except BotError as error:
            self._note_problem(str(error))
            return AFTER_PROBLEM_SECONDS
        return 0.0

    def _note_problem(self, problem: str) -> None:
        """Note what is wrong, and log it once: it may be so for weeks."""
        telegram_links.note_bot(self._db, self._bot.id, problem=problem)
        if problem != self._problem:
            log.warning("no chats of Telegram are linked: %s", problem)
        self._problem = problem

    def _read(self) -> None:
        before = telegram_links.bot(self._db, self._bot.id)
        found = self._bot.updates(self._username, before.get("offset", 0), WAIT_SECONDS)
        for start in found.starts:
            self._handle(start)
        if found.offset != before.get("offset"):
            telegram_links.note_bot(self._db, self._bot.id, offset=found.offset)

    def _handle(self, start: Start) -> None:
        now = self._now()
        link = telegram_links.by_code(self._db, start.code, now)
        if link is not None:
            self._reply(start, self._link(link, start, now))
        elif now - start.at < telegram_links.LIFETIME:  # of yesterday nobody waits for an answer
            self._reply(start, DONE if self._is_linked_by(start) else UNKNOWN)

    def _link(self, link: TelegramLink, start: Start, now: datetime) -> str:
        """Make the chat a channel of who has made the code, and return what to say there."""
        try:
            channel = self._switched_on(link, start, now) or self._added(link, start, now)
        except (ConflictError, FieldError) as error:
            telegram_links.end(self._db, link, problem=str(error))
            return f"This chat was not linked: {error}."
        telegram_links.end(self._db, link, channel=channel["_id"])
        self._note(link, channel, now)
        return DONE

    def _is_linked_by(self, start: Start) -> bool:
        """Return whether this chat was linked by this code: who presses twice reads the same."""
        channel = telegram_links.channel_by(self._db, start.code)
        try:
            found = channels.by_id(self._db, channel) if channel else None
        except NotFoundError:
            return False
        return bool(found and found["enabled"] and found["settings"]["chat_id"] == start.chat_id)

    def _switched_on(self, link: TelegramLink, start: Start, now: datetime) -> Channel | None:
        """Return the channel that this chat is already, which is on from now on; None for none."""
        for channel in channels.of_owner(self._db, link["owner"]):
            settings = channel["settings"]
            if settings.get("chat_id") == start.chat_id and "bot_token" not in settings:
                on = channels.fields_of(channel)._replace(enabled=True)
                return channels.change(self._db, channel, on, now)
        return None

    def _added(self, link: TelegramLink, start: Start, now: datetime) -> Channel:
        title = "".join(one for one in one_line(start.title) if one.isprintable())
        given = {
            "type": "telegram",
            "name": shortened(f"Telegram: {title or start.chat_id}", MAX_NAME_CHARACTERS),
            "settings": {"chat_id": start.chat_id},
        }
        return channels.add(self._db, link["owner"], checked(given, Rules()), now)

    def _note(self, link: TelegramLink, channel: Channel, now: datetime) -> None:
        try:
            who = users.find(self._db, link["owner"])["email"]
        except NotFoundError:
            return
        what = f"linked the chat {channel['name']!r} by a code"
        audit.add(self._db, who=who, address="Telegram", what=what, now=now)

    def _reply(self, start: Start, text: str) -> None:
        try:
            self._bot.reply(start.chat_id, text)
        except BotError as error:  # the page says it too
            log.info("a chat of Telegram was not answered: %s", error)

    def _now(self) -> datetime:
        return utc_datetime(self._clock.now_us())


class LinkerThread(RetryingThread):
    """Runs a linker while *is_ours* returns true, which may raise StoreUnavailableError."""

    def __init__(self, linker: Linker, is_ours: Callable[[], bool]) -> None:
        super().__init__("telegram", "links of chats of Telegram", Backoff())
        self._linker = linker
        self._is_ours = is_ours

    def _iterate(self) -> None:
        seconds = self._linker.run_once() if self._is_ours() else IDLE_SECONDS
        self._is_stopping.wait(seconds)
