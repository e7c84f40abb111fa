"""`python -m tests.endurance [BLOCKS]`: how much each process grows, after a tenth of the blocks, over the others."""

import sys
import tempfile
from pathlib import Path

import pyfora
from tests.clusters import Cluster, wait_until
from tests.endurance.growth import measure, run_blocks

BLOCKS = 10_000
MOST_BYTES = 300
"""A pair of blocks may leave behind, on average. Measured over 10,000 on two cores: 115 in the client, 40 in the manager, 30 in the
worker. What is kept of the past (`gateway.records`, `gateway.journal`, `client.checkpoints`) is full long before a tenth of them."""


def main(blocks: int) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="ufora-endurance-") as folder,
        Cluster(Path(folder), workers=1) as cluster,
        pyfora.connect(cluster.url) as executor,
    ):
        wait_until(lambda: executor.getWorkerCount() == 1)
        run_blocks(executor, blocks // 10)
        before = measure(cluster)
        run_blocks(executor, blocks)
        after = measure(cluster)
    grows = False
    for name, held in after.items():
        more = held.nbytes - before[name].nbytes
        leaks = more > MOST_BYTES * blocks or held.has_more_open(before[name])
        grows = grows or leaks
        print(
            f"{name:8}{before[name].nbytes / 2**20:8.1f} MiB, {more / 2**20:+6.1f} over {blocks:,} blocks;"
            f" {before[name].files} → {held.files} files, {before[name].threads} → {held.threads} threads{'   GROWS' if leaks else ''}"
        )
    return int(grows)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else BLOCKS))
