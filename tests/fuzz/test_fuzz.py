"""Random programs, other ones in each run. When one goes wrong, the message holds it, made small, and the seed that brings it back."""

from unittest import mock

import pytest

from tests.fuzz.cluster import ClusterTrials
from tests.fuzz.programs import make_program
from tests.fuzz.search import choose_ways, search
from tests.fuzz.shrink import shrink
from tests.fuzz.trial import Trials
from ufora.compile import integers

ON_A_CLUSTER = 10
"""Of these, each costs a round trip over real processes."""


@pytest.mark.timeout(600)
def test_random_programs_give_what_python_gives(trials: Trials, seed: str, programs: int) -> None:
    tally = search(trials, seed, programs)
    print(f"--fuzz-seed={seed}: {tally}")
    assert not tally.reports, f"--fuzz-seed={seed}: {tally}\n" + "\n".join(tally.reports)
    assert tally.compiled, "none of them was compiled"


def test_random_programs_give_what_python_gives_on_a_cluster(cluster_trials: ClusterTrials, seed: str) -> None:
    tally = search(cluster_trials, f"{seed}-cluster", ON_A_CLUSTER)
    assert not tally.reports, f"--fuzz-seed={seed}: {tally}\n" + "\n".join(tally.reports)


def test_a_seed_always_gives_the_same_program() -> None:
    assert make_program("1") == make_program("1") != make_program("2")


@pytest.mark.slow
def test_a_planted_error_is_found_and_made_small(trials: Trials) -> None:
    """Machine code whose ints wrap, as other compilers' do."""
    with mock.patch.object(integers, "_checked", lambda frame, operation, a, b, symbol: getattr(frame.builder, operation[1:])(a, b)):
        for number in range(36, 236):  # where the first one is
            text, ways = make_program(f"planted.{number}"), choose_ways(f"planted.{number}")
            verdict = trials.run(text, ways)
            if verdict.is_bad:
                break
        assert verdict.kind == "difference"
        assert verdict.way is not None
        way = verdict.way
        small = shrink(text, lambda smaller: trials.run(smaller, [way]).kind == "difference")
    assert len(small.splitlines()) <= 30, small  # of 26, and of more than twice as many before
    assert trials.run(small, [way]).kind == "difference"
