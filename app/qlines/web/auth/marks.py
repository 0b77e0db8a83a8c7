"""Marks on views: who may call them. A view without a mark is for whoever is signed in."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Let everybody call the view."""
    view.is_public = True  # type: ignore[attr-defined] # a mark on a function has no type
    return view


def admin_only(view: View) -> View:
    """Let only admins call the view."""
    view.is_admin_only = True  # type: ignore[attr-defined] # a mark on a function has no type
    return view
