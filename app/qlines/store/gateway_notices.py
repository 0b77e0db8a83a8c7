"""Notify a gateway that a device behind it was renamed or removed, by a command, as ThingsBoard.

Without it thingsboard-gateway continues to send under the old name, which is that of an
unregistered device then. Names and parameters are those of ThingsBoard's
``DefaultGatewayNotificationsService``, and how thingsboard-gateway's ``TBGatewayService`` reads
them: ``gateway_device_renamed`` with ``{"old name": "new name"}``, ``gateway_device_deleted`` with
the name. As there it is one way, waits for the gateway for a day, and is sent again three times.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from qlines.clients.mongodb import Documents
from qlines.errors import ConflictError, NotFoundError, StoreUnavailableError
from qlines.store import commands, devices, gateway_devices
from qlines.store.command_document import NewCommand
from qlines.store.device_document import DeviceDocument

log = logging.getLogger(__name__)

RENAMED, DELETED = "gateway_device_renamed", "gateway_device_deleted"
# Who removed it is not its former owner's business, whose gateway is notified.
CLAIMER = "the one who claimed it"
WAITS = timedelta(days=1)
RETRIES = 3


class Author(NamedTuple):
    """Who has changed the device, an e-mail address or program, and when."""

    by: str
    now: datetime


def note_renamed(
    db: Documents, before: DeviceDocument, after: DeviceDocument, author: Author
) -> None:
    """Notify the gateway that speaks for a device when its name has changed.

    A gateway knows a device that was claimed by the name that it had before, whatever it is called
    by the one who claimed it: nothing has changed for it.
    """
    if before["name"] == after["name"] or "claimed_from" in after:
        return
    for behind in gateway_devices.behind(db, [str(after["_id"])]).values():
        _send(db, behind.gateway, RENAMED, {before["name"]: behind.name}, author)


@contextmanager
def removing(db: Documents, device_ids: Iterable[str], author: Author) -> Iterator[None]:
    """Notify the gateways that speak for devices which the block removes, unless it raises.

    Raise NotFoundError for what is not an id.
    """
    were_behind = gateway_devices.behind(db, device_ids)
    yield
    for behind in were_behind.values():
        remover = author._replace(by=CLAIMER) if behind.is_claimed else author
        _send(db, behind.gateway, DELETED, behind.name, remover)


def _send(db: Documents, gateway: str, method: str, params: Any, author: Author) -> None:
    new = NewCommand(method, params, False, WAITS, RETRIES, author.by, None)
    try:
        in_order = devices.find(db, gateway).get("commands_in_order", False)
        commands.add(db, gateway, new, author.now, in_order=in_order)
    except NotFoundError:
        return  # it was removed too
    except (ConflictError, StoreUnavailableError) as error:
        # The device is renamed or gone nevertheless, and who did it must hear that.
        log.warning("the gateway %s is not notified by %s: %s", gateway, method, error)
