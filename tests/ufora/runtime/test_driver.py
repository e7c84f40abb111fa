"""What a driver does beside evaluating; the rest is tested over its channel and by the programs of tests/parity."""

import cProfile
from pathlib import Path

import pytest

from tests.fuzz.product import Way, run_way
from tests.fuzz.python import load
from ufora.runtime.policy import When


@pytest.mark.timeout(60)
def test_an_evaluation_ends_under_a_tracer(tmp_path: Path) -> None:
    program = load(tmp_path / "traced.py", "def program():\n    return [abs(x) for x in range(50)]\n")
    profile = cProfile.Profile()
    seen = profile.runcall(run_way, program, Way(When.NEVER, 0), tmp_path)
    assert not seen.is_refused
