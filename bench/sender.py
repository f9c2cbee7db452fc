"""The load: a process of its own that sends HTTP requests over kept connections and notes how long each answer took.

Reads a plan (JSON) from standard input and writes what it saw (JSON) to standard output. A plan names the port, the
connections, headers for all and the requests; `together` sends them in rounds, one a connection, all at once.
"""

import asyncio
import json
import sys
import time
from collections import deque
from typing import Any


class Connection(asyncio.Protocol):
    """One kept HTTP/1.1 connection, one request at a time."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.needed = -1
        self.waiter: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result((0, repr(exc).encode()))

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self.waiter = asyncio.get_running_loop().create_future()
        if self.transport.is_closing():
            self.waiter.set_result((0, b"closed"))
        self.transport.write(request)
        return self.waiter

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.needed < 0:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            self.status = int(head[9:12])
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self.body_at, self.needed = end + 4, end + 4 + length
        if len(self.buffer) >= self.needed:
            body = bytes(self.buffer[self.body_at : self.needed])
            self.buffer.clear()
            self.needed = -1
            waiter, self.waiter = self.waiter, None
            if waiter is not None and not waiter.done():
                waiter.set_result((self.status, body))


def written(request: list[Any], headers: str) -> bytes:
    method, path, body = request
    content = body.encode() if body is not None else b""
    kind = "Content-Type: application/json\r\n" if body is not None else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}{kind}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


async def send(plan: dict[str, Any]) -> dict[str, Any]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in plan.get("headers", {}).items())
    requests = [written(request, headers) for request in plan["requests"]]
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(Connection, "127.0.0.1", plan["port"]))[1] for _ in range(plan["connections"])
    ]
    took: list[float] = [0.0] * len(requests)
    answers: list[tuple[int, bytes]] = [(0, b"")] * len(requests)
    waiting = deque(range(len(requests)))

    async def one(connection: Connection, index: int) -> None:
        started = time.perf_counter()
        answers[index] = await connection.ask(requests[index])
        took[index] = time.perf_counter() - started

    async def work(connection: Connection) -> None:
        while waiting:
            await one(connection, waiting.popleft())

    started = time.perf_counter()
    if plan.get("together"):
        while waiting:
            batch = [waiting.popleft() for _ in range(min(len(connections), len(waiting)))]
            await asyncio.gather(*(one(c, i) for c, i in zip(connections, batch, strict=False)))
    else:
        await asyncio.gather(*(work(connection) for connection in connections))
    seconds = time.perf_counter() - started
    for connection in connections:
        connection.transport.close()
    keep = plan.get("keep", 100_000)
    return {
        "seconds": seconds,
        "ms": [round(t * 1000, 3) for t in took],
        "statuses": [status for status, _body in answers],
        "bodies": [body[:keep].decode("utf-8", "replace") for _status, body in answers],
    }


async def claim(plan: dict[str, Any]) -> dict[str, Any]:
    """Buyers who each try booths until one is theirs or none is left; `connections` of them at once."""
    headers = "".join(f"{name}: {value}\r\n" for name, value in plan["headers"].items())
    loop = asyncio.get_running_loop()
    buyers = deque(plan["buyers"])  # [exhibitor id, booths in the order of preference]
    free: set[str] = set(plan["booths"])
    ms: list[float] = []
    statuses: list[int] = []
    won: list[tuple[int, str]] = []
    odd: list[str] = []

    async def work() -> None:
        connection = (await loop.create_connection(Connection, "127.0.0.1", plan["port"]))[1]
        while buyers and free:
            buyer, wishes = buyers.popleft()
            for booth in wishes:
                if booth not in free:
                    continue
                body = json.dumps({"exhibitor": buyer, "booths": [booth]})
                started = time.perf_counter()
                status, content = await connection.ask(written(["POST", plan["path"], body], headers))
                ms.append((time.perf_counter() - started) * 1000)
                statuses.append(status)
                if status == 201:
                    free.discard(booth)
                    won.append((buyer, booth))
                    break
                if status != 409:
                    odd.append(content.decode("utf-8", "replace")[:300])
                    return
        connection.transport.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(plan["connections"])))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "ms": ms, "statuses": statuses, "won": won, "odd": odd, "left": sorted(free)}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(asyncio.run(claim(asked) if "buyers" in asked else send(asked)), sys.stdout)
