"""A short run; `make chaos` runs for as long as one likes."""

from pathlib import Path

import pytest

from tests.chaos.run import run_chaos
from tests.fuzz.search import new_seed


@pytest.mark.timeout(600)
def test_no_answer_is_wrong_or_lost_and_nothing_stays_behind(tmp_path: Path):
    seed = new_seed()
    outcome = run_chaos(20, seed, tmp_path)
    assert not outcome.problems, f"seed {seed}: {outcome}"
    assert outcome.answers > 0
    assert sum(outcome.faults.values()) > 0
