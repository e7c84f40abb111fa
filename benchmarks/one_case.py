"""One case, in a process of its own: `python -m benchmarks.one_case NAME FILE`. Started by `benchmarks.__main__`.

A case that crashes or hangs then loses only its own rows; each is in the file, a line of JSON, as soon as it is measured.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.measure import measure
from benchmarks.records import Result, RowResult, Run
from benchmarks.stage import open_stage
from benchmarks.targets import Kind, Target


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_case")
    parser.add_argument("name")
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeat", type=int, required=True)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args(argv)
    case = importlib.import_module(f"benchmarks.cases.{arguments.name}")
    with open_stage(quick=arguments.quick, size=arguments.size) as stage, arguments.file.open("a", encoding="utf-8") as file:
        for row in case.rows(stage):
            print(as_line(measure(row, arguments.repeat, _say)), file=file, flush=True)
    return 0


def as_line(measured: RowResult) -> str:
    return json.dumps(asdict(measured))


def from_line(line: str) -> RowResult:
    plain = json.loads(line)
    return RowResult(plain["case"], plain["size"], tuple(_result_from_plain(each) for each in plain["results"]))


def _result_from_plain(plain: dict[str, Any]) -> Result:
    runs = tuple(Run(**each) for each in plain.pop("runs"))
    targets = tuple(Target(Kind(each["kind"]), each["limit"], tuple(each["peers"])) for each in plain.pop("targets"))
    return Result(runs=runs, targets=targets, **plain)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
