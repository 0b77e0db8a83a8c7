"""The rules for a product: its name, its strategy, its limits, its key and its secret. Pure."""

import secrets
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from qlines.errors import FieldError
from qlines.store.device_rules import ALPHABET, checked_name

Strategy = Literal["disabled", "create_new_devices", "check_pre_provisioned"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

MAX_DEVICES = 1_000_000
MAX_DEVICES_PER_MINUTE = 10_000
KEY_CHARACTERS, SECRET_CHARACTERS = 20, 32


class ProductDefinition(NamedTuple):
    """What the owner of a product sets.

    *strategy*: "disabled" provisions nothing, "create_new_devices" adds each device that asks, and
    "check_pre_provisioned" gives the devices that the owner has added beforehand their tokens, each
    once. *quarantine*: a new device waits until its owner approves it. *max_devices* and
    *max_devices_per_minute* are None without a limit; the second one counts every provisioning.
    """

    name: str
    strategy: Strategy = "create_new_devices"
    quarantine: bool = False
    max_devices: int | None = 1_000
    max_devices_per_minute: int | None = 60


class ProvisionKey(NamedTuple):
    """What all devices of a product are made with; not the token of a device."""

    key: str
    secret: str


def make_key() -> ProvisionKey:
    """Return a random key of 20 and a random secret of 32 letters and digits."""
    return ProvisionKey(*map(_random, (KEY_CHARACTERS, SECRET_CHARACTERS)))


def _random(characters: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(characters))


def checked_product(fields: Mapping[str, Any]) -> ProductDefinition:
    """Return the definition with these fields, the others by default; raise FieldError."""
    product = ProductDefinition(**fields)
    if product.strategy not in STRATEGIES:
        raise FieldError(
            "strategy",
            f"must be one of {', '.join(STRATEGIES)}, got {str(product.strategy)[:50]!r}",
        )
    _check_limit("max_devices", product.max_devices, MAX_DEVICES)
    _check_limit("max_devices_per_minute", product.max_devices_per_minute, MAX_DEVICES_PER_MINUTE)
    return product._replace(name=checked_name(product.name.strip()))


def _check_limit(field: str, limit: int | None, most: int) -> None:
    if limit is not None and not 1 <= limit <= most:
        raise FieldError(field, f"must be 1 to {most:,}, or null for no limit, got {limit}")
