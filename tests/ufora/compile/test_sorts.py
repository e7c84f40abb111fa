"""Sorting in machine code, against Python's own."""

import pytest

from tests.ufora.compile.programs import check, check_elements, check_rows, refusal_of

ITEMS = {
    "ints": "[(i * 7919 + n) % 101 for i in range(n * 9)]",
    "sorted ints": "list(range(n * 9))",
    "falling ints": "[-i for i in range(n * 9)]",
    "equal ints": "[7] * n",
    "floats": "[((i * 31 + n) % 17 - 8) * 0.25 for i in range(n * 9)]",
    "zeros": "[0.0 * (i % 3 - 1) for i in range(n * 3)]",
    "bools": "[i % 3 == 0 for i in range(n * 3)]",
    "pairs": "[((i * 7919 + n) % 5, i * 0.5) for i in range(n * 5)]",
}
WAYS = [
    "sorted(xs)",
    "sorted(xs, reverse=True)",
    "sorted(xs, reverse=False)",
    "sorted(xs, key=lambda x: n)",
    "sorted(xs, key=lambda x: n, reverse=True)",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("items", ITEMS.values(), ids=ITEMS)
def test_items_stand_in_pythons_order(items: str, way: str) -> None:
    check_rows(f"def f(n):\n    xs = {items}\n    return {way}\n[f(n) for n in range(12)]")


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 1000])
def test_every_length(count: int) -> None:
    check_rows(
        f"def f(n):\n    xs = [(i * 7919) % (n + 13) for i in range({count})]\n    xs.sort()\n    return xs\n[f(n) for n in range(5)]"
    )


@pytest.mark.parametrize("key", ["lambda p: p[0]", "lambda p: (-p[0], p[1] % 3)", "lambda p: p[0] * 0.5", "half"])
@pytest.mark.parametrize("reverse", ["", ", reverse=True"])
def test_by_a_key_equal_ones_stay_in_order(key: str, reverse: str) -> None:
    check_rows(
        f"def half(p):\n    return p[0] // 2\n"
        f"def f(n):\n    xs = [((i * 31) % 7, i) for i in range(n * 5)]\n    xs.sort(key={key}{reverse})\n    return xs\n"
        "[f(n) for n in range(9)]"
    )


def test_lists_sorted_by_a_key_are_the_same_lists() -> None:
    check(
        """
def f(n):
    rows = [[(i * 5) % 7, i] for i in range(n)]
    first = rows[0] if n else [0]
    rows.sort(key=lambda row: row[0])
    first.append(99)
    return sum(k * sum(row) for k, row in enumerate(rows))
[f(n) for n in range(12)]"""
    )


def test_dicts_are_sorted_by_their_keys() -> None:
    check(
        """
def f(n):
    counts = {}
    for k in range(n * 7):
        counts[k * k % 11] = counts.get(k * k % 11, 0) + 1
    best = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return sum(k * 100 + v * i for i, (k, v) in enumerate(best)) + sum(i * k for i, k in enumerate(sorted(counts)))
[f(n) for n in range(12)]"""
    )


def test_a_lambda_reads_the_names_around_it() -> None:
    check("def f(n):\n    x = 5\n    return max((x + n for x in [1, 2, 3]), key=lambda v: v * x % 7)\n[f(n) for n in range(9)]")
    check("def f(n):\n    g = lambda a, b: a * b + n\n    n = n + 1\n    return g(n, 2) + g(3, n)\n[f(n) for n in range(9)]")


def test_a_list_is_empty_while_it_is_sorted() -> None:
    result = "xs[0] * 100 + xs[2] + len(xs)"
    check(f"def f(n):\n    xs = [n, 1, 2]\n    xs.sort(key=lambda x: x * len(xs))\n    return {result}\n[f(n) for n in range(9)]")
    put = "def put(xs, x):\n    xs.append(x)\n    return x\n"
    text = f"{put}def f(n):\n    xs = [n, 1]\n    xs.sort(key=lambda x: put(xs, x))\n    return 1\n[f(n) for n in range(3)]"
    assert check_elements(text) == [0, 1, 2], "Python raises ValueError"


def test_what_python_would_raise_or_orders_oddly_stops() -> None:
    text = "def f(n):\n    xs = [0.5, 1e308 * 10.0 * n - 1e308 * 10.0 * n, 0.25]\n    return sorted(xs)[0]\n[f(n) for n in range(3)]"
    assert check_elements(text) == [0, 1, 2]
    assert check_elements(
        "def f(n):\n    ys = xs if n else [2, 1]\n    ys.sort()\n    return ys[0]\n[f(n) for n in range(3)]", xs=[3, 2]
    ) == [1, 2]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("sorted([[n], [1]])[0][0]", "sorting a list of what is a list is not compiled"),
        ("sorted([n, 1], reverse=n > 2)[0]", "`reverse` of `sort` is compiled where it is True or False"),
        ("sorted([n, 1], key=lambda *a: 1)[0]", "a lambda with other than plain parameters is not compiled"),
        ("sorted({n, 1})[0]", "a loop over a set"),
    ],
)
def test_what_is_not_compiled_says_why(expression: str, reason: str) -> None:
    assert reason in refusal_of(f"def f(n):\n    return {expression}\n[f(n) for n in range(3)]").reason
