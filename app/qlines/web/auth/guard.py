"""The guard before every view: signed in, an admin where need be, and not tricked into writing."""

from urllib.parse import quote

from flask import Flask, Response, current_app, g, redirect, request

from qlines.web.auth.identity import identify
from qlines.web.deps import deps
from qlines.web.extensions import csrf
from qlines.web.problem import answer_error, is_for_programs, problem

READING_METHODS = ("GET", "HEAD", "OPTIONS")


def _guard() -> Response | None:
    """Let the request through, or answer it.

    1. What does not exist is answered by the router.
    2. Public views are let through; their forms carry a token.
    3. Nobody in particular is sent to sign in.
    4. A browser that writes must show that our page made it do so. An API key is shown by no
       browser on its own, so a request that carries one needs no such proof.
    5. What is for admins is for admins.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        return None
    writes = request.method not in READING_METHODS
    if request.endpoint == "static" or getattr(view, "is_public", False):
        if writes:
            csrf.protect()
        return None
    identity = identify()
    if identity is None:
        return _not_signed_in()
    g.identity = identity
    if writes and identity.session:
        csrf.protect()
    if getattr(view, "is_admin_only", False) and not identity.is_admin:
        return answer_error(403, "this is for admins only, and you are not one")
    return None


def _not_signed_in() -> Response:
    if is_for_programs():
        detail = "sign in, or send the header 'Authorization: Bearer KEY' with a valid API key"
        return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
    here = request.full_path.rstrip("?") if request.method == "GET" else "/devices"
    answer = redirect("/login" if here == "/" else f"/login?next={quote(here)}")
    return Response(answer.get_data(), answer.status_code, answer.headers)


def init_app(app: Flask) -> None:
    """Put the guard before every view of the app."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    csrf.init_app(app)
    app.before_request(_guard)
    app.context_processor(lambda: {"identity": g.get("identity"), "deps": deps()})
