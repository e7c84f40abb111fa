"""`python -m tests.fuzz SECONDS`: search as long as told, a new seed for each 250 programs; `--cluster` on a real one."""

import argparse
import sys
import time

from tests.fuzz.cluster import ClusterTrials
from tests.fuzz.search import Tally, new_seed, search
from tests.fuzz.trial import Trials

PROGRAMS_A_SEED = 250


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--seed", default=new_seed(), help="the first one")
    parser.add_argument("--cluster", action="store_true", help="on a private cluster instead of in one process")
    options = parser.parse_args()
    deadline = time.monotonic() + options.seconds
    total, number = Tally(), 0
    with ClusterTrials() if options.cluster else Trials() as trials:
        while time.monotonic() < deadline:
            seed = options.seed if number == 0 else f"{options.seed}-{number}"
            number += 1
            tally = search(trials, seed, PROGRAMS_A_SEED, deadline)
            total.add(tally)
            print("\n".join([f"seed {seed}: {tally}", *tally.reports]), flush=True)
    print(f"{number} seeds: {total}")
    for reason, times in total.interpreted.most_common(15):
        print(f"{times:6} {reason}")
    return 1 if total.reports else 0


if __name__ == "__main__":
    sys.exit(main())
