"""Comprehensions inside compiled code, and loops of several clauses."""

import math

import pytest

from tests.ufora.compile.programs import check, check_elements, refusal_of


def test_sums_of_ints_and_bools() -> None:
    check("sum(sum(i * j for j in range(i)) for i in range(60))")
    check("[sum(j % 3 == 0 for j in range(i)) for i in range(30)]")
    check("[sum([j for j in range(i) if j & 1]) for i in range(30)]")


def test_sums_of_floats_are_rounded_once() -> None:
    check("""
def f(n):
    return sum(0.1 * j for j in range(n + 1) if j % 3 != 1)
[f(n) for n in range(200)]
""")


def test_long_sums_of_floats_over_many_magnitudes() -> None:
    check("[sum(math.sin(j) * 10.0 ** (j % 40 - 20) for j in range(i)) for i in range(1, 6000, 499)]")
    check(
        "[sum(A[(i * j) % 12] for j in range(1, 20)) for i in range(1, 40)]",
        A=[
            1e308,
            -1e308,
            5e-324,
            -5e-324,
            1.0,
            -1.0,
            2.0**-1060,
            1.5,
            1e-310,
            3e307,
            -0.0,
            2.0**53,
        ],
    )


@pytest.mark.parametrize(
    "numbers",
    [
        [0.1, 0.2, 0.3, -0.6, 1e16, -1e16, 3.0],
        [0.0, -0.0],
        [1.0, -1.0, 2.0**-60],
        [1e300, 1e-300, -1e300],
        [5e-324, -1e-310, 2.0**-1040],
        [1.7e308, 1e307, -1.5e308, -2e307],
        [3.0, 2.0**-52, 2.0**-105, -(2.0**-106)],
        [math.pi * 10.0**k for k in range(-12, 13)],
    ],
)
def test_sums_of_every_length_are_the_exact_ones_rounded(numbers: list[float]) -> None:
    check("[sum(A[(i * j + j // 3) % K] for j in range(i)) for i in range(1, 60)]", A=numbers, K=len(numbers))
    check("[sum((A[(i * j + j // 3) % K] for j in range(i)), 0.5) for i in range(1, 60)]", A=numbers, K=len(numbers))
    check("[sum(A[(i * j + j // 3) % K] for j in range(i)) for i in S]", A=numbers, K=len(numbers), S=LENGTHS)
    check(
        """
def f(n):
    return sum(A[(n * j + j // 3) % K] for j in range(n))
[f(n) for n in S]
""",
        A=numbers,
        K=len(numbers),
        S=LENGTHS,
    )


LENGTHS = [1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 192, 193, 255, 256, 257, 511, 512, 513, 768, 769, 1024, 1030]


def test_sums_that_cannot_be_had_stop() -> None:
    assert check_elements("[sum(0.5 for j in range(i)) for i in range(4)]") == [0]  # Python gives the int 0
    assert check_elements("[sum(2**62 for j in range(i)) for i in range(4)]") == [2, 3]
    assert check_elements("[sum(x for x in A) * i for i in range(2)]", A=[math_inf, 1.0]) == [0, 1]


math_inf = float("inf")


def test_a_start_without_a_sign() -> None:
    text = """
def f(i):
    word = (i * 2862933555777941757 + 1) & 0xFFFFFFFFFFFFFFFF
    return sum((j for j in range(i)), word)
[f(i) for i in range(40)]
"""
    large = [i for i in range(40) if (i * 2862933555777941757 + 1) & 0xFFFFFFFFFFFFFFFF >= 2**63]
    assert large
    assert check_elements(text) == large
    assert check_elements(text.replace("(j for j in range(i))", "A"), A=[1, 2]) == large


def test_a_sum_passes_beyond_64_bits_on_its_way() -> None:
    check("[sum(2**62 if j < 2 else -(2**62) for j in range(i)) for i in range(3, 6)]")


def test_smallest_and_largest() -> None:
    check("[min((i * j) % 7 for j in range(1, i)) for i in range(2, 20)]")
    check("[max(math.sin(i * j) for j in range(i + 1)) for i in range(20)]")
    check("[max(j > i for j in range(3)) for i in range(5)]")
    assert check_elements("[max(j for j in range(i)) for i in range(3)]") == [0]
    assert check_elements("[min(x for x in A if x != i) for i in range(3)]", A=[1.0, float("nan"), 2.0]) == [0, 1, 2]


def test_any_and_all() -> None:
    check("[any(i % j == 0 for j in range(2, i)) for i in range(60)]")
    check("[i for i in range(2, 300) if all(i % j for j in range(2, i) if j * j <= i)]")
    check("[all(0.5 * j for j in range(i)) or any(j // 2 for j in range(i)) for i in range(6)]")


def test_a_decision_hides_what_lies_behind_it() -> None:
    check("[any(10 // (3 - j) == 5 for j in range(9)) for i in range(3)]")


def test_several_clauses() -> None:
    check("[sum(i * j + k for j in range(i) if j != 2 for k in range(j) if k % 2) for i in range(15)]")
    check("sum(i * j for i in range(40) if i % 3 for j in range(i) if j % 2 for k in range(2))")
    check("sum(0.1 * i * j for i in range(90) for j in range(i))")


