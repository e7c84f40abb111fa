import os
import threading
from pathlib import Path

import pytest

from ufora.compile.store import CodeStore


def test_what_was_kept_is_found_by_another_store(tmp_path: Path) -> None:
    CodeStore(tmp_path / "a" / "b").keep("k1", b"code")
    assert CodeStore(tmp_path / "a" / "b").find("k1") == b"code"
    assert CodeStore(tmp_path / "a" / "b").find("k2") is None


def test_damaged_and_foreign_files_are_missing_and_can_be_replaced(tmp_path: Path) -> None:
    store = CodeStore(tmp_path)
    store.keep("k1", b"code" * 100)
    whole = (tmp_path / "k1").read_bytes()
    for content in (b"", b"foreign", whole[:-1], whole[:-1] + b"x", whole + b"x"):
        (tmp_path / "k1").write_bytes(content)
        assert store.find("k1") is None
    store.keep("k1", b"new")
    assert store.find("k1") == b"new"


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    store = CodeStore(tmp_path)
    for number in range(5):
        store.keep("k1", bytes(number))
    assert [path.name for path in tmp_path.iterdir()] == ["k1"]


def test_those_not_used_for_longest_are_deleted_first(tmp_path: Path) -> None:

    store = CodeStore(tmp_path, limit_bytes=3500)
    for age, key in enumerate(("k1", "k2", "k3")):
        store.keep(key, bytes(1000))
        os.utime(tmp_path / key, (1000 + age, 1000 + age))
    assert store.find("k1") is not None  # used again: now the newest
    store.keep("k4", bytes(1000))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["k1", "k3", "k4"]


def test_many_threads_keep_and_find(tmp_path: Path) -> None:
    store = CodeStore(tmp_path)
    wrong = []

    def work(number: int) -> None:
        for turn in range(30):
            store.keep(f"k{turn % 3}", b"code" * 1000)
            if store.find(f"k{(turn + number) % 3}") not in (None, b"code" * 1000):
                wrong.append(turn)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_key_is_never_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a key"):
        CodeStore(tmp_path).find("../k1")
