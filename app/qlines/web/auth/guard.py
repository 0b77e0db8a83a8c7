"""The guard before every view: authentication, admin rights and CSRF protection."""

from urllib.parse import quote

from flask import Flask, Response, current_app, g, redirect, request

from qlines.web.auth.identity import identify
from qlines.web.deps import deps
from qlines.web.extensions import csrf
from qlines.web.problem import answer_error, is_for_programs, problem

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110 9.2.1: they change nothing


def _guard() -> Response | None:
    """Return None to let the request through, or the response that refuses it.

    1. An unknown path is left to the router, which answers 404; people get it with their menu.
    2. Public views need no session; their forms carry a CSRF token, but for links with a secret.
    3. Anonymous requests are redirected to /login; API requests get 401.
    4. A request of a browser session that writes needs a CSRF token. A browser never sends an API
       key by itself, so a request with one needs no token.
    5. Admin views answer 403 to everybody but admins.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None:
        g.identity = None if is_for_programs() else identify()
        return None
    writes = request.method not in SAFE_METHODS
    if request.endpoint == "static" or getattr(view, "is_public", False):
        if writes and not getattr(view, "is_by_link", False):
            csrf.protect()
        return None
    identity = identify()
    if identity is None:
        return _not_signed_in()
    g.identity = identity
    if writes and identity.session:
        csrf.protect()
    if getattr(view, "is_admin_only", False) and not identity.is_admin:
        return answer_error(403, "only admins may do this: ask an admin")
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
