"""The place of a proxy: lead each new MQTT connection to the side of two twins that is ready."""

import asyncio
import threading

import requests

from tests.harness.appliance import Appliance
from tests.harness.docker import free_ports

CHUNK_BYTES = 65_536


class StandInProxy:
    """A port in front of two sides, of which the first that is ready gets what comes."""

    def __init__(self, sides: list[Appliance]) -> None:
        self._sides = sides
        (self.port,) = free_ports(1)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def open(self) -> "StandInProxy":
        """Begin to listen."""
        self._thread.start()
        listening = asyncio.start_server(self._lead, "127.0.0.1", self.port)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        return self

    def close(self) -> None:
        """Close every connection."""
        asyncio.run_coroutine_threadsafe(self._close_all(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        side = await asyncio.to_thread(self._ready)
        if side is None:
            writer.close()
            return
        there = await asyncio.open_connection("127.0.0.1", side.mqtt_port)
        self._writers |= {writer, there[1]}
        await asyncio.gather(_pipe(reader, there[1]), _pipe(there[0], writer))
        self._writers -= {writer, there[1]}

    async def _close_all(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    def _ready(self) -> Appliance | None:
        return next((side for side in self._sides if _is_ready(side)), None)


def _is_ready(side: Appliance) -> bool:
    try:
        return side.health("ready").ok
    except requests.RequestException:
        return False


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # the other direction ends too, as the writer closes
    finally:
        writer.close()
