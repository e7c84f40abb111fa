"""The status page of a real cluster, in a real browser: what happens there shows."""

import math
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from tests.clusters import Cluster
from tests.page.screen import Screen

FIRST: dict[str, str] = {}  #: address of the worker that is there all the time


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), workers=1, settings={"UFORA_WORKER_THREADS": "2"}) as running:
        yield running


@pytest.fixture
def screen(browser, cluster: Cluster) -> Screen:
    screen = Screen(browser, cluster.url)
    screen.wait_until_live()
    screen.wait_until(lambda: len(screen.texts("[data-worker]")) == 1)
    FIRST.setdefault("worker", screen.texts("[data-worker]")[0].partition("\n")[0])
    return screen


def run_in_background(executor: pyfora.Executor, ended: "list[BaseException | float]") -> threading.Thread:
    def run() -> None:
        try:
            with executor.remotely.downloadAll():
                x = sum(math.sin(i) * math.cos(i) ** 2 for i in range(10**9))
            ended.append(x)
        except BaseException as error:  # noqa: BLE001 - it is what the test looks at
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_workers_that_join_and_leave_appear(screen: Screen, cluster: Cluster):
    worker = cluster.add_worker()
    screen.wait_until(lambda: len(screen.texts("[data-worker]")) == 2 and screen.texts("#tile-workers") == ["2"])
    cluster.remove_worker(worker)
    screen.wait_until(lambda: len(screen.texts("[data-worker]")) == 1 and screen.texts("#tile-workers") == ["1"])
    assert any("registered" in line for line in screen.texts("#log > div"))


def test_a_worker_drained_on_the_page_leaves_and_stays_out(screen: Screen, cluster: Cluster):
    worker = cluster.add_worker()
    screen.wait_until(lambda: len(screen.texts("[data-worker]")) == 2)
    port = next(text.partition("\n")[0] for text in screen.texts("[data-worker]") if text.partition("\n")[0] != FIRST["worker"])
    row = next(row for row in screen.find_all("[data-worker]") if row.text.startswith(port))
    button = row.find_element("css selector", ".quiet")
    button.click()
    button.click()
    screen.wait_until(lambda: len(screen.texts("[data-worker]")) == 1)
    screen.wait_until(lambda: "drained: it stays out" in worker.log)
    cluster.remove_worker(worker)


def test_the_bar_of_a_running_block_moves_and_cancel_works(screen: Screen, cluster: Cluster, screenshots: Path):
    ended: list[BaseException | float] = []
    with pyfora.connect(cluster.url) as executor:
        with executor.remotely.downloadAll():
            text = [str(i) for i in range(200000)]  # something that ended
        assert text[-1] == "199999"
        screen.wait_until(lambda: screen.texts("[data-computation] .badge")[:1] == ["done"])  # its own bar is gone
        thread = run_in_background(executor, ended)
        first = screen.wait_until(screen.bar)
        screen.wait_until(lambda: (screen.bar() or 0) > first)
        assert screen.texts("#tile-running") == ["1"]
        assert "test_live.py:" in screen.texts("[data-computation] .source")[0]
        screen.set_width(1360, 1180)
        screen.keep(screenshots / "page.png")
        button = screen.find("[data-computation] .row .quiet")
        button.click()
        assert button.text == "Sure?"
        button.click()
        screen.wait_until(lambda: screen.texts("[data-computation] .badge")[:1] == ["cancelled"])
        thread.join()
        assert isinstance(ended[0], pyfora.ComputationCancelled)


def test_what_happened_is_told_line_by_line(screen: Screen, cluster: Cluster):
    with pyfora.connect(cluster.url) as executor, executor.remotely.downloadAll():
        x = sum(math.sqrt(i) for i in range(3 * 10**7))
    assert x > 0
    screen.wait_until(lambda: screen.texts("[data-computation] .badge")[:1] == ["done"])
    screen.find("[data-computation] .source").click()
    screen.wait_until(lambda: any("math.sqrt(i)" in text for text in screen.texts(".detail .lines code")))
    assert "machine code" in screen.texts("[data-computation]")[0]


def test_the_page_recovers_when_the_manager_does(screen: Screen, cluster: Cluster, browser):
    cluster.manager.stop()
    screen.wait_until(lambda: "live" not in screen.texts("#live"))
    cluster.start_manager()
    screen.wait_until_live()
    screen.wait_until(lambda: len(screen.texts("[data-worker]")) == 1)
    said = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert all("ERR_CONNECTION" in message or "WebSocket connection" in message for message in said), said
