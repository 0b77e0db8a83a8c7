"""Security and cache headers of every response."""

from flask import Flask, Response, request

# No 'unsafe-inline', no eval: a device name that got into a page as HTML could not run a script.
# data: is for the icons in Tabler's style sheet.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)


def _add(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Without the path: in the address of a page may be a secret by which a device is claimed, and
    # what a browser asks for next would carry it into the proxy's log of errors.
    response.headers["Referrer-Policy"] = "strict-origin"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    """Add the headers to every response of the app."""
    app.after_request(_add)
