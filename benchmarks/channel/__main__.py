"""`python -m benchmarks.channel`: see `--help`."""

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from benchmarks.channel.exchange import Exchange, Exchanged
from benchmarks.channel.raw import Raw

MIB = 2**20
CHANNEL, DASK = "data channel", "Dask's own TCP"
Exchanges = Mapping[str, Sequence[Exchanged]]  #: by way
ROUNDS = 5
ARRAYS = 24
LEAST_SHARE = 0.95  #: of plain TCP's throughput
MOST_SHARE = 1 / 3  #: of plain TCP's control latency


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.channel", description="Move arrays between two workers, and ask both meanwhile."
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"default {ROUNDS}")
    parser.add_argument("--arrays", type=int, default=ARRAYS, metavar="N", help=f"in each round; default {ARRAYS}")
    parser.add_argument("--mib", type=int, default=32, metavar="N", help="size of an array; default 32, as the engine cuts lists")
    arguments = parser.parse_args(argv)
    moved: dict[str, list[Exchanged]] = {CHANNEL: [], DASK: []}
    asked: dict[str, list[Exchanged]] = {CHANNEL: [], DASK: []}
    at_rest: list[float] = []
    raw: list[float] = []
    size = arguments.arrays, arguments.mib * MIB
    with ExitStack() as stack:
        ways = {CHANNEL: stack.enter_context(Exchange("channel")), DASK: stack.enter_context(Exchange("dask"))}
        by_socket = stack.enter_context(Raw())
        for turn in range(arguments.rounds + 1):  # the first one warms up
            print(f"round {turn} of {arguments.rounds}", file=sys.stderr)
            for name, way in ways.items():
                moved[name].append(way.run(*size, asking=False))
            raw.append(by_socket.run(*size))
            at_rest += ways[CHANNEL].rest()
            for name, way in ways.items():
                asked[name].append(way.run(*size, asking=True))
    mib = arguments.arrays * arguments.mib
    print("\n".join(describe(mib, _without_first(moved), _without_first(asked), raw[1:], at_rest)))
    return 0


def _without_first(exchanges: Exchanges) -> Exchanges:
    return {name: runs[1:] for name, runs in exchanges.items()}


def describe(mib: int, moved: Exchanges, asked: Exchanges, raw: Sequence[float], at_rest: Sequence[float]) -> list[str]:
    """A table, and what is said of the targets."""
    lines = [f"{'':18}{'MiB/s':>8}{'CPU to give':>15}{'to take':>15}   a question meanwhile: median, 95 of 100, worst"]
    for name, exchanged in moved.items():
        gave, took = (statistics.median(each.cpu_seconds[side] for each in exchanged) / mib * 1024 for side in (0, 1))
        waits = show_waits(_waits_of(asked[name]))
        speed = mib / statistics.median(each.seconds for each in exchanged)
        lines.append(f"{name:18}{speed:8.0f}{gave:8.2f} s / GiB{took:8.2f} s / GiB   {waits}")
    lines.append(f"{'bare TCP sockets':18}{mib / statistics.median(raw):8.0f}")
    lines.append(f"{'nothing moves':18}{'':8}{'':15}{'':15}   {show_waits(at_rest)}")
    ratio = statistics.median(theirs.seconds / ours.seconds for ours, theirs in zip(moved[CHANNEL], moved[DASK], strict=True))
    lines.append(f"throughput: {ratio:.2f} of Dask's TCP, at least {LEAST_SHARE} wanted: {'met' if ratio >= LEAST_SHARE else 'MISSED'}")
    for name, ours, theirs in zip(
        ("median", "95 of 100"), quantiles(_waits_of(asked[CHANNEL])), quantiles(_waits_of(asked[DASK])), strict=False
    ):
        share = ours / theirs
        lines.append(
            f"latency, {name}: {share:.2f} of Dask's TCP, at most {MOST_SHARE:.2f} wanted: {'met' if share <= MOST_SHARE else 'MISSED'}"
        )
    return lines


def _waits_of(exchanged: Sequence[Exchanged]) -> list[float]:
    return [wait for each in exchanged for wait in each.answers]


def show_waits(waits: Sequence[float]) -> str:
    return "  ".join(f"{1000 * wait:5.1f} ms" for wait in quantiles(waits))


def quantiles(waits: Sequence[float]) -> tuple[float, ...]:
    """Median, 95th percentile, worst."""
    ordered = sorted(waits)
    return statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
