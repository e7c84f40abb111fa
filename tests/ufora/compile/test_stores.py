"""Items of lists assigned by machine code, in the memory it was given."""

import numpy
import pytest

from tests.ufora.compile.programs import parse, plain
from ufora.compile.given import Table
from ufora.compile.kernel import Kernel, compile_loop, load_kernel
from ufora.compile.spec import ArrayOf, Given, ListOf, Loop, NotCompiled, Scalar

FILL = """
def fill(items, count):
    for k in range(count):
        items[k] += k
    return items[0]
[fill(xs, n) for _ in range(1)]
"""


def with_lists(loop: Loop) -> Loop:
    """Given lists may be assigned."""
    for name, binding in loop.names.items():
        match binding:
            case Given(ArrayOf(element)):
                loop.names[name] = Given(ListOf(element))  # type: ignore[index]
    return loop


def compiled(text: str, **values: object) -> tuple[Kernel | NotCompiled, tuple[object, ...]]:
    program = parse(text, **values)
    return compile_loop(with_lists(program.loop), None), program.values


def test_items_change_in_the_given_memory() -> None:
    kernel, (n, xs) = compiled(FILL, xs=[5, 6, 7, 8], n=3)
    assert isinstance(kernel, Kernel)
    assert kernel.changes
    run = kernel.run(range(1), 0, 1, (n, xs))
    assert (plain(run.partial), xs.tolist()) == ([5], [5, 7, 9, 8])


def test_beyond_the_list_it_stops() -> None:
    kernel, (n, xs) = compiled(FILL, xs=[5, 6, 7, 8], n=5)
    assert isinstance(kernel, Kernel)
    assert kernel.run(range(1), 0, 1, (n, xs)).stopped_at == 0


def test_a_kept_kernel_still_knows_that_it_changes_lists() -> None:
    kernel, (n, xs) = compiled(FILL, xs=[5.5, 6.5], n=2)
    assert isinstance(kernel, Kernel)
    again = load_kernel(kernel.to_bytes())
    assert again.changes
    again.run(range(1), 0, 1, (n, xs))
    assert xs.tolist() == [5.5, 7.5]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ys[k] = 0.5", "`ys[k]` is an int first and a float later"),
        ("ys[k] = k > 1", "`ys[k]` is an int first and a bool later"),
        ("ys[k] /= 2", "`ys[k]` is an int first and a float later"),
        ("(k, k)[0] = k", "assigning to `(k, k)[0]`, an item of a tuple, is not compiled"),
        ("ys[k:k + 1] = k", "assigning to a slice is not compiled"),
    ],
)
def test_what_would_change_a_lists_type_is_refused(statement: str, reason: str) -> None:
    text = f"def f(ys):\n    for k in range(3):\n        {statement}\n    return 0\n[f(xs) for _ in range(1)]"
    refused, _ = compiled(text, xs=[1, 2, 3])
    assert isinstance(refused, NotCompiled)
    assert refused.reason == reason


def test_a_list_that_may_not_change_is_refused() -> None:
    refused = compile_loop(parse(FILL, xs=[1, 2], n=2).loop, None)
    assert isinstance(refused, NotCompiled)
    assert refused.reason == "assigning to `items[k]`, an item of a list that may not change, is not compiled"


def test_a_table_stays_where_it_is() -> None:
    rows = numpy.array([1.0, 2.0]), numpy.array([3.0])
    table = Table(ListOf(Scalar.FLOAT), rows)
    assert table.words.tolist() == [[rows[0].ctypes.data, 2], [rows[1].ctypes.data, 1]]
    assert table.address == table.words.ctypes.data
