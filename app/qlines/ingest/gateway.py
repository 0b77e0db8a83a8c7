"""Sort the messages of gateways, which carry the data of other devices.

A device is looked up by its name among the devices of the gateway's owner only. What is for an
unregistered device is dropped and recorded as a sighting.
"""

from collections.abc import Callable
from typing import NamedTuple

import orjson

from qlines.errors import InvalidReading
from qlines.ingest import topics
from qlines.ingest.answers import decode_gateway_answer
from qlines.ingest.batch import Batch, ConnectionEventType, UnregisteredSighting, excerpt
from qlines.ingest.decode import (
    TimedValues,
    decode_gateway_attributes,
    decode_gateway_device,
    decode_gateway_telemetry,
)
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import Keys, KnownKeys
from qlines.ingest.values import ANY_KEYS
from qlines.reading import Reading
from qlines.spool.frame import Frame
from qlines.store.claim_rules import terms_by_name
from qlines.store.gateway_devices import NO_GATEWAY
from qlines.store.registry_file import Device


class Fleet(NamedTuple):
    """The devices for which a gateway may speak, by name.

    Those are its owner's, and those that were claimed from its owner through a gateway.
    """

    owner: str
    devices: KnownDevices
    keys: KnownKeys

    def find(self, name: str) -> Device | None:
        """Return the device with this name, or None when it is not registered."""
        return self.devices.find_named(self.owner, name)

    def keys_of(self, name: str) -> Keys:
        """Return the keys of the device with this name."""
        device = self.find(name)
        return self.keys[device.id] if device else ANY_KEYS


def route_gateway(
    frame: Frame, gateway: Device, devices: KnownDevices, keys: KnownKeys, batch: Batch
) -> str:
    """Add the contents of a gateway's message; return why keys were dropped, or an empty text.

    Raise InvalidReading when the topic is unknown, or for gateways only and the device is not one.
    """
    handler = HANDLERS.get(frame.topic)
    if handler is None:
        known = ", ".join(topics.ALL)
        raise InvalidReading(
            f"topic {frame.topic} is not one that QLines stores; these work: {known}"
        )
    if not gateway.gateway:
        raise InvalidReading(
            f"topic {frame.topic} is for gateways, and this device is not one: switch 'gateway' on "
            'at its page, or send PATCH {"gateway": true} to /api/devices/{id}'
        )
    return handler(frame, gateway, Fleet(gateway.owner, devices, keys), batch)


def _route_telemetry(frame: Frame, gateway: Device, fleet: Fleet, batch: Batch) -> str:
    by_name, problem = decode_gateway_telemetry(frame.payload, frame.time_us, fleet.keys_of)
    for name, readings in by_name.items():
        device = fleet.find(name)
        if device is None:
            _add_unregistered(frame, gateway, name, readings, batch)
            continue
        batch.gateways[device.id] = gateway.id
        for ts_us, values in readings:
            received_us = 0 if ts_us == frame.time_us else frame.time_us
            batch.readings.append(Reading(device.id, device.owner, ts_us, values, received_us))
    return problem


def _route_attributes(frame: Frame, gateway: Device, fleet: Fleet, batch: Batch) -> str:
    by_name, problem = decode_gateway_attributes(frame.payload, fleet.keys_of)
    for name, values in by_name.items():
        device = fleet.find(name)
        if device is None:
            _add_unregistered(frame, gateway, name, [(frame.time_us, values)], batch)
        else:
            batch.gateways[device.id] = gateway.id
            batch.add_attributes(device.id, values, frame.time_us)
    return problem


def _route_answer(frame: Frame, gateway: Device, fleet: Fleet, batch: Batch) -> str:
    name, number, text = decode_gateway_answer(frame.payload)
    device = fleet.find(name)
    if device is None:
        _add_unregistered(frame, gateway, name, [], batch)
    else:
        batch.add_answer(device.id, number, text, frame.time_us)
    return ""


def _route_claim(frame: Frame, gateway: Device, fleet: Fleet, batch: Batch) -> str:
    by_name, problem = terms_by_name(frame.payload)
    for name, terms in by_name.items():
        device = fleet.find(name)
        if device is None:
            _add_unregistered(frame, gateway, name, [], batch)
        else:
            batch.gateways[device.id] = gateway.id
            batch.add_claim(device.id, terms, frame.time_us, by_gateway=True)
    return problem


def _route_connect(frame: Frame, gateway: Device, fleet: Fleet, batch: Batch) -> str:
    name = decode_gateway_device(frame.payload)
    device = fleet.find(name)
    if device is None:
        _add_unregistered(frame, gateway, name, [], batch)
    else:
        batch.gateways[device.id] = gateway.id
        event_type, text = ConnectionEventType.CONNECTED_VIA_GATEWAY, f"by gateway {gateway.name}"
        batch.add_connection_event(frame, event_type, device.id, text, gateway.id)
    return ""


def _route_disconnect(frame: Frame, gateway: Device, fleet: Fleet, batch: Batch) -> str:
    device = fleet.find(decode_gateway_device(frame.payload))
    if device is not None:
        batch.gateways[device.id] = NO_GATEWAY
        event_type = ConnectionEventType.DISCONNECTED_VIA_GATEWAY
        text = f"gateway {gateway.name} reported it as disconnected"
        batch.add_connection_event(frame, event_type, device.id, text, gateway.id)
    return ""


def _add_unregistered(
    frame: Frame, gateway: Device, name: str, readings: list[TimedValues], batch: Batch
) -> None:
    batch.counts["unregistered"] += max(1, len(readings))
    sample = excerpt(orjson.dumps(readings[0][1])) if readings else ""
    batch.sightings.append(
        UnregisteredSighting(f"gateway {gateway.id}", name, frame.time_us, sample)
    )


HANDLERS: dict[str, Callable[[Frame, Device, Fleet, Batch], str]] = {
    topics.GATEWAY_TELEMETRY: _route_telemetry,
    topics.GATEWAY_ATTRIBUTES: _route_attributes,
    topics.GATEWAY_ANSWER: _route_answer,
    topics.GATEWAY_CLAIM: _route_claim,
    topics.GATEWAY_CONNECT: _route_connect,
    topics.GATEWAY_DISCONNECT: _route_disconnect,
}
