"""A server on loopback that answers every request as it is told, whatever is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress


@asynccontextmanager
async def peer(answer: bytes, *, status: int = 200, hangs: bool = False) -> AsyncIterator[str]:
    """The address of one that sends ``answer``, and then, if it hangs, neither ends nor closes."""
    head = f"HTTP/1.1 {status} X\r\ncontent-type: x\r\nconnection: close\r\n\r\n".encode()

    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError), closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head + answer)
            await writer.drain()
            if hangs:
                await reader.read()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    await asyncio.gather(*connections)
