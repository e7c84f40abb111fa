"""Lists of numbers that do not fit into a worker's memory: they go to its disk, and when that is full their computation alone fails."""

import contextlib
import gc
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfora
from tests.clusters import Cluster, Daemon, get, wait_until
from ufora.service.memory import find_memory_bytes

MIB = 2**20
LIMIT_MIB = 250  #: of the worker; 180 MiB of it are its processes themselves
WORKERS, SETTINGS = 1, {"UFORA_WORKER_MEMORY_MIB": str(LIMIT_MIB)}
COUNT = 4 * LIMIT_MIB * MIB // 8  #: numbers, eight bytes each
EVERY_SECONDS = 0.05  #: the worker's memory is looked at
DISK_MIB = 24
ON_SMALL_DISK = (
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs -o size="$0" tmpfs "$1" && shift && exec "$@"',
    f"{DISK_MIB}m",
)
"""Runs a command that sees a small disk of its own in a folder: `*ON_SMALL_DISK, folder, command …`."""


def spilled(worker: Daemon, folder: Path | None = None) -> list[Path]:
    """Files in which the worker keeps results; `folder`: where it sees its folder for them."""
    return list((folder or worker.folder / "spool").glob("worker-*/**/storage/*"))


@contextlib.contextmanager
def watched(worker: Daemon) -> Iterator[list[int]]:
    """Looks at the worker until the end of the block: the bytes that its processes held together, each time. What forks share is counted
    once, pages of libraries not at all: they are the machine's, whoever runs here."""
    seen, is_over = [held_bytes(worker)], threading.Event()

    def watch() -> None:
        while not is_over.wait(EVERY_SECONDS):
            seen.append(held_bytes(worker))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()


def held_bytes(worker: Daemon) -> int:
    total = 0
    for process in worker.list_processes():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
            total += sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
    return total


@pytest.mark.slow
def test_data_of_four_times_the_memory(own: Cluster, client: pyfora.Executor):
    (worker,) = own.workers
    with watched(worker) as held:
        with client.remotely.remoteAll():
            thirds = [x * 3 for x in range(COUNT)]
        on_disk = sum(path.stat().st_size for path in spilled(worker))
        with client.remotely.downloadAll():
            total = sum(thirds)
            ends = thirds[:2] + thirds[-2:]
            odd = sum(x & 1 for x in thirds)
    assert total == 3 * COUNT * (COUNT - 1) // 2
    assert ends == [0, 3, 3 * COUNT - 6, 3 * COUNT - 3]
    assert odd == COUNT // 2
    assert on_disk > (COUNT * 8) // 2
    assert max(held) < 1.25 * LIMIT_MIB * MIB  # soft: what is under way is not counted exactly
    del thirds
    gc.collect()
    wait_until(lambda: not spilled(worker))


def test_interpreted_lists_of_numbers_do_not_fill_the_driver(own: Cluster, client: pyfora.Executor):
    with watched(own.workers[0]) as held:
        with client.remotely.remoteAll():
            lengths = [len(str(x)) for x in range(COUNT // 8)]  # more than half of the driver's memory, which joins would take twice
        with client.remotely.downloadAll():
            total, ends = sum(lengths), lengths[:2] + lengths[-2:]
    expected = sum(digits * 9 * 10 ** (digits - 1) for digits in range(1, 8)) + 1
    assert total == expected + 8 * (COUNT // 8 - 10**7)
    assert ends == [1, 1, 8, 8]
    assert max(held) < 1.25 * LIMIT_MIB * MIB


def test_each_worker_has_a_limit_of_its_own_in_bytes_or_as_a_share(own: Cluster, client: pyfora.Executor):
    other = own.add_worker(UFORA_WORKER_MEMORY_MIB="0", UFORA_WORKER_MEMORY_PERCENT="3")
    wait_until(lambda: client.getWorkerCount() == 2)
    told = json.loads(get(own.url, "/api/v1/workers")[1])["workers"]
    own.remove_worker(other)
    assert sorted(worker["memory_bytes"] for worker in told) == sorted([LIMIT_MIB * MIB, find_memory_bytes() * 3 // 100])


@pytest.fixture
def on_small_disk(tmp_path: Path) -> Iterator[tuple[Cluster, Path]]:
    """A cluster whose worker has a small disk, and where to see that."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [*ON_SMALL_DISK, str(folder)]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system gives no user a mount of his own")
    with Cluster(tmp_path, workers=0, settings={"UFORA_WORKER_MEMORY_MIB": str(LIMIT_MIB)}) as cluster:
        worker = cluster.add_worker(command, UFORA_SPOOL_DIR=str(folder))
        yield cluster, Path(f"/proc/{worker.process.pid}/root") / folder.relative_to("/")


def test_a_full_disk_fails_the_computation_that_fills_it_and_no_other(on_small_disk: tuple[Cluster, Path]):
    cluster, disk = on_small_disk
    (worker,) = cluster.workers
    with pyfora.connect(cluster.url) as neighbour, pyfora.connect(cluster.url) as executor:
        wait_until(lambda: executor.getWorkerCount() == 1)
        with neighbour.remotely.remoteAll():
            kept = [x * 2 for x in range(2_200_000)]
        with pytest.raises(MemoryError) as caught, executor.remotely.remoteAll():
            thirds = [x * 3 for x in range(COUNT)]  # noqa: F841 - it never gets this name
        with neighbour.remotely.downloadAll():
            total = sum(kept)
        assert total == 2_200_000 * 2_199_999
        with executor.remotely.downloadAll():
            answer = sum(x * x for x in range(3_000_000))
        assert answer == sum(x * x for x in range(3_000_000))
    said = str(caught.value)
    assert f"into a worker's memory ({LIMIT_MIB} MiB, setting worker.memory_mib or memory_percent)" in said
    assert f"{disk.name}/worker-" in said
    assert "(setting spool.dir): No space left on device" in said
    assert "\n" not in said
    assert [line for line in worker.find_lines("cannot write results to") if " ERROR " in line]
    assert not worker.find_lines("Traceback")
