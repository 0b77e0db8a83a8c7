"""What an invitation holds, and which files follow from it on each side; pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from appliance.shared import twin
from ha.pairing.addresses import PartAddresses
from ha.pairing.authority import Authority, make_link
from ha.pairing.errors import PairingError

VERSION = 1
STATE_FILE = "pairing.json"
AUTHORITY_KEY_FILE = "ca.key"


@dataclass(frozen=True)
class Pairing:
    """What stays the same from one invitation to the next; each VM's app keeps it.

    *addresses* are those of each side by part.
    """

    id: str
    paired_at: int
    addresses: Mapping[str, PartAddresses]

    def with_addresses(self, addresses: Mapping[str, PartAddresses]) -> "Pairing":
        """Return the pairing with new addresses for some sides."""
        return Pairing(self.id, self.paired_at, {**self.addresses, **addresses})


@dataclass(frozen=True)
class Invitation:
    """Everything that another machine needs to become part of the pairing.

    *inviter* is the side that wrote it. *links* are keys with their certificates by the names in
    them. *secrets* are files of the volumes' folders `secrets`, by part and name.
    """

    pairing: Pairing
    inviter: str
    authority: Authority
    mongodb_key: str
    links: Mapping[str, str]
    secrets: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, str]


def other_side(side: str) -> str:
    """Return b for a, and a for b."""
    return twin.SIDES[1 - twin.SIDES.index(side)]


def make_links(pairing: Pairing, authority: Authority, now: datetime) -> dict[str, str]:
    """Return a new key and certificate for each part of each side; raise PairingError."""
    names = [
        twin.certificate_name(part, side)
        for side, parts in pairing.addresses.items()
        for part in parts
    ]
    return {name: make_link(authority, name, now) for name in names}


def packed(invitation: Invitation) -> bytes:
    """Return the content of the encrypted file: without the inviter's own keys."""
    document = asdict(invitation) | {"version": VERSION}
    document["authority"] = invitation.authority._asdict()
    document["links"] = {
        name: text
        for name, text in invitation.links.items()
        if not name.endswith(f".{invitation.inviter}.twin")
    }
    return json.dumps(document).encode()


def unpacked(content: bytes) -> Invitation:
    """Return the invitation; raise PairingError for one of a newer version."""
    document = json.loads(content)
    version = document.pop("version")
    if version > VERSION:
        raise PairingError(
            f"the invitation was written by a newer version of QLines (its version is {version},"
            f" this one reads up to {VERSION}): upgrade this VM first (git pull)"
        )
    document["pairing"] = Pairing(**document["pairing"])
    document["authority"] = Authority(**document["authority"])
    return Invitation(**document)


def files(invitation: Invitation, side: str, part: str) -> dict[str, str]:
    """Return the texts of the files in the folder `twin` of a part of a side, by their names.

    twin.json comes last: with it the pairing takes effect. The authority's key is the app's, of
    sides that may invite.
    """
    found = {
        "ca.pem": invitation.authority.certificate,
        "link.pem": invitation.links[twin.certificate_name(part, side)],
    }
    if part == "app":
        found["mongodb.key"] = invitation.mongodb_key
    if part == "app" and side in twin.SIDES:
        found[AUTHORITY_KEY_FILE] = invitation.authority.key
        found[STATE_FILE] = json.dumps({**asdict(invitation.pairing), "side": side}, indent=1)
    found[twin.FILE] = json.dumps(document(invitation.pairing, side, part), indent=1)
    return found


def document(pairing: Pairing, side: str, part: str) -> dict[str, Any]:
    """Return twin.json (`appliance.shared.twin` defines it)."""
    peers = {
        other: parts[part]
        for other, parts in pairing.addresses.items()
        if other != side and part in parts
    }
    return {
        "version": twin.VERSION,
        "side": side,
        "part": part,
        "peers": peers,
        "paired_at": pairing.paired_at,
    }
