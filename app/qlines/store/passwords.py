"""Passwords as argon2id hashes."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second choice of parameters: 19 MiB for a moment, which a VM of 1 GB can spare.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Checked when the address is unknown, so that the answer takes as long as for a known one.
NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def hash_password(password: str) -> str:
    """Return the argon2id hash; takes some 30 ms of a core."""
    return _HASHER.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Tell whether *password* is the one behind the hash; takes some 30 ms of a core."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def make_password() -> str:
    """Return a password for somebody who did not choose one: 96 random bits."""
    return secrets.token_urlsafe(12)
