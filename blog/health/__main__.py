"""Run the blog's health server, which needs neither MariaDB nor PHP: ``python3 -m blog.health``."""

from pathlib import Path

from blog.health.probes import look
from blog.health.server import Health, serve

RUN = Path("/run/qlines")
PORT = 8081


def main() -> None:
    """Read which sites there are, then answer for ever."""
    names = (RUN / "sites" / "names").read_text().split()
    serve(Health(lambda: look(RUN, names)), PORT)


if __name__ == "__main__":
    main()
