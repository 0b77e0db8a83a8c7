"""Telegram's API of bots in memory, for one bot: what people write to it, and what it writes."""

import orjson

from qlines.webhook.http import Response

TOKEN = "123456789:AAFabcdefghijklmnopqrstuvw"
USERNAME = "Pump_bot"
FAR_AHEAD = 10  # an offset so far beyond the newest update is not heeded


class FakeTelegram:
    """Answers as api.telegram.org does; *failure* replaces the next answers, (status, body)."""

    def __init__(self, clock):
        self._clock = clock
        self._updates = []
        self._number = 1000
        self.replies = []
        self.asked = []
        self.failure = None

    def write(self, text, chat_id=1, kind="message", ago_seconds=0, **chat):
        """Let somebody write in a chat."""
        self._number += 1
        at = self._clock.now_us() // 1_000_000 - ago_seconds
        message = {"chat": {"id": chat_id, **chat}, "text": text, "date": at}
        self._updates.append({"update_id": self._number, kind: message})

    def request(self, url, request):
        """Answer a request as the senders of messages make it."""
        prefix, method = url.rsplit("/", 1)
        assert prefix == f"https://api.telegram.org/bot{TOKEN}"
        self.asked.append(method)
        if self.failure:
            status, body = self.failure
            return Response(status, {}, orjson.dumps(body))
        found = getattr(self, method)(orjson.loads(request.body))
        return Response(200, {}, orjson.dumps({"ok": True, "result": found}))

    def getMe(self, _given):  # noqa: N802 - Telegram's name
        return {"id": 123456789, "is_bot": True, "username": USERNAME}

    def getUpdates(self, given):  # noqa: N802 - Telegram's name
        if given["offset"] <= self._number + FAR_AHEAD:  # else it answers with the oldest ones
            self._updates = [one for one in self._updates if one["update_id"] >= given["offset"]]
        return self._updates[: given.get("limit", 100)]

    def begin_anywhere(self):
        """Give the next update another number, as after a week without any."""
        self._updates, self._number = [], 500

    def sendMessage(self, given):  # noqa: N802 - Telegram's name
        self.replies.append((given["chat_id"], given["text"]))
        return {"message_id": 1}
