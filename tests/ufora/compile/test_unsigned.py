"""Ints from 0 to 2**64 - 1 give what Python gives, or stop."""

import itertools

import pytest

from tests.ufora.compile.programs import check, check_elements, kernel_of, parse, refusal_of, source_of

EDGES = [0, 1, 5, 63, 64, 2**32, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1]
SIGNED = [-(2**63), -7, -1, 0, 1, 63, 64, 2**63 - 1]

EXACT = ["x & y", "x | y", "x ^ y", "x >> 1", "x >> 0", "x >> 63", "x >> 64", "x >> 99", "x // (y | 1)", "x % (y | 1)", "x // 7", "x % 10"]
EXACT += [
    "x < y",
    "x <= y",
    "x == y",
    "x != y",
    "x > y",
    "x >= y",
    "min(x, y)",
    "max(y, x)",
    "bool(x)",
    "abs(x)",
    "+x",
    "int(x)",
    "round(x)",
]
EXACT += [
    "float(x)",
    "x * 1.0",
    "x + 0.5",
    "x / 2**64",
    "x / 2**11",
    "x / 18446744073709551616.0",
    "math.sqrt(x)",
    "x // 2**63",
    "x % 2**64",
]
EXACT += [
    "x if x > y else 5",
    "(x, x >> 1)[0]",
    "x in (1, 2**63, 2**64 - 1)",
    "x and y",
    "x & -8",
    "divmod(x, 2**32)",
    "math.floor(x)",
    "x % 2**70",
]


@pytest.mark.parametrize("element", EXACT)
def test_what_always_fits_is_exact(element: str) -> None:
    pairs = [(x, y) for x in EDGES for y in EDGES]
    xs, ys = ([pair[side] for pair in pairs] for side in (0, 1))
    check(f"def f(x, y):\n    return {element}\n[f(xs[i], ys[i]) for i in range({len(pairs)})]", xs=xs, ys=ys)


@pytest.mark.parametrize("symbol", ["<", "<=", "==", "!=", ">", ">="])
def test_comparisons_with_ints_that_have_a_sign(symbol: str) -> None:
    pairs = list(itertools.product(EDGES, SIGNED))
    xs, ns = ([pair[side] for pair in pairs] for side in (0, 1))
    check(f"[(xs[i] {symbol} ns[i], ns[i] {symbol} xs[i]) for i in range({len(pairs)})]", xs=xs, ns=ns)


@pytest.mark.parametrize("symbol", ["+", "-", "*", "//", "%", "|", "^", "&", "<<", ">>"])
@pytest.mark.parametrize("other", ["ns", "xs"])
def test_what_may_leave_64_bits_stops_there(symbol: str, other: str) -> None:
    """Each element that is computed is Python's; of those within both ranges not all stop."""
    pairs = [(x, y) for x in EDGES for y in (SIGNED if other == "ns" else EDGES)]
    if symbol in ("<<", ">>"):
        pairs = [(x, y) for x, y in pairs if 0 <= y < 70]
    elif symbol in ("//", "%"):
        pairs = [(x, y) for x, y in pairs if y]
    xs, ns = ([pair[side] for pair in pairs] for side in (0, 1))
    others = [*ns, 2**64 - 1] if other == "xs" else ns
    for text in (f"xs[i] {symbol} ns[i]", f"ns[i] {symbol} xs[i]"):
        if text.startswith("ns") and symbol in ("//", "%", "<<", ">>"):
            continue
        stopped = check_elements(f"[{text} for i in range({len(pairs)})]", xs=[*xs, 2**64 - 1], ns=others)
        assert len(stopped) < len(pairs)


def test_a_zero_stops_a_division() -> None:
    text = "def f(x, y):\n    z = x % ((x | y) & 0x7FFFFFFFFFFFFFFF)\n    return y\n[f(x, y) for x in xs]"
    for symbol in ("%", "//"):
        program = parse(text.replace("%", symbol), xs=[2**63, 2**63 + 1], y=0)
        result = kernel_of(program).run(source_of(program), 0, 2, program.values)
        assert (result.stopped_at, list(result.partial)) == (0, [])


def test_sums_and_extremes_of_words() -> None:
    for consumer in ("sum", "min", "max"):
        check(f"{consumer}(x for x in xs)", xs=EDGES)
        check(f"{consumer}(x ^ 1 for x in xs)", xs=EDGES)
    check("any(x > 2**64 - 2 for x in xs)", xs=EDGES)
    check("[sum(y >> 4 for y in ys) + i for i in range(3)]", ys=EDGES)
    assert check_elements("[sum(y for y in ys) + i for i in range(3)]", ys=EDGES) == [0, 1, 2]


def test_differences_of_words_have_a_sign() -> None:
    assert check_elements("[x - y for x in xs for y in ys]", xs=[2**64 - 1], ys=[2**64 - 5, 2**64 - 1, 2**63 + 5]) == []


def test_constants_beyond_are_known() -> None:
    check("[(x < 2**64, x != T, T > x, bool(T), x % T, x // T, x & (T - 1)) for x in xs]", xs=EDGES, T=2**64)
    check("[x - T for x in xs if x >= 2**63]", xs=EDGES, T=2**64)
    check("[(T >> 60, T // 2**10, T - 1, T / 4) for x in range(2)]", T=2**64)
    check("[(x % 2**64, x % 2**63, x & (2**64 - 1)) for x in range(-5, 5)]")


@pytest.mark.parametrize(
    "element", ["x * 2**70", "2**64", "2**70 | x", "x >> 2**64", "~(2**70) * x", "(x, 2**64)", "x / (2**64 + 1) if x else 2**64"]
)
def test_no_number_beyond_64_bits_leaves(element: str) -> None:
    refusal_of(f"[{element} for x in range(5)]")


def test_division_that_would_round_twice_stops() -> None:
    assert check_elements("[x / 3 for x in xs]", xs=[2**53, 2**53 + 2, 2**63]) == [1, 2]


def test_an_index_or_a_count_is_no_word() -> None:
    assert check_elements("[ys[x] + ys[x - 2**63] for x in xs]", xs=[0, 2**63, 2**63 + 1], ys=[1]) == [0, 1, 2]
    assert check_elements("[ys[x] + sum(1 for _ in range(x)) for x in xs]", xs=[0, 2**63], ys=[1]) == [1]
