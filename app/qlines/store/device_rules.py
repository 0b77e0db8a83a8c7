"""The rules for a device's name, tags, token, and the labels and units of its keys."""

import re
import secrets
import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

from qlines.errors import FieldError
from qlines.reading import MAX_KEY_CHARACTERS

MAX_NAME_CHARACTERS = 128
MAX_TAGS = 20
MAX_TAG_CHARACTERS = 64
TAG_SEPARATORS = "|,;"  # what separates tags in a file or a field of a form cannot be part of one
MAX_KEY_DISPLAYS = 200
MAX_LABEL_CHARACTERS = 64
MAX_UNIT_CHARACTERS = 16
# Printable ASCII without '/', '+' and '#': a token is part of URLs and MQTT topics.
TOKEN = re.compile(r"[!-~]{1,64}")
PROVISION = "provision"  # what a device without a token says in its place, ThingsBoard's
ALPHABET = string.ascii_letters + string.digits


class KeyDisplay(TypedDict):
    """How the pages show a key: its label, "" for the key itself, and its unit, "" for none."""

    key: str
    label: str
    unit: str


def has_control_characters(text: str) -> bool:
    """Return whether the text has characters that no page shows and no UTF-8 holds; pure."""
    # Cc are control characters, Cs lone surrogates, which no UTF-8 can hold.
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def checked_name(name: str) -> str:
    """Return the name unchanged; raise FieldError when it is empty, too long or unprintable."""
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS or has_control_characters(name):
        raise FieldError(
            "name",
            f"must have 1 to {MAX_NAME_CHARACTERS} characters and no control characters, "
            f"got {name[:200]!r}",
        )
    return name


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags without duplicates, in their order, and without spaces around them.

    Raise FieldError for a bad one.
    """
    stripped = [tag.strip() for tag in tags]
    for tag in stripped:
        if not tag or len(tag) > MAX_TAG_CHARACTERS or has_control_characters(tag):
            raise FieldError(
                "tags",
                f"must have 1 to {MAX_TAG_CHARACTERS} characters each and no control characters, "
                f"got {tag[:100]!r}",
            )
        if any(separator in tag for separator in TAG_SEPARATORS):
            raise FieldError(
                "tags",
                f"must not contain {' '.join(TAG_SEPARATORS)}, which separate tags, "
                f"got {tag!r}: make several tags of it",
            )
    distinct = list(dict.fromkeys(stripped))
    if len(distinct) > MAX_TAGS:
        raise FieldError("tags", f"must be at most {MAX_TAGS}, got {len(distinct)}: remove some")
    return distinct


def checked_displays(displays: Mapping[str, tuple[str, str]]) -> list[KeyDisplay]:
    """Return the (label, unit) of each key as a list, without those that say nothing.

    A list and no document, because a key may contain a dot. Raise FieldError for a bad one.
    """
    kept = [
        KeyDisplay(key=key, label=label.strip(), unit=unit.strip())
        for key, (label, unit) in displays.items()
        if label.strip() or unit.strip()
    ]
    for display in kept:
        _check_display(display, "key", MAX_KEY_CHARACTERS)
        _check_display(display, "label", MAX_LABEL_CHARACTERS)
        _check_display(display, "unit", MAX_UNIT_CHARACTERS)
    if len(kept) > MAX_KEY_DISPLAYS:
        raise FieldError(
            "displays",
            f"must be at most {MAX_KEY_DISPLAYS} keys, got {len(kept)}: leave out some",
        )
    return kept


def _check_display(
    display: KeyDisplay, part: Literal["key", "label", "unit"], max_characters: int
) -> None:
    key, text = display["key"], display[part]
    if len(text) > max_characters or has_control_characters(text):
        raise FieldError(
            "displays",
            f"must have at most {max_characters} characters and no control characters in the "
            f"{part} of {key[:50]!r}, got {text[:100]!r}",
        )


def checked_token(token: str) -> str:
    """Return the token unchanged; raise FieldError, which never shows it, when it is bad."""
    if not TOKEN.fullmatch(token) or any(character in token for character in "/+#"):
        raise FieldError(
            "token",
            "must have 1 to 64 printable ASCII characters, but no space, '/', '+' or '#'",
        )
    if token == PROVISION:
        raise FieldError("token", "must be another word: with this one devices ask for their token")
    return token


def make_token() -> str:
    """Return 20 random letters and digits: 119 bits, and a double click selects all of it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(20))
