"""Sort frames into readings, attributes, rejected messages, sightings and connection events.

Pure: looks up devices and fills a Batch. The device id is the frame's, which belongs to the token;
nothing in a payload can change it. A gateway's payload names other devices; they are looked up
among the devices of the gateway's owner only.
"""

from collections.abc import Callable, Iterable

import orjson

from qlines.errors import InvalidReading
from qlines.ingest.batch import (
    Attribute,
    Batch,
    ConnectionEvent,
    ConnectionEventType,
    UnregisteredSighting,
    excerpt,
)
from qlines.ingest.decode import (
    TimedValues,
    decode_attributes,
    decode_gateway_attributes,
    decode_gateway_device,
    decode_gateway_telemetry,
    decode_telemetry,
)
from qlines.ingest.known_devices import KnownDevices
from qlines.reading import Reading, Value
from qlines.spool.frame import Frame, FrameKind
from qlines.store.registry_file import Device
from qlines.store.rejected import Rejected

TELEMETRY_TOPICS = frozenset({"v1/devices/me/telemetry", "v2/t", "v2/t/j"})
ATTRIBUTE_TOPICS = frozenset({"v1/devices/me/attributes", "v2/a", "v2/a/j"})
GATEWAY_PREFIX = "v1/gateway/"
GATEWAY_TOPICS = ("connect", "disconnect", "telemetry", "attributes")
CONNECTION_EVENTS: dict[int, ConnectionEventType] = {
    FrameKind.CONNECTED: ConnectionEventType.CONNECTED,
    FrameKind.DISCONNECTED: ConnectionEventType.DISCONNECTED,
}
WORKING_TOPICS = ", ".join(
    [
        *sorted(TELEMETRY_TOPICS),
        *sorted(ATTRIBUTE_TOPICS),
        *(GATEWAY_PREFIX + name for name in GATEWAY_TOPICS),
    ]
)


def route(frames: Iterable[Frame], devices: KnownDevices, batch: Batch) -> None:
    """Add the contents of *frames* to *batch*, in order."""
    message, find, readings = FrameKind.MESSAGE, devices.find, batch.readings
    # Half the cost of Reading(…), 0.17 µs instead of 0.37 (measured).
    new_tuple = tuple.__new__
    stored = 0
    for frame in frames:
        time_us, kind, device_id, topic, payload = frame
        # The common case first and in few steps: this loop runs for every message.
        if kind == message and topic in TELEMETRY_TOPICS:
            device = find(device_id)
            if device is None:
                batch.counts["removed"] += 1
                continue
            try:
                timed_values, problem = decode_telemetry(payload, time_us)
            except InvalidReading as error:
                _reject(frame, str(error), batch, "rejected")
                continue
            owner = device.owner
            for ts_us, values in timed_values:
                readings.append(new_tuple(Reading, (device_id, owner, ts_us, values)))
            stored += 1
            if problem:
                _reject(frame, problem, batch, "keys_dropped")
        else:
            _route_other(frame, devices, batch)
    batch.counts["accepted"] += stored


def _route_other(frame: Frame, devices: KnownDevices, batch: Batch) -> None:
    if frame.kind == FrameKind.WRITER_STARTED:
        _add_connection_event(batch, frame, ConnectionEventType.BROKER_RESTARTED)
        return
    if frame.kind == FrameKind.UNKNOWN_TOKEN:
        _add_unknown_token(frame, batch)
        return
    device = devices.find(frame.device)
    if device is None:
        batch.counts["removed"] += 1
    elif frame.kind == FrameKind.MESSAGE:
        _route_message(frame, device, devices, batch)
    elif frame.kind == FrameKind.REJECTED:
        _add_rejection_of_writer(frame, batch)
    elif frame.kind in CONNECTION_EVENTS:
        event_type, text = CONNECTION_EVENTS[frame.kind], excerpt(frame.payload)
        _add_connection_event(batch, frame, event_type, frame.device, text)
    else:
        batch.counts["unknown_frames"] += 1


def _route_message(frame: Frame, device: Device, devices: KnownDevices, batch: Batch) -> None:
    try:
        if frame.topic in ATTRIBUTE_TOPICS:
            values, problem = decode_attributes(frame.payload)
            _add_attributes(device.id, values, frame.time_us, batch)
        else:
            problem = _route_gateway(frame, device, devices, batch)
    except InvalidReading as error:
        _reject(frame, str(error), batch, "rejected")
        return
    batch.counts["accepted"] += 1
    if problem:
        _reject(frame, problem, batch, "keys_dropped")


