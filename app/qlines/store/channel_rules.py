"""What a channel may be: the check of what a person gives, and what is shown of it later; pure."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from typing import Any, Literal, NamedTuple, get_args

from appliance.shared.settings import EMAIL_RULE, is_email
from qlines.errors import FieldError
from qlines.store.quiet_hours import QuietHours
from qlines.store.quiet_hours import checked as checked_quiet_hours
from qlines.webhook.url import Rules, parse

ChannelType = Literal["email", "webhook", "telegram", "ntfy", "web_push", "apprise"]
TYPES: tuple[ChannelType, ...] = get_args(ChannelType)
MAX_NAME_CHARACTERS = 100
MAX_SETTING_CHARACTERS = 2_000
SHOWN_CHARACTERS = 4  # of a secret, its last ones, so that its owner can tell which one it is
HIDDEN = "••••"
NTFY_SERVER = "https://ntfy.sh"
CHAT_ID = re.compile(r"-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,63}")
BOT_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}")
APPRISE_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")  # the rest is Apprise's to say
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")  # ntfy's own rule
P256_POINT_BYTES, AUTH_BYTES = 65, 16  # RFC 8291

# What opens something: it is never shown again. Of a webhook's URL and a chat it is not.
SECRETS: Mapping[str, frozenset[str]] = {
    "email": frozenset(),
    "webhook": frozenset({"secret", "old_secret", "old_secret_until"}),
    "telegram": frozenset({"bot_token"}),
    "ntfy": frozenset({"topic", "token"}),
    "web_push": frozenset({"endpoint", "p256dh", "auth"}),
    "apprise": frozenset({"url"}),
}
# What QLines sets itself, and a person cannot give.
MADE_HERE = {"webhook": frozenset({"secret", "old_secret", "old_secret_until"})}


class ChannelFields(NamedTuple):
    """What a person decides about a channel; *settings* depend on the type, each one a text."""

    name: str
    type: ChannelType
    settings: dict[str, str]
    default: bool
    enabled: bool
    operator: bool
    quiet_hours: QuietHours | None


def checked(
    given: Mapping[str, Any], rules: Rules, before: ChannelFields | None = None
) -> ChannelFields:
    """Return the fields of a channel; those that are not given stay as *before*, or as by default.

    So do single settings, because a page cannot send a secret back that it was never given; a
    setting that is null or "" is removed. Raise FieldError with the field, the rule, the value
    (never that of a secret) and the remedy.
    """
    unknown = sorted(set(given) - set(ChannelFields._fields))
    if unknown:
        raise FieldError(unknown[0], f"is not known: a channel has {_list(ChannelFields._fields)}")
    defaults: dict[str, Any] = {
        "default": True, "enabled": True, "operator": False, "quiet_hours": None, "settings": {},
    }  # fmt: skip
    whole = {**defaults, **(before._asdict() if before else {}), **given}
    channel_type = _checked_type(whole.get("type"), before)
    return ChannelFields(
        name=_checked_name(whole.get("name")),
        type=channel_type,
        settings=_checked_settings(
            channel_type, given.get("settings", {}), before.settings if before else {}, rules
        ),
        default=_checked_flag("default", whole["default"]),
        enabled=_checked_flag("enabled", whole["enabled"]),
        operator=_checked_flag("operator", whole["operator"]),
        quiet_hours=checked_quiet_hours(whole["quiet_hours"]),
    )


def shown(channel_type: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the settings as people and the API may see them: secrets by their last characters."""
    visible = {name: text for name, text in settings.items() if not name.startswith("old_secret")}
    return {
        name: _hidden(channel_type, text) if name in SECRETS[channel_type] else text
        for name, text in visible.items()
    }


def _hidden(channel_type: str, secret: str) -> str:
    if channel_type == "apprise":  # its end may be a whole token; its beginning says which service
        return f"{secret.partition('://')[0]}://{HIDDEN}"
    return HIDDEN + secret[-SHOWN_CHARACTERS:]


def _checked_type(given: Any, before: ChannelFields | None) -> ChannelType:
    if given not in TYPES:
        raise FieldError("type", f"must be one of {_list(TYPES)}, got {given!r}")
    if before and given != before.type:
        raise FieldError("type", f"stays {before.type}: add another channel for {given}")
    channel_type: ChannelType = given
    return channel_type


