"""Headers of every answer: what a browser may load, and that answers to one are for nobody else."""

from flask import Flask, Response, request

# No 'unsafe-inline', no eval: a device name that slips through as HTML still runs nothing.
# data: pictures are the icons within Tabler's style sheet.
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


def _add(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "same-origin"
    if request.endpoint != "static":
        answer.headers["Cache-Control"] = "no-store"
    return answer


def init_app(app: Flask) -> None:
    """Add the headers to every answer of the app."""
    app.after_request(_add)
