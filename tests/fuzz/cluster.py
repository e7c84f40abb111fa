"""Programs tried on a real private cluster: slower, but over every process and socket that users have."""

import contextlib
import tempfile
from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path

import pyfora
from tests.clusters import PrivateCluster
from tests.fuzz.product import REFUSALS, Way
from tests.fuzz.python import TooLong, load, run_here
from tests.fuzz.trial import HANG_SECONDS, Verdict
from tests.parity.same import bits, bits_of_error
from ufora.runtime.policy import When

SETTINGS = {"UFORA_WORKER_COMPILE": "always", "UFORA_WORKER_CUT": "always"}


class ClusterTrials:
    """Like `Trials`; the cluster alone decides how it cuts."""

    def __init__(self) -> None:
        self._opened = contextlib.ExitStack()
        self._folder = Path(self._opened.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-")))
        cluster = self._opened.enter_context(PrivateCluster(self._folder, SETTINGS))
        self._executor = self._opened.enter_context(pyfora.connect(cluster.url))
        self._count = 0

    def __enter__(self) -> "ClusterTrials":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    def run(self, text: str, ways: Sequence[Way]) -> Verdict:
        try:
            expected = run_here(text)
        except (TooLong, MemoryError):
            return Verdict("skipped")
        self._count += 1
        program = load(self._folder / f"fuzzed_{self._count}.py", text)
        is_refused, way = False, Way(When.ALWAYS, 1)
        try:
            seen = bits(self._executor.submit(program).result(HANG_SECONDS).toLocal().result(HANG_SECONDS))
        except pyfora.ComputationError as error:
            seen = bits_of_error(error.remoteException)
        except REFUSALS as error:
            is_refused, seen = True, str(error)
        except FutureTimeout:
            return Verdict("hang", way)
        if seen == expected:
            return Verdict("same")
        return Verdict("refusal" if is_refused else "difference", way, str(expected), str(seen))
