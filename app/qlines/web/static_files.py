"""Static files, compressed where vendor_assets.sh made a gzip twin and the browser accepts it."""

from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from werkzeug.security import safe_join

from qlines.web.auth.access import public

VENDOR_MAX_AGE_SECONDS = 3600  # they change with the image; our own files are revalidated each time


def serve(folder: Path, filename: str) -> Response:
    """Return the file, or its gzip twin; raise NotFound for a path outside *folder*."""
    max_age = VENDOR_MAX_AGE_SECONDS if filename.startswith("vendor/") else None
    twin = safe_join(str(folder), f"{filename}.gz")
    if not request.accept_encodings["gzip"] or twin is None or not Path(twin).is_file():
        return send_from_directory(folder, filename, max_age=max_age)
    kind = "text/css" if filename.endswith(".css") else "text/javascript"
    answer = send_from_directory(folder, f"{filename}.gz", mimetype=kind, max_age=max_age)
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def init_app(app: Flask, folder: Path) -> None:
    """Serve the folder under /static, and the service worker where it may serve every page."""
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: serve(folder, filename))
    # A worker may serve the pages below its own path, and there is no page below /static/js/.
    worker = public(lambda: serve(folder, "js/service_worker.js"))
    app.add_url_rule("/service-worker.js", "service_worker", worker)
