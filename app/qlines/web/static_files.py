"""Static files: the gzip twin that vendor_assets.sh made, for browsers that take it."""

from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import NotFound

VENDOR_MAX_AGE_SECONDS = 3600  # they change with the image; our own files are revalidated each time


def serve(folder: Path, filename: str) -> Response:
    """Return the file, its compressed twin when there is one and the browser takes it."""
    max_age = VENDOR_MAX_AGE_SECONDS if filename.startswith("vendor/") else None
    twin = f"{filename}.gz"
    if not request.accept_encodings["gzip"] or not _is_file_within(folder, twin):
        return send_from_directory(folder, filename, max_age=max_age)
    kind = "text/css" if filename.endswith(".css") else "text/javascript"
    answer = send_from_directory(folder, twin, mimetype=kind, max_age=max_age)
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


def _is_file_within(folder: Path, filename: str) -> bool:
    try:
        send_from_directory(folder, filename).close()
    except NotFound:
        return False
    return True


def init_app(app: Flask, folder: Path) -> None:
    """Serve the folder under /static."""
    app.add_url_rule("/static/<path:filename>", "static", lambda filename: serve(folder, filename))
