"""Read settings from the environment by a table, and refuse invalid ones.

Each image has a table of its own (qlines.settings, proxy.settings, blog.setup.settings); the rules
are the same for all of them. Every setting ``QLINES_X`` may also come as ``QLINES_X_FILE``, the
path of a text file that holds its value.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

PREFIX = "QLINES_"
MAX_EMAIL_CHARACTERS = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
MIN_PASSWORD_CHARACTERS = 8
SECONDS_OF = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
EMAIL_RULE = "an e-mail address such as me@example.com"
PASSWORD_RULE = f"at least {MIN_PASSWORD_CHARACTERS} characters long"


class SettingsError(Exception):
    """A setting is invalid; the text names the rule, the value and the remedy."""


class Setting(NamedTuple):
    """One setting.

    *name* is without the prefix, *default* is a text as somebody would set it, *help* is its
    meaning. *parse* turns the text into the value, and raises ValueError with the rule in words
    that follow "must be". A secret's value is never shown.
    """

    name: str
    default: str
    help: str
    parse: Callable[[str], Any] = str
    is_secret: bool = False


def read_all(table: Iterable[Setting], env: Mapping[str, str]) -> dict[str, Any]:
    """Return every value by its name in lower case; raise SettingsError for the first bad one."""
    return {item.name.lower(): read(item, env) for item in table}


def read(item: Setting, env: Mapping[str, str]) -> Any:
    """Return one setting's value; raise SettingsError when it breaks its rule."""
    text = read_text(item.name, env)
    try:
        return item.parse(text or item.default)
    except ValueError as error:
        got = "a value that is not shown here" if item.is_secret else repr(text)
        raise SettingsError(f"{PREFIX}{item.name} must be {error}, got {got}") from None


def read_text(name: str, env: Mapping[str, str]) -> str:
    """Return what is set for *name*, without blanks around it; "" when nothing is.

    Raise SettingsError when the value and a file are both set, or the file cannot be read.
    """
    variable = PREFIX + name
    text, file = env.get(variable, "").strip(), env.get(f"{variable}_FILE", "")
    if text and file:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one of them")
    if not file:
        return text
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}_FILE must name a readable text file: {error}") from None


# ---- rules: each returns the value, or raises ValueError with what the text must be ------------


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Return the rule for a whole number from *low* to *high*; it raises ValueError."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def duration(text: str) -> float | None:
    """Return seconds for a time such as 30m, 6h or 7d, and None for "off"; raise ValueError."""
    if text == "off":
        return None
    parts = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if not parts:
        raise ValueError("a time such as 30m, 6h or 7d, or off")
    return int(parts[1]) * SECONDS_OF[parts[2]]


def one_of(*words: str) -> Callable[[str], str]:
    """Return the rule for one of *words*; it raises ValueError."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError("one of " + ", ".join(words))
        return text

    return parse


def url(*schemes: str, example: str) -> Callable[[str], str]:
    """Return the rule for an address with one of *schemes* or nothing; it raises ValueError."""

    def parse(text: str) -> str:
        if text and (urlsplit(text).scheme not in schemes or "//" not in text):
            raise ValueError(f"an address such as {example}")
        return text

    return parse


def port(text: str) -> int:
    """Return the number of a TCP port, 1 to 65535; raise ValueError."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError("a port from 1 to 65535")
    return int(text)


def on_or_off(text: str) -> bool:
    """Return True for "on" and False for "off"; raise ValueError."""
    if text not in ("on", "off"):
        raise ValueError("on or off")
    return text == "on"


def folder(text: str) -> Path:
    """Return an absolute path, which need not exist; raise ValueError."""
    if not text.startswith("/"):
        raise ValueError("an absolute path")
    return Path(text)


def readable_file(text: str) -> str:
    """Return the path of a file that can be read, or ""; raise ValueError."""
    if text:
        try:
            Path(text).open("rb").close()
        except OSError as error:
            raise ValueError(f"the path of a file that can be read ({error.strerror})") from None
    return text


def email(text: str) -> str:
    """Return an e-mail address in lower case; raise ValueError."""
    if not is_email(text):
        raise ValueError(EMAIL_RULE)
    return text.lower()


def optional_email(text: str) -> str:
    """Return an e-mail address in lower case, or ""; raise ValueError."""
    return email(text) if text else ""


def password(text: str) -> str:
    """Return a password that is long enough, or ""; raise ValueError."""
    if text and not is_password(text):
        raise ValueError(PASSWORD_RULE)
    return text


log_level = one_of("debug", "info", "warning", "error")


def is_email(text: str) -> bool:
    """Return whether *text* has the shape of an address: one @, no blanks, not too long."""
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text)) and len(text) <= MAX_EMAIL_CHARACTERS


def is_password(text: str) -> bool:
    """Return whether *text* is long enough to be a password."""
    return len(text) >= MIN_PASSWORD_CHARACTERS
