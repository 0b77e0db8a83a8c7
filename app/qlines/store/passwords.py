"""Passwords as argon2id hashes."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's second choice of parameters: 19 MiB while it runs, which a VM of 1 GB can spare.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Verified when the address is unknown, so that the response takes as long as for a known one.
DUMMY_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def hash_password(password: str) -> str:
    """Return the argon2id hash; takes some 30 ms of a core."""
    return _HASHER.hash(password)


def verify(password_hash: str, password: str) -> bool:
    """Return whether *password* is the one that was hashed; takes some 30 ms of a core."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Return whether the hash was made with other parameters than the current ones."""
    return _HASHER.check_needs_rehash(password_hash)


def make_password() -> str:
    """Return a random password with 96 bits, for a user who did not choose one."""
    return secrets.token_urlsafe(12)
