"""A real kernel, asked as a notebook asks it: the bar moves in the cell's output and is gone at the end, and objects show as HTML."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from pyfora.report.progress import Progress
from tests.pyfora.client.plain_workers import PlainWorkers
from tests.ufora.gateway.fakes import Question, RunningGateway, running_gateway

ROOT = Path(__file__).parents[3]
SECONDS = 60
QUARTER = Progress(0.25, 1, 4, 2, 9.0, "notes.py", 3)


class Gate:
    """What is computed waits until the test has seen what it wants to see."""

    def __init__(self) -> None:
        self.workers = PlainWorkers()
        self.opened = asyncio.Event()

    async def evaluate(self, question: Question) -> bytes:
        await self.opened.wait()
        return await self.workers.evaluate(question)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gateway(gate: Gate, tmp_path: Path) -> Iterator[RunningGateway]:
    with running_gateway(gate.evaluate, tmp_path) as running:
        running.engine.progress = QUARTER
        yield running


@pytest.fixture
def notebook(tmp_path: Path) -> Iterator["Notebook"]:
    manager = KernelManager(connection_file=str(tmp_path / "kernel.json"))
    manager.kernel_spec.argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]  # type: ignore[union-attr]
    manager.start_kernel(cwd=str(tmp_path), env={**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path)})
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SECONDS)
        yield Notebook(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


class Notebook:
    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def start(self, cell: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """What the kernel says while it runs the cell: (type, content)."""
        request = self._client.execute(cell)
        while True:
            message = self._client.get_iopub_msg(timeout=SECONDS)
            if message["parent_header"].get("msg_id") == request:
                kind, content = message["msg_type"], message["content"]
                assert kind != "error", content
                if kind == "status" and content["execution_state"] == "idle":
                    return
                yield kind, content

    def run(self, cell: str) -> dict[str, Any]:
        """What the cell's value looks like, by type of content."""
        results = [content["data"] for kind, content in self.start(cell) if kind == "execute_result"]
        return results[-1] if results else {}


def test_a_bar_moves_in_the_cells_output_and_is_gone_at_the_end(notebook: Notebook, gateway: RunningGateway, gate: Gate) -> None:
    notebook.run("%load_ext pyfora")
    notebook.run(f"executor = get_ipython().run_line_magic('remotely', '{gateway.address}')")
    shown = []
    for kind, content in notebook.start("%%remotely\nx = 20 + 22"):
        if kind in ("display_data", "update_display_data"):
            shown.append(content["data"]["text/html"])
            if 'value="0.2500"' in shown[-1]:
                assert "notes.py:3 2 cores, about 9 s left" in shown[-1]
                gateway.call(gate.opened.set)
    assert shown[0].startswith('<progress max="1"')
    assert shown[-1] == ""
    assert notebook.run("x")["text/plain"] == "42"
    assert "<table>" in notebook.run("executor.explain()")["text/html"]
    assert notebook.run("executor")["text/plain"] == f"<Executor of {gateway.address}, 1 worker>"
    notebook.run("executor.close()")
