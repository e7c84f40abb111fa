"""A user's program, run on a machine of its own: `python -m tests.networks.client URL PROGRAM [COUNT]`."""

import logging
import sys

import pyfora
from tests.cluster.programs import sum_letters


def compute(executor: pyfora.Executor, count: int) -> None:
    """Interpreted work for all cores."""
    print("begins", flush=True)
    with executor.remotely.downloadAll():
        total = sum_letters(count)
    print(total, flush=True)


def keep(executor: pyfora.Executor, count: int) -> None:
    """Values that lie in chunks on several workers, used in a later block."""
    with executor.remotely:
        numbers = [x * 3 for x in range(count)]
    print("kept", flush=True)
    input()
    with executor.remotely.downloadAll():
        total = sum(numbers)
        ends = numbers[0], numbers[-1]
    print(total, *ends, flush=True)


def main(url: str, program: str, count: str) -> None:
    logging.basicConfig(format="%(message)s")
    with pyfora.connect(url) as executor:
        {"compute": compute, "keep": keep}[program](executor, int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
