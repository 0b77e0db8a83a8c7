"""What each type of channel is, and what has to be typed for it, in words for people; pure."""

from typing import NamedTuple


class Field(NamedTuple):
    """A setting of a channel as its form asks for it; *name* is that of the API.

    *kind* is the type of the input. A secret is never shown again.
    """

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    placeholder: str = ""
    is_required: bool = True
    is_secret: bool = False


class Words(NamedTuple):
    """What a type is called, what it is in a sentence, and what to do before the form is filled in.

    Backticks mark what is to be typed or named exactly (static/js/prose.js).
    """

    label: str
    what: str
    steps: tuple[str, ...]
    fields: tuple[Field, ...]


EMAIL = Words(
    "E-mail",
    "A mail to any address, once its receiver has confirmed it. The mails about one alarm are one"
    " conversation in your mail program.",
    (),
    (Field("address", "E-mail address", kind="email", placeholder="name@example.com"),),
)
NTFY = Words(
    "ntfy, an app on the phone",
    "ntfy is a free app for Android and iPhone. It shows what is sent to a topic, which is a name"
    " that only you know.",
    (
        "Install the app `ntfy` from the app store of your phone.",
        "Press `+` in the app and enter the topic that is proposed here, or one of your own.",
        "Anybody who knows the topic can read the messages: take one that nobody guesses.",
        "Allow the app to show notifications when it asks.",
    ),
    (
        Field(
            "topic", "Topic", "The same as in the app.", placeholder="qlines-…", is_secret=True,
        ),
        Field(
            "server", "Server", "Another one only if you run ntfy yourself.",
            kind="url", placeholder="https://ntfy.sh", is_required=False,
        ),
        Field(
            "token", "Access token", "Only for a topic that is protected. It begins with `tk_`.",
            is_required=False, is_secret=True,
        ),
    ),
)  # fmt: skip
TELEGRAM = Words(
    "Telegram",
    "The bot of this QLines writes to you, or to a group, in Telegram.",
    (
        "Press “Make a code”. It is for one chat, and works for 15 minutes.",
        "Press “Open Telegram”, or scan the picture with the camera of your phone.",
        "Telegram opens the chat with the bot: press “Start” there.",
        "For a group, press “Choose a group” instead.",
    ),
    (),
)
WEBHOOK = Words(
    "Webhook, a program of yours",
    "For people who write programs. Each message is sent to an address as JSON, signed as Standard"
    " Webhooks describes it. Your program answers with a status of 2xx within 20 seconds.",
    (),
    (Field("url", "Address", kind="url", placeholder="https://example.com/alarms"),),
)
APPRISE = Words(
    "Another service, by Apprise",
    "Discord, Matrix, Pushover, Slack, Teams and a hundred others, by the address that Apprise has"
    " for each. A message that does not arrive is not sent again.",
    (),
    (
        Field(
            "url", "Address",
            "As `github.com/caronc/apprise` shows it for your service; only services that are"
            " reached by HTTP.",
            placeholder="discord://…", is_secret=True,
        ),
    ),
)  # fmt: skip
WEB_PUSH = Words(
    "A browser",
    "The browser shows the message, also while QLines is not open. It was added in that browser, by"
    " a press on its page of notifications.",
    (),
    (),
)
# In the order in which they are offered. A browser adds itself, the admin decides about Apprise.
OFFERED: dict[str, Words] = {
    "email": EMAIL,
    "ntfy": NTFY,
    "telegram": TELEGRAM,
    "webhook": WEBHOOK,
}
WORDS: dict[str, Words] = {**OFFERED, "apprise": APPRISE, "web_push": WEB_PUSH}
# What became of a message, as a badge says it.
STATES: dict[str, tuple[str, str]] = {
    "waiting": ("waiting", "bg-yellow-lt"),
    "sending": ("being sent", "bg-yellow-lt"),
    "sent": ("delivered", "bg-green-lt"),
    "failed": ("failed", "bg-red-lt"),
    "dropped": ("not sent", "bg-secondary-lt"),
}
