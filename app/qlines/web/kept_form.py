"""The form of a page that could not be sent, with what was typed, for the page that says why; pure.

Passwords are never among it: they are typed again.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["typed", "chosen", "password", "hidden"]


class KeptField(NamedTuple):
    """A field of the form: what is *chosen* cannot be changed here, what is *hidden* not seen."""

    name: str
    kind: Kind
    label: str
    value: str
    autocomplete: str = "off"


# Of every form that is sent by POST (templates/): the order is that of the page.
FIELDS: tuple[tuple[str, Kind, str, str], ...] = (
    ("email", "typed", "E-mail address", "off"),
    ("role", "chosen", "Role", "off"),
    ("name", "typed", "What the key is for", "off"),
    ("url", "typed", "Address of the webhook", "off"),
    ("zone", "chosen", "Time zone", "off"),
    ("password", "password", "Password", "current-password"),
    ("old", "password", "Current password", "current-password"),
    ("new", "password", "New password", "new-password"),
    ("again", "password", "Repeat the new password", "new-password"),
    ("access", "hidden", "", "off"),
    ("next", "hidden", "", "off"),
    # The page has taken it out of the address: without it the link would be lost.
    ("secret", "hidden", "", "off"),
)


def kept_fields(form: Mapping[str, str]) -> list[KeptField]:
    """Return the fields of a form that was sent, those with a password without their value."""
    return [
        KeptField(name, kind, label, "" if kind == "password" else form[name], autocomplete)
        for name, kind, label, autocomplete in FIELDS
        if name in form
    ]
