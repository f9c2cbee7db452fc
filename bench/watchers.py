"""The load of `live`: many open plans that listen, somebody who holds a booth each second, and readers beside them.

Reads what to do (JSON) from standard input, writes what it saw (JSON) to standard output.
"""

import asyncio
import json
import sys
import time
from typing import Any

from bench.sender import Connection, written

READ_EVERY = 0.1  # seconds


async def watch(asked: dict[str, Any]) -> dict[str, Any]:
    held_at: dict[str, float] = {}
    seen: dict[str, list[float]] = {}
    opened = 0
    ready = asyncio.Event()

    async def one_plan() -> None:
        nonlocal opened
        reader, writer = await asyncio.open_connection("127.0.0.1", asked["port"])
        path = f"/fairs/{asked['fair']}/live?topics=booths"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n".encode())
        try:
            if b" 200 " not in await reader.readline():
                return
            while (await reader.readline()).strip():
                pass
            opened += 1
            if opened == asked["plans"]:
                ready.set()
            while line := await reader.readline():
                at = line.find(b"{")
                if at < 0:
                    continue
                told = json.loads(line[at : line.rfind(b"}") + 1])
                for number in told.get("booths", []) if told.get("state") == "held" else []:
                    seen.setdefault(number, []).append(time.perf_counter())
        finally:
            writer.close()

    plans = [asyncio.create_task(one_plan()) for _ in range(asked["plans"])]
    try:
        await asyncio.wait_for(ready.wait(), 60)
    except TimeoutError:
        return {"open": opened, "held": asked["seconds"], "seen": 0, "slowest_ms": 0, "others_p99": 0}

    loop = asyncio.get_running_loop()
    others: list[float] = []

    async def hold() -> None:
        connection = (await loop.create_connection(Connection, "127.0.0.1", asked["port"]))[1]
        headers = f"Authorization: Bearer {asked['token']}\r\n"
        path = f"/api/v1/fairs/{asked['fair']}/holds"
        for number in asked["booths"][: asked["seconds"]]:
            body = json.dumps({"exhibitor": asked["exhibitor"], "booths": [number]})
            held_at[number] = time.perf_counter()
            status, content = await connection.ask(written(["POST", path, body], headers))
            if status == 201:
                path_of_it = f"{path}/{json.loads(content)['id']}"
                await connection.ask(written(["DELETE", path_of_it, None], headers))  # no more than one may hold
            else:
                held_at.pop(number)
            await asyncio.sleep(1)

    async def read() -> None:
        connection = (await loop.create_connection(Connection, "127.0.0.1", asked["port"]))[1]
        while True:
            started = time.perf_counter()
            await connection.ask(written(["GET", f"/fairs/{asked['fair']}/", None], "Accept: text/html\r\n"))
            others.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(READ_EVERY)

    reading = asyncio.create_task(read())
    await hold()
    await asyncio.sleep(2)
    for task in (reading, *plans):
        task.cancel()
    await asyncio.gather(reading, *plans, return_exceptions=True)
    late = [(at - held_at[number]) * 1000 for number, moments in seen.items() if number in held_at for at in moments]
    others.sort()
    return {
        "open": opened,
        "held": len(held_at),
        "seen": len(late),
        "slowest_ms": max(late, default=0),
        "others_p99": others[int(len(others) * 0.99)] if others else 0,
    }


if __name__ == "__main__":
    json.dump(asyncio.run(watch(json.load(sys.stdin))), sys.stdout)
