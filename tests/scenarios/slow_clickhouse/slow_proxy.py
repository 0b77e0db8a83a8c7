"""Run inside the container: forward port 9998 to ClickHouse, whose answers come FACTOR times later.

The factor is in /tmp/factor, so that a test can change it while connections are open.
"""

import asyncio
import time
from pathlib import Path

LISTEN_PORT, CLICKHOUSE_PORT = 9998, 9000
FACTOR = Path("/tmp/factor")


async def forward(client_reader, client_writer):
    try:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", CLICKHOUSE_PORT)
    except OSError:
        client_writer.close()
        return
    asked_at = time.monotonic()

    async def ask():
        nonlocal asked_at
        while data := await client_reader.read(1 << 16):
            asked_at = time.monotonic()
            server_writer.write(data)
            await server_writer.drain()
        server_writer.close()

    async def answer():
        while data := await server_reader.read(1 << 16):
            factor = float(FACTOR.read_text())
            await asyncio.sleep((time.monotonic() - asked_at) * (factor - 1))
            client_writer.write(data)
            await client_writer.drain()
        client_writer.close()

    await asyncio.gather(ask(), answer(), return_exceptions=True)


async def main():
    server = await asyncio.start_server(forward, "127.0.0.1", LISTEN_PORT)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
