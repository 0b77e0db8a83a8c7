"""The steps of a pairing on one machine: invite, join, leave."""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from appliance.shared.twin import SIDES, WITNESS
from ha.pairing import addresses, equal_settings
from ha.pairing.addresses import PartAddresses
from ha.pairing.authority import make_authority, renewed
from ha.pairing.errors import PairingError
from ha.pairing.invitation import (
    Invitation,
    Pairing,
    files,
    make_links,
    other_side,
    packed,
    unpacked,
)
from ha.pairing.sealed import new_passphrase, seal, unseal
from ha.pairing.volumes import Standing, Volumes

MONGODB_KEY_BYTES = 96  # 128 characters of the 6 to 1,024 that MongoDB takes


class Names(NamedTuple):
    """What the operator says: the addresses of this VM, of the other one, and of the witness."""

    own: str = ""
    peer: str = ""
    witness: str = ""


class Joining(StrEnum):
    """What a join means for the data of this VM: only AGAIN leaves them alone.

    FIRST is for a VM that must be empty; REPLACING is what the operator asked for.
    """

    FIRST = "first"
    AGAIN = "again"
    REPLACING = "replacing"


class Written(NamedTuple):
    """An invitation's file and the passphrase that opens it."""

    text: str
    passphrase: str


def invite(
    volumes: Volumes,
    names: Names,
    environment: Mapping[str, str],
    now: datetime,
    *,
    is_revoking: bool = False,
) -> Written:
    """Write this VM's side, and return the invitation for the others; raise PairingError.

    In an existing pairing it renews all certificates, and takes up new addresses. With
    *is_revoking* the authority is new as well, so that no certificate from before is accepted.
    """
    standing = volumes.standing()
    if is_revoking and standing is None:
        raise PairingError("this VM has no twin, so there is nothing to revoke")
    standing = _renewed(standing, names, now) if standing else _new(names, now)
    if is_revoking:
        authority = make_authority(standing.pairing.id, now)
    else:
        authority = renewed(standing.authority, now)
    standing = standing._replace(authority=authority)
    invitation = Invitation(
        pairing=standing.pairing,
        inviter=standing.side,
        authority=standing.authority,
        mongodb_key=standing.mongodb_key,
        links=make_links(standing.pairing, standing.authority, now),
        secrets=volumes.secrets(environment),
        settings=equal_settings.chosen(volumes.with_values_of_files(environment)),
    )
    passphrase = new_passphrase()
    text = seal(packed(invitation), passphrase)
    _write_side(volumes, invitation, standing.side)
    return Written(text, passphrase)


def join(
    volumes: Volumes,
    invitation: Invitation,
    environment: Mapping[str, str],
    *,
    is_replacing: bool,
) -> None:
    """Make this VM the other side of an invitation; raise PairingError where it must not be.

    The first time the stores are emptied: they are fetched from the other VM, whose password is the
    one of the backups from then on. A repeated or a renewed invitation leaves them alone.
    *environment* has this VM's settings.
    """
    is_first = joining(volumes, invitation, is_replacing=is_replacing) is not Joining.AGAIN
    passwords = {
        "backup_password": invitation.secrets["app"].get("backup_password", ""),
        "backup_secrets_password": invitation.settings.get("QLINES_BACKUP_SECRETS_PASSWORD", ""),
    }
    volumes.put_backups_aside(environment, passwords, with_repositories=is_first)
    if is_first:
        volumes.empty_stores()
    volumes.take_over(invitation.secrets)
    _write_side(volumes, invitation, other_side(invitation.inviter))


def witness(volumes: Volumes, invitation: Invitation) -> None:
    """Make this machine the witness; raise PairingError for an invitation that names none."""
    if WITNESS not in invitation.pairing.addresses:
        raise PairingError(
            "the invitation names no witness: repeat it with its address, make twin-invite"
            " WITNESS=monitor.example.com, and take the new file to the other VM too"
        )
    if not volumes.has_mongodb_key(invitation.mongodb_key):
        volumes.empty_stores()  # a member of another set cannot join this one
    _write_side(volumes, invitation, WITNESS)


def opened(text: str, passphrase: str) -> Invitation:
    """Return the invitation that a file holds; raise PairingError."""
    return unpacked(unseal(text, passphrase))


def joining(volumes: Volumes, invitation: Invitation, *, is_replacing: bool) -> Joining:
    """Return what a join means for this VM; raise PairingError where it must not join."""
    volumes.require_files(invitation.settings)
    try:
        standing = volumes.standing()
    except PairingError:
        return _mending(volumes, invitation, is_replacing=is_replacing)
    if standing is None:
        return Joining.FIRST
    if standing.pairing.id == invitation.pairing.id:
        _require_other_side(standing.side, invitation)
        # Without twin.json a join was cut short, and MongoDB may have run alone since.
        return Joining.AGAIN if volumes.is_paired() else Joining.FIRST
    if not is_replacing:
        raise PairingError(
            "this VM is paired with another one: `make twin-leave` ends that, or REPLACE=1"
            " replaces it and its data"
        )
    return Joining.REPLACING


def _mending(volumes: Volumes, invitation: Invitation, *, is_replacing: bool) -> Joining:
    """Return it where the pairing is corrupt: MongoDB's key says whose data these are."""
    side = volumes.side()
    if side and volumes.has_mongodb_key(invitation.mongodb_key):
        _require_other_side(side, invitation)
        return Joining.AGAIN
    if not is_replacing:
        raise PairingError(
            "the pairing of this VM is corrupt, and nothing proves that its data are those of the"
            " other VM: REPLACE=1 replaces them by the other VM's, and nothing was changed"
        )
    return Joining.REPLACING


def _require_other_side(side: str, invitation: Invitation) -> None:
    if side == invitation.inviter:
        raise PairingError("this VM wrote the invitation itself: take it to the other VM")


def _new(names: Names, now: datetime) -> Standing:
    if not names.peer or not names.own:
        raise PairingError(
            "PEER must name the other VM and SELF this one, as they reach each other: make"
            " twin-invite PEER=vm-b.example.com SELF=vm-a.example.com"
        )
    side, other = SIDES
    pairing = Pairing(secrets.token_hex(8), int(now.timestamp()), _addresses(names, side, other))
    key = base64.b64encode(secrets.token_bytes(MONGODB_KEY_BYTES)).decode()
    return Standing(pairing, side, make_authority(pairing.id, now), key)


def _renewed(standing: Standing, names: Names, now: datetime) -> Standing:
    known = _addresses(names, standing.side, other_side(standing.side))
    return standing._replace(pairing=standing.pairing.with_addresses(known))


def _addresses(names: Names, side: str, other: str) -> dict[str, PartAddresses]:
    found: dict[str, PartAddresses] = {}
    if names.own:
        found[side] = addresses.of_vm("SELF", names.own)
    if names.peer:
        found[other] = addresses.of_vm("PEER", names.peer)
    if names.witness:
        found[WITNESS] = addresses.of_witness("WITNESS", names.witness)
    return found


def _write_side(volumes: Volumes, invitation: Invitation, side: str) -> None:
    # The app's comes last: its state says that this machine has joined.
    for part in sorted(invitation.pairing.addresses[side], reverse=True):
        if part in volumes.parts:
            volumes.write(part, files(invitation, side, part))
