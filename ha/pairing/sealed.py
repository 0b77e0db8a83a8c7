"""Encrypt an invitation with a passphrase, and decrypt it; pure except for random numbers.

The file is text, so that it survives mails and terminals: a headline with the version of the
format, lines of base64 (salt, nonce, AES-256-GCM with the headline as associated data, the key by
scrypt), and a checksum of all that. The checksum tells a corrupt file from a wrong passphrase; that
nobody has changed the file is what GCM proves.
"""

import base64
import binascii
import hashlib
import re
import secrets
import textwrap

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ha.pairing.errors import PairingError

VERSION = 1
_HEADLINE = "QLines invitation, format"
_CHECKSUM = "sha256"
_SALT_BYTES, _NONCE_BYTES = 16, 12
# RFC 7914; 16 MiB and 50 ms a try. The passphrase is random, so nobody comes far by trying.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "maxmem": 2**26, "dklen": 32}
# Without letters and digits that look alike: 24 of 31 are 118 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_CHARACTERS = 6, 4


def new_passphrase() -> str:
    """Return a random passphrase in groups that can be read out over a telephone."""
    groups = (
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_CHARACTERS)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


def seal(content: bytes, passphrase: str) -> str:
    """Return the text of the file."""
    headline = f"{_HEADLINE} {VERSION}"
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, content, headline.encode())
    lines = textwrap.wrap(base64.b64encode(salt + nonce + sealed).decode(), 76)
    body = "\n".join([headline, *lines, ""])
    return f"{body}{_CHECKSUM} {_digest(body)}\n"


def unseal(text: str, passphrase: str) -> bytes:
    """Return the content; raise PairingError for another file, a corrupt one, a wrong passphrase.

    Line ends and blanks around lines do not matter.
    """
    headline, *lines = [line.strip() for line in text.strip().splitlines()] or [""]
    found = re.fullmatch(rf"{_HEADLINE} (\d{{1,9}})", headline)
    if not found:
        raise PairingError(
            "this is not an invitation: FILE must be the one that `make twin-invite` wrote"
        )
    if int(found[1]) > VERSION:
        raise PairingError(
            f"the invitation has format {found[1]}, and this version of QLines reads up to"
            f" {VERSION}: upgrade this VM first (git pull)"
        )
    packed = _unpacked(headline, lines)
    salt, nonce = packed[:_SALT_BYTES], packed[_SALT_BYTES:][:_NONCE_BYTES]
    sealed = packed[_SALT_BYTES + _NONCE_BYTES :]
    try:
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, sealed, headline.encode())
    except InvalidTag:
        raise PairingError(
            "the passphrase does not open the invitation: enter the one that `make twin-invite`"
            " printed for this file"
        ) from None


def split(text: str) -> tuple[str, str]:
    """Return the invitation that *text* begins with, to its checksum, and what follows it."""
    end = re.search(rf"^{_CHECKSUM} .*\n?", text, re.MULTILINE)
    return (text[: end.end()], text[end.end() :]) if end else (text, "")


def _unpacked(headline: str, lines: list[str]) -> bytes:
    corrupt = PairingError("the invitation is corrupt: copy the file again, whole and as a file")
    *body, checksum = lines or [""]
    if checksum != f"{_CHECKSUM} {_digest(chr(10).join([headline, *body, '']))}":
        raise corrupt
    try:
        return base64.b64decode("".join(body), validate=True)
    except binascii.Error:
        raise corrupt from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(passphrase: str, salt: bytes) -> bytes:
    """Return the key; how somebody groups the passphrase or writes its case does not matter."""
    plain = re.sub(r"[\s-]", "", passphrase).lower()
    return hashlib.scrypt(plain.encode(), salt=salt, **_SCRYPT)
