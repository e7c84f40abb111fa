"""Results move to disk and back; what fits nowhere is refused, and nothing else is lost by that."""

import errno
import logging
from pathlib import Path

import pytest
from zict import File

from ufora.engine.contract import OutOfRoom
from ufora.engine.on_dask.spilling import LEAST_SHARE, Spill

MIB = 2**20
LIMIT, OWN = 16 * MIB, 4 * MIB  #: of what is left, 2 MiB are for what is under way, and of that 6 MiB for results


def data(value: int, mib: int = 1) -> bytes:
    """No array: where drivers of other tests ran, arrays cannot be read from disk any more (`ufora.runtime.numpy_doors`)."""
    return bytes([value]) * (mib * MIB)


@pytest.fixture
def spill(tmp_path: Path) -> Spill:
    return Spill(str(tmp_path), LIMIT, OWN)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be written to any disk; a part of it lies there already."""

    def fail(file: File, key: str, value: object) -> None:
        Path(file.directory, file._safe_key(key)).write_bytes(b"a part")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(File, "__setitem__", fail)


def files(folder: Path) -> list[Path]:
    return list((folder / "storage").iterdir())


def test_the_oldest_go_to_disk_and_come_back_as_they_were(spill: Spill, tmp_path: Path):
    for number in range(20):
        spill[f"k{number}"] = data(number)
    assert len(spill.memory) == 6
    assert len(files(tmp_path)) == 14
    assert all(spill[f"k{number}"] == data(number) for number in range(20))
    for number in range(20):
        del spill[f"k{number}"]
    assert files(tmp_path) == []


def test_results_give_way_to_the_workers_other_processes(spill: Spill):
    for number in range(6):
        spill[f"k{number}"] = data(number)
    assert spill.leave_room(5 * MIB) == 11 * MIB
    spill["k6"] = data(6)
    assert len(spill.memory) == 3
    assert spill.leave_room(LIMIT) == int((OWN + LEAST_SHARE * LIMIT) / 0.6)  # this process itself, and a few results
    spill["small"] = 1
    assert sorted(spill.memory) == ["k6", "small"]
    assert spill.leave_room(0) == LIMIT
    assert all(spill[f"k{number}"] == data(number) for number in range(7))
    assert len(spill.memory) > 4


@pytest.mark.usefixtures("full")
def test_with_the_disk_full_the_one_too_many_is_refused_and_the_others_stay(spill: Spill, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    for number in range(7):
        spill[f"k{number}"] = data(number)
    with pytest.raises(
        OutOfRoom, match=r"\(16 MiB, setting worker.memory_mib .* nor into .*storage \(setting spool.dir\): No space left on device\."
    ):
        spill["k7"] = data(7)
    with pytest.raises(OutOfRoom):
        spill["huge"] = data(8, mib=20)
    assert sorted(spill) == [f"k{number}" for number in range(7)]
    assert all(spill[f"k{number}"] == data(number) for number in range(7))
    assert files(tmp_path) == []
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.usefixtures("full")
def test_small_results_find_room_always(spill: Spill):
    for number in range(7):
        spill[f"k{number}"] = data(number)
    for number in range(1000):
        spill[f"small{number}"] = number
    assert spill["small999"] == 999


def test_what_is_on_disk_is_read_though_nothing_can_be_written_any_more(spill: Spill, request: pytest.FixtureRequest):
    for number in range(12):
        spill[f"k{number}"] = data(number)
    request.getfixturevalue("full")
    assert spill["k0"] == data(0)
    assert spill.evict() == -1


def test_there_is_room_again_when_something_was_dropped(spill: Spill, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as broken:
        broken.setattr(File, "__setitem__", _fail)
        for number in range(7):
            spill[f"k{number}"] = data(number)
        del spill["k0"]
        spill["k7"] = data(7)
    spill["k8"] = data(8)
    assert len(spill) == 8


def _fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")
