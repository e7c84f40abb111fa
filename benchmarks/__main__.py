"""`python -m benchmarks`: see `--help`."""

import argparse
import importlib
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import Stage
from benchmarks.cluster import Cluster
from benchmarks.machine import list_facts
from benchmarks.measure import measure
from benchmarks.openmp import Openmp
from benchmarks.records import RowResult
from benchmarks.table import as_markdown, as_text

CASES = ("primes", "sines", "mandelbrot", "nested", "chunks", "interpreted", "empty", "first", "restart")
REPEAT = 3


def main(argv: Sequence[str]) -> int:
    arguments = parse(argv)
    command = shlex.join(["python", "-m", "benchmarks", *argv])
    facts = list_facts(command, arguments.repeat)
    measured = [each for name in arguments.names or CASES for each in measure_case(name, arguments.repeat, quick=arguments.quick)]
    print(as_text(measured))
    if arguments.write:
        Path(arguments.write).write_text(as_markdown(measured, facts), "utf-8")
    return 1 if any(result.wrong for each in measured for result in each.results) else 0


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time ufora against its peers, on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to run, of: {', '.join(CASES)}; default all")
    parser.add_argument("--repeat", type=int, default=REPEAT, metavar="N", help=f"rounds; default {REPEAT}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes")
    parser.add_argument("--write", metavar="FILE", help="write the table there too, as Markdown, such as benchmarks/RESULTS.md")
    arguments = parser.parse_args(argv)
    unknown = [name for name in arguments.names if name not in CASES]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(CASES)}")
    if arguments.repeat < 1:
        parser.error("--repeat takes a number from 1")
    return arguments


def measure_case(name: str, repeat: int, *, quick: bool) -> list[RowResult]:
    """All rows of a case, on a cluster of its own whose machine code is forgotten afterwards."""
    case = importlib.import_module(f"benchmarks.cases.{name}")
    with tempfile.TemporaryDirectory(prefix="ufora-bench-") as folder, Cluster(Path(folder, "cache")) as cluster:
        stage = Stage(cluster, Openmp(Path(folder)), quick)
        return [measure(row, repeat, _say) for row in case.rows(stage)]


def _say(text: str) -> None:
    print(f"\r\033[K{text}", end="\r", file=sys.stderr, flush=True) if sys.stderr.isatty() else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
