"""A manager with many clients: what it holds for them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import socketio

from pyfora.program.nodes import Constant, Program, Value
from pyfora.wire import program_bytes
from tests.clusters import PATIENCE_SECONDS, Cluster

CLIENTS = 100
BUSY_CLIENTS = 4  #: whose computations run; each has a process of its own on the worker
COMPUTATIONS = 1_000
MOST_BYTES = 300 * 2**20


@asynccontextmanager
async def joined_client(cluster: Cluster, http: aiohttp.ClientSession, ended: asyncio.Queue[str]) -> AsyncIterator[str]:
    """A session and a client that listens to it; its address."""
    async with http.post(f"{cluster.url}/api/v1/sessions") as answer:
        session = (await answer.json())["session"]
    client = socketio.AsyncClient(serializer="msgpack")
    client.on("computation", lambda told: ended.put_nowait(told["state"]) if told["state"] != "running" else None)
    await client.connect(cluster.url, auth={"session": session}, transports=["websocket"], wait_timeout=PATIENCE_SECONDS)
    try:
        yield f"{cluster.url}/api/v1/sessions/{session}"
    finally:
        await client.disconnect()


@pytest.mark.asyncio
async def test_a_manager_with_100_clients_and_1000_results_stays_small(tmp_path: Path):
    with Cluster(tmp_path, workers=1) as cluster:
        async with aiohttp.ClientSession() as http, AsyncExitStack() as clients, asyncio.timeout(200):
            ended: asyncio.Queue[str] = asyncio.Queue()
            sessions = [await clients.enter_async_context(joined_client(cluster, http, ended)) for _ in range(CLIENTS)]
            for number in range(COMPUTATIONS):
                nodes = (Constant(f"{number} " + "x" * 20_000),)
                body = program_bytes(Program((), nodes, (), Value(0)))
                async with http.put(f"{sessions[number % BUSY_CLIENTS]}/computations/c{number}?want=all", data=body) as answer:
                    assert answer.status == 202
            assert {await ended.get() for _ in range(COMPUTATIONS)} == {"done"}
            held = [json.loads(await (await http.get(session)).read())["computations"] for session in sessions]
            assert sum(map(len, held)) == COMPUTATIONS
            assert cluster.manager.daemon.memory_info().rss < MOST_BYTES