def _route_gateway(frame: Frame, gateway: Device, devices: KnownDevices, batch: Batch) -> str:
    """Add the contents of a gateway's message; return why keys were dropped, or an empty text.

    Raise InvalidReading when the topic is unknown, or for gateways only and the device is not one.
    """
    handler = GATEWAY_HANDLERS.get(frame.topic)
    if handler is None:
        raise InvalidReading(
            f"topic {frame.topic} is not one that QLines stores; these work: {WORKING_TOPICS}"
        )
    if not gateway.gateway:
        raise InvalidReading(
            f"topic {frame.topic} is for gateways, and this device is not one: switch 'gateway' on "
            'at its page, or send PATCH {"gateway": true} to /api/devices/{id}'
        )
    return handler(frame, gateway, devices, batch)


def _gateway_telemetry(frame: Frame, gateway: Device, devices: KnownDevices, batch: Batch) -> str:
    by_name, problem = decode_gateway_telemetry(frame.payload, frame.time_us)
    for name, readings in by_name.items():
        device = devices.find_named(gateway.owner, name)
        if device is None:
            _add_unregistered(frame, gateway, name, readings, batch)
            continue
        for ts_us, values in readings:
            batch.readings.append(Reading(device.id, device.owner, ts_us, values))
    return problem


def _gateway_attributes(frame: Frame, gateway: Device, devices: KnownDevices, batch: Batch) -> str:
    by_name, problem = decode_gateway_attributes(frame.payload)
    for name, values in by_name.items():
        device = devices.find_named(gateway.owner, name)
        if device is None:
            _add_unregistered(frame, gateway, name, [(frame.time_us, values)], batch)
        else:
            _add_attributes(device.id, values, frame.time_us, batch)
    return problem


def _gateway_connect(frame: Frame, gateway: Device, devices: KnownDevices, batch: Batch) -> str:
    name = decode_gateway_device(frame.payload)
    device = devices.find_named(gateway.owner, name)
    if device is None:
        _add_unregistered(frame, gateway, name, [], batch)
    else:
        event_type, text = ConnectionEventType.CONNECTED_VIA_GATEWAY, f"by gateway {gateway.name}"
        _add_connection_event(batch, frame, event_type, device.id, text, gateway.id)
    return ""


def _gateway_disconnect(frame: Frame, gateway: Device, devices: KnownDevices, batch: Batch) -> str:
    device = devices.find_named(gateway.owner, decode_gateway_device(frame.payload))
    if device is not None:
        event_type = ConnectionEventType.DISCONNECTED_VIA_GATEWAY
        text = f"gateway {gateway.name} reported it as disconnected"
        _add_connection_event(batch, frame, event_type, device.id, text, gateway.id)
    return ""


GATEWAY_HANDLERS: dict[str, Callable[[Frame, Device, KnownDevices, Batch], str]] = {
    GATEWAY_PREFIX + "telemetry": _gateway_telemetry,
    GATEWAY_PREFIX + "attributes": _gateway_attributes,
    GATEWAY_PREFIX + "connect": _gateway_connect,
    GATEWAY_PREFIX + "disconnect": _gateway_disconnect,
}


def _add_connection_event(
    batch: Batch,
    frame: Frame,
    event_type: ConnectionEventType,
    device: str = "",
    text: str = "",
    gateway: str = "",
) -> None:
    batch.connections.append(ConnectionEvent(frame.time_us, event_type, device, text, gateway))


def _add_attributes(device: str, values: dict[str, Value], time_us: int, batch: Batch) -> None:
    ts_ms = time_us // 1000
    batch.attributes.extend(Attribute(device, key, ts_ms, value) for key, value in values.items())
    batch.counts["attributes"] += len(values)


def _add_unregistered(
    frame: Frame, gateway: Device, name: str, readings: list[TimedValues], batch: Batch
) -> None:
    batch.counts["unregistered"] += max(1, len(readings))
    sample = excerpt(orjson.dumps(readings[0][1])) if readings else ""
    batch.sightings.append(
        UnregisteredSighting(f"gateway {gateway.id}", name, frame.time_us, sample)
    )


def _add_unknown_token(frame: Frame, batch: Batch) -> None:
    batch.counts["unknown_tokens"] += 1
    source, address, token = [*excerpt(frame.payload).split("\n", 2), "", ""][:3]
    if token:  # without a token there is nothing to register
        batch.sightings.append(
            UnregisteredSighting(source, token, frame.time_us, f"from {address}")
        )


def _add_rejection_of_writer(frame: Frame, batch: Batch) -> None:
    reason, _, payload = frame.payload.partition(b"\n")
    _reject(frame._replace(payload=payload), excerpt(reason), batch, "refused")


def _reject(frame: Frame, reason: str, batch: Batch, counter: str) -> None:
    batch.counts[counter] += 1
    batch.rejected.append(
        Rejected(
            device=frame.device,
            ts_ms=frame.time_us // 1000,
            reason=reason,
            topic=frame.topic[:255],
            payload=excerpt(frame.payload),
        )
    )
