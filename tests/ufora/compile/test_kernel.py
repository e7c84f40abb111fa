"""Running kernels: partial results, stops, values, threads, other processes."""

import ast
import math
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy
import pytest

from tests.ufora.compile.programs import bits, check, kernel_of, parse, plain, run
from ufora.compile.kernel import Kernel, compile_loop, load_kernel, warm_up
from ufora.compile.spec import ArrayOf, Consumer, Given, Loop, NotCompiled, RangeSource, Scalar, TupleOf
from ufora.compile.store import CodeStore
from ufora.numerics.exact_sum import ExactSum

STOPS_AT_70 = "10 // (70 - i)"


def test_a_stop_leaves_exactly_what_came_before() -> None:
    for call, wanted in {
        "sum": sum(10 // (70 - i) for i in range(5, 70)),
        "min": min(10 // (70 - i) for i in range(5, 70)),
        "max": max(10 // (70 - i) for i in range(5, 70)),
    }.items():
        result = run(parse(f"{call}({STOPS_AT_70} for i in range(100))"), 5, 90)
        assert (result.partial, result.stopped_at) == (wanted, 70)
    result = run(parse(f"[{STOPS_AT_70} for i in range(100)]"), 5, 90)
    assert (plain(result.partial), result.stopped_at) == ([10 // (70 - i) for i in range(5, 70)], 70)


def test_a_stop_of_a_float_sum_leaves_exactly_what_came_before() -> None:
    result = run(parse("sum(1.0 / (3000.0 - i) for i in range(5000))"))
    assert result.stopped_at == 3000
    assert plain(result.partial) == math.fsum(1.0 / (3000.0 - i) for i in range(3000))


def test_an_element_that_stops_half_way_counts_for_nothing() -> None:
    program = "sum(10 // (5 - j) for i in range(20) for j in range(i))"
    result = run(parse(program))
    assert result.stopped_at == 6
    assert result.partial == sum(10 // (5 - j) for i in range(6) for j in range(i))


def test_a_long_element_of_a_float_sum_that_stops_half_way_counts_for_nothing() -> None:
    program = "sum(0.1 / (10000.0 - i * j) for i in range(8) for j in range(2501))"
    result = run(parse(program))
    assert result.stopped_at == 4
    assert plain(result.partial) == math.fsum(0.1 / (10000.0 - i * j) for i in range(4) for j in range(2501))


@pytest.mark.parametrize("start", [0, 1, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize("stop", [5000, 4097])
def test_parts_of_a_range_give_parts_of_the_sum(start: int, stop: int) -> None:
    result = run(parse("sum(math.sin(i) * 10.0 ** (i % 7) for i in range(-7, 20000, 3) if i % 5)"), start, stop)
    wanted = math.fsum(math.sin(i) * 10.0 ** (i % 7) for i in range(-7, 20000, 3)[start:stop] if i % 5)
    assert plain(result.partial) == wanted
    assert result.stopped_at == max(start, stop)


def test_the_sum_of_nothing_is_the_int_0() -> None:
    assert bits(run(parse("sum(0.5 for i in range(10) if i > 10)")).partial) == bits(0)
    assert run(parse("max(i for i in range(10) if i > 10)")).partial is None
    assert plain(run(parse("[i for i in range(10) if i > 10]")).partial) == []


def test_sums_of_ints_leave_64_bits() -> None:
    check("sum(2**62 + i for i in range(3000))")
    check("sum(-(2**62) - i for i in range(3000))")
    check("sum(i % 3 == 1 for i in range(3000))")


def test_sums_of_floats_with_infinities() -> None:
    check("sum(x for x in A)", A=[1.0, math.inf, 2.0])
    check("sum(x * 1e308 for x in A)", A=[1.0, 1.0, -1.0])
    assert math.isnan(plain(run(parse("sum(x for x in A)", A=[math.inf, -math.inf])).partial))


def test_extremes_stop_at_nan_and_keep_the_first_of_equals() -> None:
    result = run(parse("min(x for x in A)", A=[3.0, 0.0, -0.0, math.nan, -1.0]))
    assert (bits(result.partial), result.stopped_at) == (bits(0.0), 3)
    check("max(x for x in A)", A=[-0.0, 0.0])
    check("max(x > 2 for x in range(5))")
    check("min(i % 7 - 3 for i in range(50))")


def test_any_and_all_stop_behind_the_element_that_decides() -> None:
    result = run(parse("any(i * i > 50 for i in range(100))"))
    assert (result.partial, result.stopped_at) == (True, 9)
    result = run(parse("any(i * i < 0 for i in range(100))"))
    assert (result.partial, result.stopped_at) == (False, 100)
    result = run(parse("all(40.0 - i for i in range(100))"))
    assert (result.partial, result.stopped_at) == (True, 41)


def test_lists_of_every_type() -> None:
    for element, dtype in (("i", numpy.int64), ("i * 0.5", numpy.float64), ("i > 5", numpy.bool_)):
        array: Any = run(parse(f"[{element} for i in range(3000) if i % 10 < 3]")).partial
        assert array.dtype == dtype
        assert array.tolist() == [eval(element) for i in range(3000) if i % 10 < 3]


def test_values_change_from_run_to_run() -> None:
    program = parse("sum(i * k for i in range(10))", k=1)
    kernel = kernel_of(program)
    assert [kernel.run(range(10), 0, 10, (k,)).partial for k in (1, 2, -3)] == [45, 90, -135]


@pytest.mark.parametrize(
    ("source", "values"), [(range(2**64, 2**64 + 5), (1,)), (range(10), (2**64,)), (range(10), (1.5,)), (range(10), ())]
)
def test_what_does_not_fit_the_machine_is_left_to_python(source: range, values: tuple[Any, ...]) -> None:
    result = kernel_of(parse("sum(i * k for i in range(10))", k=1)).run(source, 2, 5, values)
    assert (result.partial, result.stopped_at) == (0, 2)


def test_the_edges_of_a_huge_range() -> None:
    source = range(-(2**63), 2**63, 2**62)
    result = kernel_of(parse("[i for i in range(10)]")).run(source, 0, 4, ())
    assert plain(result.partial) == list(source)


def test_a_position_outside_an_array_is_an_error() -> None:
    with pytest.raises(IndexError):
        run(parse("sum(x for x in A)", A=[1, 2, 3]), 0, 4)


def test_several_threads_run_one_kernel_at_once() -> None:
    program = parse("sum(math.cos(i) * k for i in range(200000))", k=0.5)
    kernel = kernel_of(program)
    parts: list[Any] = [None] * 4

    def work(number: int) -> None:
        parts[number] = kernel.run(program.source, number * 50000, (number + 1) * 50000, program.values).partial

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = ExactSum()
    for part in reversed(parts):
        total.merge(part)
    assert total.value() == math.fsum(math.cos(i) * 0.5 for i in range(200000))


RUN_KEPT = """
import sys
from pathlib import Path
from ufora.compile import kernel
def refuse(*args):
    raise AssertionError("compiled")
kernel.compile_text = kernel.lower = refuse
import numpy
found = kernel.load_kernel(Path(sys.argv[1]).read_bytes())
print(found.run(numpy.arange(10.0), 0, 10, (True, 2, (0.5, numpy.array([1.5, 2.5])))).partial.value())
"""


def test_kept_machine_code_runs_in_a_process_that_never_saw_the_source(tmp_path: Path) -> None:
    program = parse("sum(math.sin(x) * k + t[0] * t[1][1] for x in A if flag)", A=[0.5], k=2, t=(0.5, [1.5, 2.5]), flag=True)
    kernel = kernel_of(program)
    (tmp_path / "kept").write_bytes(kernel.to_bytes())
    done = subprocess.run([sys.executable, "-c", RUN_KEPT, str(tmp_path / "kept")], capture_output=True, text=True, timeout=60, check=False)
    assert [type(value) for value in program.values] == [bool, int, tuple]
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == math.fsum(math.sin(x) * 2 + 0.5 * 2.5 for x in range(10))


def test_a_kernel_of_another_processor_is_not_loaded() -> None:
    data = kernel_of(parse("sum(i for i in range(10))")).to_bytes()
    cpu = kernel_of(parse("sum(i for i in range(10))")).cpu.encode()
    with pytest.raises(ValueError, match="machine code for"):
        load_kernel(data.replace(cpu, b"x" * len(cpu)))


def test_compiling_twice_takes_the_kept_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CodeStore(tmp_path)
    first = compile_loop(parse("sum(i * 3 for i in range(10))").loop, store)
    monkeypatch.setattr("ufora.compile.kernel.lower", lambda loop: pytest.fail("compiled"))
    second = compile_loop(parse("sum(i * 3 for i in range(10))").loop, store)
    assert isinstance(first, Kernel)
    assert isinstance(second, Kernel)
    assert second.key == first.key
    assert second.run(range(10), 0, 10, ()) == first.run(range(10), 0, 10, ())


def test_kept_code_that_cannot_be_read_is_replaced(tmp_path: Path) -> None:
    store = CodeStore(tmp_path)
    program = parse("sum(i * 3 for i in range(10))")
    store.keep(kernel_of(program).key, b"not a kernel")
    assert isinstance(compile_loop(program.loop, store), Kernel)
    assert store.find(kernel_of(program).key) != b"not a kernel"


def test_the_text_shows_the_users_code_and_calls_nothing_but_ours() -> None:
    kernel = kernel_of(parse("def f(x):\n    return math.sin(x) + x ** 0.5\nsum(f(i) for i in range(10))"))
    assert "; def f(x):" in kernel.text
    called = {line.split("@")[1].split("(")[0].strip('"') for line in kernel.text.splitlines() if " call " in line}
    assert all(name.startswith(("llvm.", "ufora.", "f.", "kernel.")) for name in called)
    assert {"ufora.libm.sin", "ufora.libm.pow"} <= called


def test_code_that_is_nested_too_deeply_is_refused() -> None:
    loop = parse("sum(i for i in range(10))").loop
    tree = loop.tree
    for _ in range(5000):
        tree.elt = ast.copy_location(ast.UnaryOp(ast.UAdd(), tree.elt), tree.elt)
    refused = compile_loop(loop, None)
    assert isinstance(refused, NotCompiled)
    assert "too deeply" in refused.reason


def test_the_contracts_are_read_without_loading_the_compiler() -> None:
    program = (
        "import sys, ufora.compile.spec, ufora.compile.result; print([m for m in sys.modules if m.startswith(('llvm', 'numpy', 'numba'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_warming_up_compiles_something() -> None:
    warm_up()


def test_types_of_given_values_are_known_before_any_value() -> None:
    given = Given(TupleOf((Scalar.INT, ArrayOf(Scalar.FLOAT))))
    tree = parse("sum(t[1][i] * t[0] for i in range(3))", t=(1, [1.0])).loop.tree
    loop = Loop(tree, "p", Consumer.SUM, RangeSource(), {"t": given})
    kernel = compile_loop(loop, None)
    assert not isinstance(kernel, NotCompiled)
    assert plain(kernel.run(range(2), 0, 2, ((3, numpy.array([0.5, 1.0])),)).partial) == 4.5


def test_a_list_of_several_clauses_gets_the_room_it_needs() -> None:
    for text in (
        "[i * j for i in range(300) for j in range(i)]",
        "[1.5 * j for i in range(3) for j in range(50_000) if i != 1]",
        "[i < j for i in range(40) if i % 3 for j in range(5) for k in range(j)]",
        "[i for i in range(0) for j in range(3)]",
        "[i for i in range(50) for j in range(0)]",
    ):
        program = parse(text)
        result = run(program)
        assert (plain(result.partial), result.stopped_at) == (program.expected(), len(program.source)), text


def test_a_list_of_several_clauses_that_stops_half_way_leaves_exactly_what_came_before() -> None:
    result = run(parse("[10 // (5000 - i * j) for i in range(8) for j in range(1001)]"))
    assert (plain(result.partial), result.stopped_at) == ([10 // (5000 - i * j) for i in range(5) for j in range(1001)], 5)


def test_an_element_whose_list_is_too_long_is_left_to_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ufora.compile.kernel.MOST_ROOM", 100)
    result = run(parse("[j for i in range(8) for j in range(30 * i)]"))
    assert (plain(result.partial), result.stopped_at) == ([j for i in range(4) for j in range(30 * i)], 4)
