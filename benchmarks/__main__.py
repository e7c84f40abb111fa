"""`python -m benchmarks`: see `--help`."""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import list_facts
from benchmarks.one_case import from_line
from benchmarks.records import Result, RowResult
from benchmarks.table import as_markdown, as_text, sum_up
from benchmarks.targets import UFORA

CASES = (
    *("primes", "sines", "pi", "mandelbrot", "nested", "psum", "fib", "skewed", "collatz", "nbody", "loopsum"),
    *("kmeans", "matmul", "containers", "sorting", "words", "kept", "chunks", "interpreted"),
    *("empty", "first", "restart", "trips", "cancel"),
)
REPEAT = 3
LIMIT_SECONDS = 600
"""Of a case. A hang must not keep the others from being measured; the longest case takes less than a third of it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A case to run."""

    name: str
    size: int = 0  #: of its large row; 0: its own


def main(argv: Sequence[str]) -> int:
    arguments = parse(argv)
    command = shlex.join(["python", "-m", "benchmarks", *argv])
    facts = list_facts(command, arguments.repeat)
    measured: list[RowResult] = []
    for chosen in arguments.chosen:
        measured += measure_case(chosen, arguments.repeat, arguments.limit, quick=arguments.quick)
        if arguments.write:  # after each, so that nothing is lost when the machine is
            Path(arguments.write).write_text(as_markdown(measured, facts), "utf-8")
    print(f"{as_text(measured)}\n\n{sum_up(measured)}")
    if arguments.quick:
        print("\nThese sizes are too small for the targets: what costs the same at any size decides.")
    return 1 if any(result.wrong or result.failed for each in measured for result in each.results) else 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time ufora against its peers, on this machine.")
    names = f"what to run, of: {', '.join(CASES)}; default all. primes=1000000 sets the size of its large row"
    parser.add_argument("names", nargs="*", metavar="NAME[=SIZE]", help=names)
    parser.add_argument("--repeat", type=int, default=REPEAT, metavar="N", help=f"rounds; default {REPEAT}")
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS, metavar="SECONDS", help=f"of a case; default {LIMIT_SECONDS}")
    parser.add_argument("--write", metavar="FILE", help="write the table there too, as Markdown, such as benchmarks/RESULTS.md")
    arguments = parser.parse_args(argv)
    arguments.chosen = [_choose(parser, text) for text in arguments.names or CASES]
    if arguments.repeat < 1:
        parser.error("--repeat takes a number from 1")
    return arguments


def _choose(parser: argparse.ArgumentParser, text: str) -> Chosen:
    name, equals, size = text.partition("=")
    if name not in CASES:
        parser.error(f"there is no {name}; there are {', '.join(CASES)}")
    if equals and not (size.isdecimal() and int(size)):
        parser.error(f"{text}: the size is a number from 1")
    return Chosen(name, int(size or 0))


def measure_case(chosen: Chosen, repeat: int, limit: float, *, quick: bool) -> list[RowResult]:
    """Its rows, measured in a process of its own; the last says what went wrong when that did not end well."""
    with tempfile.TemporaryDirectory(prefix="ufora-bench-") as folder:
        rows, log = Path(folder, "rows"), Path(folder, "log")
        rows.touch()
        problem = _run([chosen.name, str(rows), f"--repeat={repeat}", f"--size={chosen.size}", *(["--quick"] if quick else [])], limit, log)
        measured = [from_line(line) for line in rows.read_text("utf-8").splitlines()]
        said = log.read_text("utf-8", errors="replace")
    print(f"{chosen.name}: {len(measured)} rows{'; ' + problem if problem else ''}", file=sys.stderr, flush=True)
    if problem:
        print(said, file=sys.stderr, flush=True)
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
        measured.append(RowResult(chosen.name, "the rest", (Result(UFORA, failed=f"{problem}: {last:.200}"),)))
    return measured


def _run(arguments: Sequence[str], limit: float, log: Path) -> str:
    """Why it did not end well; "" when it did."""
    command = [sys.executable, "-m", "benchmarks.one_case", *arguments]
    with log.open("wb") as said, subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True) as process:
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the processes of its peers; its cluster ends as it hangs up
            return f"stopped after {limit:g} s"
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGINT)
            raise
    return f"ended with code {code}" if code else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
