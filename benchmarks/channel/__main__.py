"""`python -m benchmarks.channel`: see `--help`."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.channel.exchange import Exchange, Exchanged
from benchmarks.channel.raw import Raw

MIB = 2**20
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
    channel: list[Exchanged] = []
    dask: list[Exchanged] = []
    raw: list[float] = []
    size = arguments.arrays, arguments.mib * MIB
    with ExitStack() as stack:
        by_channel, by_dask = stack.enter_context(Exchange("channel")), stack.enter_context(Exchange("dask"))
        by_socket = stack.enter_context(Raw())
        for turn in range(arguments.rounds + 1):  # the first one warms up
            rounds = by_channel.run(*size), by_dask.run(*size), by_socket.run(*size)
            print(f"round {turn} of {arguments.rounds}", file=sys.stderr)
            if turn:
                channel.append(rounds[0])
                dask.append(rounds[1])
                raw.append(rounds[2])
    mib = arguments.arrays * arguments.mib
    print("\n".join(describe(mib, channel, dask, raw)))
    return 0


def describe(mib: int, channel: Sequence[Exchanged], dask: Sequence[Exchanged], raw: Sequence[float]) -> list[str]:
    """A table, and what is said of the targets."""
    lines = [f"{'':18}{'MiB/s':>8}{'CPU to give':>13}{'to take':>9}   a question meanwhile: median, 95 of 100, worst"]
    for name, exchanged in (("data channel", channel), ("Dask's own TCP", dask)):
        gave, took = (statistics.median(each.cpu_seconds[side] for each in exchanged) / mib * 1024 for side in (0, 1))
        waits = "  ".join(f"{1000 * wait:5.1f} ms" for wait in quantiles(exchanged))
        speed = mib / statistics.median(each.seconds for each in exchanged)
        lines.append(f"{name:18}{speed:8.0f}{gave:8.2f} s/GiB{took:9.2f}   {waits}")
    lines.append(f"{'bare TCP sockets':18}{mib / statistics.median(raw):8.0f}")
    pairs = [theirs.seconds / ours.seconds for ours, theirs in zip(channel, dask, strict=True)]
    ratio = statistics.median(pairs)
    lines.append(f"throughput: {ratio:.2f} of Dask's TCP, at least {LEAST_SHARE} wanted: {'met' if ratio >= LEAST_SHARE else 'MISSED'}")
    for name, ours, theirs in zip(("median", "95 of 100"), quantiles(channel), quantiles(dask), strict=False):
        share = ours / theirs
        lines.append(
            f"latency, {name}: {share:.2f} of Dask's TCP, at most {MOST_SHARE:.2f} wanted: {'met' if share <= MOST_SHARE else 'MISSED'}"
        )
    return lines


def quantiles(exchanged: Sequence[Exchanged]) -> tuple[float, ...]:
    """Of all questions' times: median, 95th percentile, worst."""
    ordered = sorted(wait for each in exchanged for wait in each.answers)
    return statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
