"""Run the registry: ``python -m qlines.registry``.

Of what the broker needs from MongoDB it brings the devices, their commands (in a thread of its own)
and, where there are other brokers, the clients that connected to those; and it tells those that
this broker is alive.
"""

import os
from collections.abc import MutableMapping

from appliance.shared import twin
from qlines import logs
from qlines.brokers.arrivals import Arrivals
from qlines.brokers.broker_heartbeat import BrokerHeartbeat
from qlines.brokers.parts import parts_of
from qlines.clients import mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, SystemClock
from qlines.downlink.provisioner import IsKnown
from qlines.downlink.thread import DownlinkThread
from qlines.heartbeat import Heartbeat
from qlines.registry.loop import MAX_READ_SECONDS, RegistrySync
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store.registry_file import RegistryFileWriter
from qlines.webhook.sender import WebhookSender
from qlines.webhook.url import Rules

# A device that came back through another broker is online twice until its old session ends.
MAX_READ_SECONDS_BESIDE_OTHERS = 0.3


def main() -> None:
    """Read the settings, open the file, and follow MongoDB until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "registry", clock)
    file = RegistryFileWriter(settings.data_dir / "registry")
    own = mongodb.connect(settings.own_mongodb)
    broker = _broker(settings)
    others = _beside_others(settings, broker, own, clock)
    seconds = MAX_READ_SECONDS_BESIDE_OTHERS if others else MAX_READ_SECONDS
    sync = RegistrySync(own, file, heartbeat=heartbeat, clock=clock, max_read_seconds=seconds)

    def is_known(token: str) -> bool:
        return file.device_by_token(token, clock.now_us()) is not None

    downlink = _downlink(settings, broker, is_known, sync.counters, clock)

    def iterate() -> bool:
        if downlink:
            downlink.check()
        for part in others:
            part.run_once()
        return sync.run_once()

    run(iterate, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=0.0)


def _broker(settings: Settings) -> str:
    """Return the name of this container's broker: its side, or its node; empty for one alone."""
    pairing = twin.read(settings.data_dir)
    return pairing.side if pairing else settings.node


def _downlink(
    settings: Settings,
    broker: str,
    is_known: IsKnown,
    counters: MutableMapping[str, int],
    clock: Clock,
) -> DownlinkThread | None:
    """Begin to send commands to the devices of the broker, where there is one."""
    if "mosquitto" not in settings.roles:
        return None
    db = mongodb.connect(settings.mongodb)
    webhooks = WebhookSender(
        Rules(settings.webhook_http, settings.webhook_private_addresses), clock
    )
    thread = DownlinkThread(
        settings.run_dir,
        db,
        broker,
        webhooks=webhooks,
        is_known=is_known,
        counters=counters,
        clock=clock,
    )
    return thread.start()


def _beside_others(
    settings: Settings, broker: str, own: Documents, clock: Clock
) -> tuple[Arrivals, BrokerHeartbeat] | tuple[()]:
    """Return what is repeated for the broker of a twin or of a node; nothing for one alone."""
    if not broker or "mosquitto" not in settings.roles:
        return ()
    return parts_of(settings, broker, mongodb.connect(settings.mongodb), own, clock)


if __name__ == "__main__":
    main()
