from pathlib import Path

import psutil

from ufora.service.memory import find_memory_bytes


def test_without_a_limit_it_is_the_machines(tmp_path: Path) -> None:
    assert find_memory_bytes(tmp_path / "none", tmp_path) == psutil.virtual_memory().total


def test_the_smallest_limit_on_the_way_up_counts(tmp_path: Path) -> None:
    folder = tmp_path / "groups" / "system.slice" / "ufora-worker.service"
    folder.mkdir(parents=True)
    (tmp_path / "cgroup").write_text("0::/system.slice/ufora-worker.service\n")
    (folder / "memory.max").write_text("max\n")
    assert find_memory_bytes(tmp_path / "cgroup", tmp_path / "groups") == psutil.virtual_memory().total
    (folder.parent / "memory.max").write_text("2000000\n")
    assert find_memory_bytes(tmp_path / "cgroup", tmp_path / "groups") == 2_000_000
