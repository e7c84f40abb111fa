"""What real programs are told about themselves, and what a terminal shows while they run."""

import math
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import pyfora
from tests.cluster.programs import is_prime
from tests.clusters import Cluster

REPOSITORY = Path(__file__).parents[2]

WATCHED = """
import sys
import pyfora

executor = pyfora.connect(sys.argv[1])
with executor.remotely.downloadAll():
    total = sum(len(str(x) + str(x * x)) > 4 for x in range(20_000_000))
print(total)
executor.close()
"""


def test_a_compiled_line_and_an_interpreted_one_say_so(executor: pyfora.Executor):
    with executor.remotely.downloadAll():
        count = sum(is_prime(x) for x in range(1_500_000))
        total = sum(len(str(x)) for x in range(3_000_000))
        roots = [math.sqrt(x) for x in (1.0, 4.0)]
    assert (count, roots) == (114157, [1.0, 2.0])
    explanation = executor.explain()
    lines = {line.text.split(" = ")[0]: line for line in explanation.lines}
    assert (lines["count"].tier, lines["count"].cut, lines["count"].deopts) == ("compiled", True, 0)
    assert lines["count"].compiled + lines["count"].interpreted == 1_500_000
    assert lines["total"].tier == "interpreted"
    assert lines["total"].why_interpreted
    assert lines["total"].path == __file__
    assert set(explanation.seconds) == {"capture", "transfer", "wait", "compile", "run", "combine", "bring home"}
    assert explanation.core_seconds > 0
    assert "What would help most: " in repr(explanation)
    assert total == sum(len(str(x)) for x in range(3_000_000))


def test_what_left_machine_code_is_told_with_its_line_and_reason(executor: pyfora.Executor):
    def cube(n: int) -> int:
        square = n * n
        return square * n if n % 100_000 == 17 else square  # exceeds 64 bits

    with executor.remotely.downloadAll():
        total = sum(cube(n) % 7 for n in range(2**22, 2**22 + 1_500_000))
    assert total == sum(cube(n) % 7 for n in range(2**22, 2**22 + 1_500_000))
    explanation = executor.explain()
    (line,) = [line for line in explanation.lines if line.text.startswith("total = ")]
    (only,) = line.deoptimisations
    assert (only.path, only.why) == (__file__, "the result of `*` exceeds 64 bits")
    assert Path(__file__).read_text().splitlines()[only.line - 1].endswith("# exceeds 64 bits")
    left = [n - 2**22 for n in range(2**22, 2**22 + 1_500_000) if n % 100_000 == 17]
    assert only.first in left[:3]  # some run in CPython while the machine code is made
    assert only.times >= len(left) - left.index(only.first)
    assert line.compiled + line.interpreted == 1_500_000
    assert f"elements left machine code, first element {only.first:,}, line {only.line}: {only.why}" in repr(explanation)


def test_a_callback_hears_how_far_a_block_is(executor: pyfora.Executor):
    told: list[pyfora.Progress] = []
    with executor.withStatusCallback(told.append).remotely.downloadAll():
        total = sum(len(str(x) + str(x * x)) > 4 for x in range(20_000_000))
    assert total == 19_999_990
    counted = [progress for progress in told if progress.fraction is not None]
    assert counted
    assert all(0 <= progress.fraction <= 1 for progress in counted)
    assert counted[-1].cores >= 1
    assert counted[-1].path == __file__


@pytest.mark.parametrize(("setting", "is_shown"), [("1", True), ("0", False)])
def test_a_terminal_shows_a_bar_that_is_gone_when_the_block_is_over(cluster: Cluster, tmp_path: Path, setting: str, is_shown: bool):
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    environment = {**os.environ, "PYFORA_PROGRESS": setting, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        [sys.executable, str(script), cluster.url], stdout=subprocess.PIPE, stderr=theirs, text=True, env=environment
    ) as process:
        os.close(theirs)
        shown = _read_all(ours)
        assert process.stdout is not None
        assert process.stdout.read() == "19999990\n"
    assert process.returncode == 0
    os.close(ours)
    assert ("watched.py:7 " in shown) == is_shown
    assert shown.rpartition("\r")[2].strip() == ""


def _read_all(terminal: int) -> str:
    """Until whoever writes there has ended."""
    said = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # how Linux says that the other side is closed
            return said.decode()
        said += piece
