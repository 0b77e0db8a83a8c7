"""Serve the health report on port 8081, without MariaDB and PHP: ``python3 -m blog.health``."""

from pathlib import Path

from appliance.shared.http_server import make_server
from blog.health.cached_report import CachedReport
from blog.health.probes import probe_all
from blog.health.response import respond

RUN = Path("/run/qlines")
DATA = Path("/data")
PORT = 8081


def main() -> None:
    """Read the sites' names, then serve forever."""
    names = (RUN / "sites" / "names").read_text().split()
    report = CachedReport(lambda: probe_all(RUN, DATA / "dumps", names, DATA))
    make_server(PORT, lambda request: respond(request, report.document)).serve_forever()


if __name__ == "__main__":
    main()
