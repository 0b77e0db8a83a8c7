"""Make the first admin, so that somebody can sign in to a new appliance."""

from typing import Any

from pymongo.database import Database

from qlines.errors import ConflictError, NotFoundError
from qlines.store import passwords, users


def ensure_first_admin(db: Database[dict[str, Any]], email: str, password: str) -> bool:
    """Add the admin when nobody has this address, and return whether it was added.

    A user who is there stays as they are: a password that was changed is not changed back.
    """
    try:
        users.find_by_email(db, email)
    except NotFoundError:
        pass  # nobody has the address, so the admin is added below
    else:
        return False
    try:
        users.add(db, email, passwords.hash_password(password), admin=True)
    except ConflictError:
        return False  # another container's init was quicker
    return True
