"""`python -m tests.chaos SECONDS [--seed SEED]`: random faults on a real cluster while clients compute."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.chaos.run import run_chaos
from tests.fuzz.search import new_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", default=new_seed())
    parser.add_argument("--faults", type=int, default=10**9, help="stop after so many")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ufora-chaos-"))
    print(f"seed {arguments.seed}, logs in {folder}", flush=True)
    outcome = run_chaos(arguments.seconds, arguments.seed, folder, arguments.faults)
    print(outcome)
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
