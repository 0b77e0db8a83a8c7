"""Who may call a view: decorators that the guard reads. Without one, every signed-in user may."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Let anybody call the view."""
    view.is_public = True  # type: ignore[attr-defined] # functions have no such attribute
    return view


def by_link(view: View) -> View:
    """Let anybody call the view whose link has a secret: no cookie says who it is.

    So another site cannot make a browser do what it must not, and no CSRF token is needed.
    """
    view.is_by_link = True  # type: ignore[attr-defined] # functions have no such attribute
    return public(view)


def admin_only(view: View) -> View:
    """Let only admins call the view."""
    view.is_admin_only = True  # type: ignore[attr-defined] # functions have no such attribute
    return view
