"""A slice in an interpreter process: what it may not do there goes back to the driver."""

from unittest import mock

from tests.ufora.runtime.here import Here
from ufora.runtime.guard.purity import PurityJudge, Verdict
from ufora.runtime.policy import When


def tell(n: int) -> int:
    try:
        print(n)
    except BaseException:  # noqa: BLE001 - remote code tries to go on
        return 0
    return n


def tell_all() -> list[int]:
    print("first")
    numbers = [tell(n) for n in range(200)]
    print("last")
    return numbers


def test_what_prints_against_all_expectation_runs_in_order_in_the_driver() -> None:
    here = Here(When.NEVER, When.ALWAYS)
    with mock.patch.object(PurityJudge, "judge", return_value=Verdict("", 0, heavy=True)):
        answer = here.run(tell_all)
    here.close()
    assert answer.values[""] == list(range(200))
    assert answer.printed.split() == ["first", *map(str, range(200)), "last"]