@pytest.mark.parametrize("inner", ["range(3)", "range(64)", "range(65)", "range(i % 70)", "(0.5, i * 0.1)", "range(n) if j % 7"])
def test_sums_of_floats_over_several_clauses(inner: str) -> None:
    """Whatever the inner loop's length, what waits for being added never exceeds its room."""
    check(f"[sum(0.1 * i * j for i in range(n) for j in {inner}) + 0.5 for n in range(2, 400, 37)]")
    check(f"def f(n):\n    return sum((0.1 * i * j for i in range(n) for j in {inner}), 0.25)\n[f(n) for n in range(2, 400, 37)]")
    check("max(i * j % 17 for i in range(40) for j in range(i))")
    check("min(i * j % 17 - 3.5 for i in range(40) for j in range(i))")
    check("any(i * j == 221 for i in range(40) for j in range(i))")
    check("all(i * j != 221 for i in range(40) for j in range(i))")


def test_names_of_a_comprehension_are_its_own() -> None:
    check("""
def f(n):
    j = 100
    total = sum(j for j in range(n))
    return total + j + sum(j + k for k in range(3))
[f(n) for n in range(6)]
""")


def test_a_nested_comprehension_starts_anew_each_time() -> None:
    check("[sum(sum(sum(k for k in range(j)) for j in range(i)) for _ in range(2)) for i in range(12)]")
    check("""
def f(n):
    best = 0
    for i in range(1, n):
        best += max((i * j) % 11 for j in range(n)) + sum(0.5 for j in range(i))
    return best > n
[f(n) for n in range(2, 20)]
""")


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("sum(i for i in range(i))", "outside and inside"),
        ("sum((j * 0.5 for j in range(i)), 5)", "begins with an int"),
        ("sum((j for j in range(i)), 0.5)", "an int is needed"),
        ("max((j for j in range(i)), default=0)", "compiled"),
        ("max(range(i), key=sorted)", "sorted"),
        ("tuple(j for j in range(i))", "compiled"),
        ("sum(x for x in zip(A, A))", "a tuple"),
        ("sum(x for x in zip(i, A))", "loop over"),
        ("sum(x for x in reversed(zip(A, A)))", "`zip`"),
    ],
)
def test_other_forms_are_refused(expression: str, word: str) -> None:
    assert word in refusal_of(f"[{expression} for i in range(5)]", A=[1, 2]).reason


def test_zip_enumerate_and_reversed() -> None:
    numbers = [1.5, -2.0, 0.25, 8.0, 1e300]
    check("[sum(x * y for x, y in zip(A, range(i))) for i in range(1, 12)]", A=numbers)
    check("[sum(k * x for k, x in enumerate(A)) + i for i in range(3)]", A=numbers)
    check("[max((k + i) * n for k, (n, m) in enumerate(zip(range(i, 9), reversed(range(-i, 7, 2))), 5)) for i in range(5)]")
    check("[sum(x * i for x in reversed(A)) for i in range(3)]", A=numbers)
    check("""
def last(n):
    found = -1
    for k, (a, b) in enumerate(zip(reversed(range(n)), (1, 2, 3)), start):
        found = found * 10 + k * a - b
    return found
[last(n) for n in range(8)]
""", start=3)  # fmt: skip


def test_a_zip_that_is_strict() -> None:
    check("[sum(a * b for a, b in zip(range(i), range(7, 7 + i), strict=True)) for i in range(9)]")
    check("[sum(a * b for a, b in zip(range(i), range(5), strict=False)) for i in range(9)]")
    assert check_elements("[sum(a for a, b in zip(range(i), range(3), strict=True)) for i in range(6)]") == [0, 1, 2, 4, 5]


def test_loops_over_tuples() -> None:
    check("[sum(x * i for x in (1, 2, i)) for i in range(9)]")
    check("[max(a * i + b for a, b in ((1, 0.5), (i, 2.5), (-1, 9.0))) for i in range(9)]")
    check("[sum(T) + i for i in range(2)]", T=(1.5, 2.5))


def test_what_takes_elements_takes_any_source() -> None:
    numbers = [3.5, -2.0, 3.5, 0.25]
    check("[sum(range(i)) + max(A) + min(A) + any(A) + all(range(i)) + min(range(-i, 3)) for i in range(9)]", A=numbers)


def test_a_sum_with_a_start() -> None:
    check("[sum((j for j in range(i)), 5) + sum((j * 0.5 for j in range(i + 1)), 0.25) for i in range(9)]")
    check("[sum((j * 0.5 for j in range(i + 1)), 0) for i in range(9)]")


def test_the_best_by_a_key_and_the_best_of_tuples() -> None:
    check("""
def distance(x):
    return abs(x - 3.5)
[max(range(i), key=distance) * 100 + min((j * 7 % 11 for j in range(i)), key=distance) for i in range(1, 20)]
""")
    check("[max((j * 7 % 5, -j) for j in range(i)) for i in range(1, 20)]")
    check("[min((j % 3 * 0.5, (j, j % 2 == 0)) for j in range(i)) for i in range(1, 20)]")
    check("[max(range(-i, i), key=abs) for i in range(1, 9)]")


@pytest.mark.parametrize("name", ["min", "max"])
def test_the_best_tuple_of_a_whole_loop(name: str) -> None:
    check(f"{name}((i * 7 % 31, i) for i in range(100))")
    check(f"{name}((i * 7 % 31 * 0.5, i % 2 == 0, (i,)) for i in range(100))")
