from benchmarks.one_case import as_line, from_line
from benchmarks.records import Result, RowResult, Run
from benchmarks.targets import AHEAD, AS_COMPILED


def test_a_row_survives_its_way_between_processes() -> None:
    runs = (Run(1.5, {"make": 1.0}), Run(2.5, {"make": 2.0}))
    results = (Result("ufora", runs, (AS_COMPILED, AHEAD), "1 is not 2"), Result("C", missing="no gcc here"), Result("Ray", failed="a\nb"))
    measured = RowResult("primes", "10", results)
    assert "\n" not in as_line(measured)
    assert from_line(as_line(measured)) == measured
