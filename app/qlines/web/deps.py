"""The clients and settings that the web app depends on; the factory makes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app
from redis import Redis

from appliance.shared.twin import Twin
from qlines.backup_schedule import Plan
from qlines.clients.clickhouse import Pool
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.downlink.webhook_calls import WebhookCalls
from qlines.health_report import ask
from qlines.web.apprise_check import AppriseCheck
from qlines.web.auth.hashing import HashTurns
from qlines.web.kept_fleets import KeptFleets
from qlines.web.news import News
from qlines.web.turns import Turns


@dataclass(frozen=True)
class Deps:
    """Clients, clock and the few settings that pages need."""

    db: Documents
    redis: Redis
    clickhouse: Pool
    clock: Clock
    data_dir: Path
    exports_dir: Path
    secret_key: str
    public_url: str
    mqtt_port: int
    alarm_pairs: int
    query_turns: Turns
    dry_run_turns: Turns
    hash_turns: HashTurns
    news: News
    backup_plan: Plan | None
    has_mail: bool
    webhooks: WebhookCalls
    owner_mails_per_day: int = 0
    telegram_token: str = ""
    apprise: AppriseCheck = field(default_factory=AppriseCheck)
    twin: Twin | None = None
    node: str = ""
    ask_health: Callable[[str], dict[str, Any]] = ask
    fleets: KeptFleets = field(default_factory=KeptFleets)

    @property
    def side(self) -> str | None:
        """Return the name of this broker among several, None when it is the only one."""
        return self.twin.side if self.twin else self.node or None

    @property
    def is_https(self) -> bool:
        """Return whether browsers use TLS, which a proxy in front of this app terminates."""
        return self.public_url.startswith("https:")


def deps() -> Deps:
    """Return the dependencies of the app that handles the current request."""
    current: Deps = current_app.extensions["qlines"]
    return current
