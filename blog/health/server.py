"""Serve the health report on port 8081, without MariaDB and PHP."""

from pathlib import Path

from appliance.shared.http_server import make_server
from blog.health.cached_report import CachedReport
from blog.health.probes import probe_all
from blog.health.response import respond

PORT = 8081


def serve(run: Path, data: Path) -> None:
    """Read the sites' names, then serve forever."""
    names = (run / "sites" / "names").read_text().split()
    report = CachedReport(lambda: probe_all(run, data / "dumps", names, data))
    make_server(PORT, lambda request: respond(request, report.document)).serve_forever()
