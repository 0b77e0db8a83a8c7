"""What the web app works with, made by the factory and handed to every request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app
from pymongo.database import Database
from redis import Redis

from qlines.clients.clickhouse import Pool
from qlines.clock import Clock


@dataclass(frozen=True)
class Deps:
    """Clients, clock and the few settings that pages need."""

    db: Database[dict[str, Any]]
    redis: Redis
    clickhouse: Pool
    clock: Clock
    exports_dir: Path
    secret_key: str
    public_url: str
    mqtt_port: int

    @property
    def is_https(self) -> bool:
        """Tell whether people reach the pages by TLS, through a proxy in front of us."""
        return self.public_url.startswith("https:")


def deps() -> Deps:
    """Return what the app of the current request works with."""
    found: Deps = current_app.extensions["qlines"]
    return found