def _checked_name(given: Any) -> str:
    name = given.strip() if isinstance(given, str) else ""
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        reason = f"must have 1 to {MAX_NAME_CHARACTERS} characters in one line, got {given!r}"
        raise FieldError("name", reason)
    return name


def _checked_flag(field: str, given: Any) -> bool:
    if not isinstance(given, bool):
        raise FieldError(field, f"must be true or false, got {given!r}")
    return given


def _checked_settings(
    channel_type: ChannelType, given: Any, before: Mapping[str, str], rules: Rules
) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise FieldError("settings", f"must be an object, got {given!r}")
    allowed = {*CHECKS[channel_type]}
    made_here = MADE_HERE.get(channel_type, frozenset())
    for name, value in given.items():
        if name not in allowed:
            raise FieldError(
                f"settings.{name}", f"is not known: a channel of this type has {_list(allowed)}"
            )
        if value is not None and not isinstance(value, str):
            raise FieldError(f"settings.{name}", "must be a text")
        if value and len(value) > MAX_SETTING_CHARACTERS:
            raise FieldError(
                f"settings.{name}",
                f"must have at most {MAX_SETTING_CHARACTERS:,} characters, got {len(value)}",
            )
    whole = {**before, **given}
    settings = {name: whole[name] for name in made_here if whole.get(name)}
    for name, check in CHECKS[channel_type].items():
        if text := check((whole.get(name) or "").strip(), rules):
            settings[name] = text
    return settings


Check = Callable[[str, Rules], str]


def _email(text: str, _rules: Rules) -> str:
    # A comma or a bracket would make another address of it, or several, in the header To.
    if not is_email(text) or not text.isprintable() or parseaddr(text) != ("", text):
        raise FieldError("settings.address", f"must be {EMAIL_RULE}, got {text!r}")
    return text.lower()


def _url(field: str, default: str = "", *, is_secret: bool = False) -> Check:
    def check(text: str, rules: Rules) -> str:
        try:
            parse(text or default, rules)
        except FieldError as error:
            reason = error.reason.rpartition(", got ")[0] if is_secret else error.reason
            raise FieldError(f"settings.{field}", reason) from None
        return text or default

    return check


def _pattern(field: str, pattern: re.Pattern[str], rule: str, *, is_needed: bool = True) -> Check:
    """Return the check of a text; what was given is not shown, because most of these are secret."""

    def check(text: str, _rules: Rules) -> str:
        if (text or is_needed) and not pattern.fullmatch(text):
            raise FieldError(f"settings.{field}", f"must be {rule}, got {len(text)} characters")
        return text

    return check


def _key(field: str, byte_count: int) -> Check:
    def check(text: str, _rules: Rules) -> str:
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raw = b""
        if len(raw) != byte_count:
            raise FieldError(
                f"settings.{field}", f"must be {byte_count} bytes in Base64 as the browser gives it"
            )
        return text.rstrip("=")

    return check


CHECKS: Mapping[ChannelType, Mapping[str, Check]] = {
    "email": {"address": _email},
    "webhook": {"url": _url("url")},
    "telegram": {
        "chat_id": _pattern(
            "chat_id", CHAT_ID, "a number such as -1001234567890, or @ and a channel's name"
        ),
        "bot_token": _pattern(
            "bot_token", BOT_TOKEN, "a token as @BotFather gives it", is_needed=False
        ),
    },
    "ntfy": {
        "server": _url("server", NTFY_SERVER),
        "topic": _pattern("topic", TOPIC, "1 to 64 letters, digits, - or _"),
        "token": _pattern(
            "token", re.compile(r"[!-~]{1,200}"), "a token such as tk_…", is_needed=False
        ),
    },
    "web_push": {
        "endpoint": _url("endpoint", is_secret=True),
        "p256dh": _key("p256dh", P256_POINT_BYTES),
        "auth": _key("auth", AUTH_BYTES),
    },
    "apprise": {
        "url": _pattern("url", APPRISE_URL, "an address such as discord://id/token, in ASCII"),
    },
}


def _list(names: Any) -> str:
    return ", ".join(sorted(names))
