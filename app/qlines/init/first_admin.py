"""Add the first admin, so that somebody can sign in to a new appliance."""

from contextlib import suppress

from qlines.clients.mongodb import Documents
from qlines.errors import ConflictError, NotFoundError
from qlines.store import passwords, users


def ensure_first_admin(db: Documents, email: str, password: str) -> bool:
    """Add the admin unless a user has this address; return whether it was added.

    An existing user stays unchanged: a password that was changed is not changed back.
    Raise StoreUnavailableError when MongoDB does not answer.
    """
    with suppress(NotFoundError):
        users.find_by_email(db, email)
        return False
    try:
        users.add(db, email, passwords.hash_password(password), admin=True)
    except ConflictError:
        return False  # another container's init was faster
    return True
