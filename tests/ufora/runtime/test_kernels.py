"""Machine code that is kept can be shown, wherever it was made."""

from pathlib import Path

import pytest

from tests.ufora.runtime.here import Here
from ufora.compile.store import CodeStore
from ufora.runtime import kernels
from ufora.runtime.kernels import MOST_TEXT, show_kernels
from ufora.runtime.policy import When


@pytest.fixture
def compiling(tmp_path: Path):
    here = Here(When.ALWAYS, When.NEVER, cache=str(tmp_path))
    yield here
    here.close()


def count(n: int) -> int:
    found = 0
    while found * found < n:
        found += 1
    return found


def test_what_a_line_ran_as_is_found_by_its_key(compiling: Here, tmp_path: Path) -> None:
    def program() -> int:
        return sum(x * x for x in range(1000)) + count(5000)

    lines = {line.text: line for line in compiling.run(program).explanation.lines}
    (comprehension,) = lines["return sum(x * x for x in range(1000)) + count(5000)"].kernels
    (function,) = lines["def count(n: int) -> int:"].kernels
    shown = show_kernels(tmp_path, [comprehension, function, "a0b1", "../etc/passwd"])
    assert list(shown) == [comprehension, function]
    assert "x * x" in shown[comprehension]
    assert "define" in shown[comprehension]
    assert "def count" in shown[function]


def test_what_ran_interpreted_has_none(compiling: Here) -> None:
    def program() -> list[str]:
        return [str(x) for x in range(10)]

    (line,) = compiling.run(program).explanation.lines
    assert line.kernels == ()


def test_without_a_cache_there_is_nothing_to_show(tmp_path: Path) -> None:
    assert show_kernels(None, ["a0"]) == {}
    assert show_kernels(tmp_path / "nothing", ["a0"]) == {}


def test_of_a_long_one_the_beginning_is_shown(tmp_path: Path) -> None:
    head = b'{"text": "' + (MOST_TEXT + 1500) * b"x" + b'"}'
    CodeStore(tmp_path).keep("a0", len(head).to_bytes(8, "little") + head + b"code")
    assert show_kernels(tmp_path, ["a0"])["a0"].endswith("x\n; … and 1,500 characters more")


def test_a_fault_of_the_compiler_is_told_and_cpython_runs_the_code(
    compiling: Here, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(loop: object, store: object) -> None:
        raise TypeError("no such word")

    monkeypatch.setattr(kernels, "compile_loop", fail)
    answer = compiling.run(count, 5000)
    assert answer.values[""] == count(5000)
    (line,) = [line for line in answer.explanation.lines if line.text == "def count(n: int) -> int:"]
    assert "the compiler failed, by a fault of its own (TypeError: no such word)" in line.why_interpreted
    assert "the compiler failed at" in caplog.text
    caplog.clear()
