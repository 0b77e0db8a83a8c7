"""Sort frames into readings, attributes, answers, claims, rejections, sightings, connections.

Pure: looks up devices and fills a Batch. The device id is the frame's, which belongs to the token;
nothing in a payload can change it. A gateway's messages carry other devices (``gateway``).
"""

from collections.abc import Iterable

from qlines.errors import InvalidReading
from qlines.ingest import answers, topics
from qlines.ingest.batch import Batch, ConnectionEventType, UnregisteredSighting, excerpt
from qlines.ingest.decode import decode_attributes, decode_telemetry
from qlines.ingest.gateway import route_gateway
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.reading import Reading
from qlines.spool.frame import Frame, FrameKind
from qlines.store.claim_rules import terms_in
from qlines.store.registry_file import Device

CONNECTION_EVENTS: dict[int, ConnectionEventType] = {
    FrameKind.CONNECTED: ConnectionEventType.CONNECTED,
    FrameKind.DISCONNECTED: ConnectionEventType.DISCONNECTED,
}


def route(frames: Iterable[Frame], devices: KnownDevices, keys: KnownKeys, batch: Batch) -> None:
    """Add the contents of *frames* to *batch*, in order."""
    message, find, readings = FrameKind.MESSAGE, devices.find, batch.readings
    refused_before = keys.refused
    telemetry = topics.TELEMETRY
    # Half the cost of Reading(…), 0.17 µs instead of 0.37 (measured).
    new_tuple = tuple.__new__
    stored = 0
    for frame in frames:
        time_us, kind, device_id, topic, payload = frame
        # The common case first and in few steps: this loop runs for every message.
        if kind == message and topic in telemetry:
            device = find(device_id)
            if device is None:
                batch.counts["removed"] += 1
                continue
            try:
                timed_values, problem = decode_telemetry(payload, time_us, keys[device_id])
            except InvalidReading as error:
                batch.reject(frame, str(error), "rejected")
                continue
            owner = device.owner
            for ts_us, values in timed_values:
                received_us = 0 if ts_us == time_us else time_us
                readings.append(new_tuple(Reading, (device_id, owner, ts_us, values, received_us)))
            stored += 1
            if problem:
                batch.reject(frame, problem, "keys_dropped")
        else:
            _route_other(frame, devices, keys, batch)
    batch.counts["accepted"] += stored
    batch.counts["keys_over_limit"] += keys.refused - refused_before


def _route_other(frame: Frame, devices: KnownDevices, keys: KnownKeys, batch: Batch) -> None:
    if frame.kind == FrameKind.WRITER_STARTED:
        batch.add_connection_event(frame, ConnectionEventType.BROKER_RESTARTED)
        return
    if frame.kind == FrameKind.UNKNOWN_TOKEN:
        _add_unknown_token(frame, batch)
        return
    device = devices.find(frame.device)
    if device is None:
        batch.counts["removed"] += 1
    elif frame.kind == FrameKind.MESSAGE:
        _route_message(frame, device, devices, keys, batch)
    elif frame.kind == FrameKind.REJECTED:
        _add_rejection_of_writer(frame, batch)
    elif frame.kind == FrameKind.LIMITED:
        batch.reject(frame._replace(payload=b""), excerpt(frame.payload), "limited")
    elif frame.kind == FrameKind.SESSION_STARTED:
        batch.arrivals[frame.topic] = frame.time_us
    elif frame.kind in CONNECTION_EVENTS:
        event_type, text = CONNECTION_EVENTS[frame.kind], excerpt(frame.payload)
        batch.add_connection_event(frame, event_type, frame.device, text)
    else:
        batch.counts["unknown_frames"] += 1


def _route_message(
    frame: Frame, device: Device, devices: KnownDevices, keys: KnownKeys, batch: Batch
) -> None:
    try:
        if frame.topic in topics.ATTRIBUTES:
            values, problem = decode_attributes(frame.payload, keys[device.id])
            batch.add_attributes(device.id, values, frame.time_us)
        elif frame.topic == topics.CLAIM:
            batch.add_claim(device.id, terms_in(frame.payload), frame.time_us)
            problem = ""
        elif topics.is_answer(frame.topic):
            number, text = answers.number_in(frame.topic), answers.text_of(frame.payload)
            batch.add_answer(device.id, number, text, frame.time_us)
            problem = ""
        else:
            problem = route_gateway(frame, device, devices, keys, batch)
    except InvalidReading as error:
        batch.reject(frame, str(error), "rejected")
        return
    batch.counts["accepted"] += 1
    if problem:
        batch.reject(frame, problem, "keys_dropped")


def _add_unknown_token(frame: Frame, batch: Batch) -> None:
    batch.counts["unknown_tokens"] += 1
    source, address, token = [*excerpt(frame.payload).split("\n", 2), "", ""][:3]
    if token:  # without a token there is nothing to register
        batch.sightings.append(
            UnregisteredSighting(source, token, frame.time_us, f"from {address}")
        )


def _add_rejection_of_writer(frame: Frame, batch: Batch) -> None:
    reason, _, payload = frame.payload.partition(b"\n")
    batch.reject(frame._replace(payload=payload), excerpt(reason), "refused")
