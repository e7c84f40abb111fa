"""`python -m tests.fuzz SECONDS [SEED]`: search as long as told, a new seed for each 250 programs."""

import sys
import time

from tests.fuzz.conftest import new_seed
from tests.fuzz.search import Tally, search
from tests.fuzz.trial import Trials

PROGRAMS_A_SEED = 250


def main(seconds: float, first: str) -> int:
    deadline = time.monotonic() + seconds
    total, number = Tally(), 0
    with Trials() as trials:
        while time.monotonic() < deadline:
            seed = f"{first}{'' if number == 0 else f'-{number}'}"
            number += 1
            tally = search(trials, seed, PROGRAMS_A_SEED, deadline)
            total.add(tally)
            print(f"seed {seed}: {tally}", flush=True)
            for report in tally.reports:
                print(report, flush=True)
    print(f"{number} seeds: {total}")
    for reason, times in total.interpreted.most_common(15):
        print(f"  {times:6} {reason}")
    return 1 if total.reports else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else new_seed()))
