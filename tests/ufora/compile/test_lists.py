"""Lists that machine code makes, against Python's own."""

import pytest

from tests.ufora.compile.programs import check, check_elements, check_rows, refusal_of

FUNCTIONS = [
    """
def f(n):
    prev = list(range(n))
    for i in range(5):
        cur = [i]
        for j in range(1, n):
            cur.append(prev[j] + cur[j-1])
        prev = cur
    return prev[-1] if prev else -1
""",
    """
def f(n):
    a, b = [1, 2], [3]
    for i in range(n):
        a, b = b, a
        a.append(i)
    return sum(a) * 100 + sum(b)
""",
    """
def make(n):
    return [i * i for i in range(n)]
def f(n):
    total = 0
    for i in range(n):
        total += sum(make(i)) + len(make(i)) + make(i + 1)[0]
    return total
""",
    """
def f(n):
    n = n + 1
    rows = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            rows[i][j] += i * j
    rows[0] = rows[-1]
    s = 0
    for row in rows:
        s += sum(row)
    return s
""",
    """
def f(n):
    stack = [n]
    count = 0
    while stack:
        x = stack.pop()
        count += x
        if x > 1:
            stack.append(x // 2)
            stack.append(x - x // 2 - 1)
    return count
""",
    """
def f(n):
    queue = [0]
    for u in queue:
        if len(queue) < n * 3:
            queue.append(u + 1)
            queue.append(u + 2)
    return sum(queue)
""",
    """
def f(n):
    xs = list(range(n))
    ys = xs[1:] + xs[:-1] + xs[::2] + xs[::-1] + xs[-3:5]
    zs = ys * 2
    zs += [n]
    return sum(y * k for k, y in enumerate(zs)) + (zs == ys) + (xs[:2] == xs[0:2]) + (3 in xs)
""",
    """
def f(n):
    xs = [(i, i * 0.5) for i in range(n)]
    t = 0.0
    for a, b in xs:
        t += a * b
    xs.append((n, 1.5))
    return t + xs[-1][1] + xs[n][0]
""",
    """
def f(n):
    xs = [True] * n
    for i in range(0, n, 3):
        xs[i] = False
    xs.insert(1, True)
    xs.reverse()
    k = 0
    for x in reversed(xs):
        k = k * 2 + x
    return k
""",
    """
def swap(xs, i, j):
    xs[i], xs[j] = xs[j], xs[i]
def f(n):
    xs = [(i * 7919) % (n + 1) for i in range(n)]
    for i in range(n):
        for j in range(n - 1):
            if xs[j] > xs[j + 1]:
                swap(xs, j, j + 1)
    return sum(k * x for k, x in enumerate(xs))
""",
    """
def qs(xs):
    if len(xs) < 2:
        return xs
    p = xs[0]
    return qs([x for x in xs[1:] if x < p]) + [p] + qs([x for x in xs[1:] if x >= p])
def f(n):
    xs = [(i * 7919) % (n + 1) for i in range(n)]
    return sum(k * x for k, x in enumerate(qs(xs)))
""",
    """
def f(n):
    best = []
    for i in range(n):
        cur = []
        for j in range(i % 4):
            cur.append(j)
        if len(cur) > len(best):
            best = cur
    return len(best) * 10 + (best[-1] if best else 0)
""",
    """
def f(n):
    xs = []
    return len(xs) + (1 if xs else 2)
""",
    """
def perm(xs, k):
    if k == len(xs):
        return 1 if xs[0] < xs[-1] else 0
    t = 0
    for i in range(k, len(xs)):
        xs[k], xs[i] = xs[i], xs[k]
        t += perm(xs, k + 1)
        xs[k], xs[i] = xs[i], xs[k]
    return t
def f(n):
    return perm(list(range(n % 6 + 1)), 0)
""",
    """
def f(n):
    adj = [[] for _ in range(n + 1)]
    for i in range(n):
        adj[i].append((i * 3) % (n + 1))
        adj[(i * 3) % (n + 1)].append(i)
    seen = [False] * (n + 1)
    order = []
    stack = [0]
    while stack:
        u = stack.pop()
        if seen[u]:
            continue
        seen[u] = True
        order.append(u)
        for v in adj[u]:
            stack.append(v)
    return sum(k * u for k, u in enumerate(order))
""",
    """
def f(n):
    xs = [1]
    xs.extend(range(n))
    xs.extend(x * 2 for x in range(3))
    xs.extend(xs)
    p = xs.pop(0) + xs.pop(1) + xs.pop()
    ys = xs.copy()
    xs.clear()
    return p + sum(ys) + len(xs)
""",
    """
def step(grid):
    n = len(grid)
    return [[(grid[i][j - 1] + grid[i - 1][j]) % 3 for j in range(n)] for i in range(n)]
def f(n):
    grid = [[(i * j) % 3 for j in range(n + 1)] for i in range(n + 1)]
    for _ in range(4):
        grid = step(grid)
    return sum(sum(row) for row in grid)
""",
]


@pytest.mark.parametrize("text", FUNCTIONS)
def test_functions_with_lists(text: str) -> None:
    check(f"{text}\n[f(n) for n in range(12)]")


@pytest.mark.parametrize(
    "text",
    [
        "[[i * 0.5 for i in range(n)] + [1.5] * n for n in range(9)]",
        "def f(n):\n    xs = []\n    for i in range(n):\n        xs.append((i, i > 3))\n    return xs\n[f(n) for n in range(9)]",
        "def f(n):\n    return [n, n] if n % 2 else []\n[f(n) for n in range(9)]",
        "def f(n):\n    return []\n[f(n) for n in range(3)]",
    ],
)
def test_elements_that_are_lists(text: str) -> None:
    check_rows(text)


SLICES = ["2:", ":3", "-3:", ":-2", "1:7:2", "::-1", "7:1:-2", "-1:-5:-1", "5:2", "100:", "-100:3", "n:", ":n:3", "::n + 1", "::-n - 1"]


@pytest.mark.parametrize("part", SLICES)
def test_slices(part: str) -> None:
    result = "len(ys) * 1000 + sum(k * y for k, y in enumerate(ys))"
    check(f"def f(n):\n    xs = list(range(n))\n    ys = xs[{part}]\n    return {result}\n[f(n) for n in range(12)]")


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("def f(n):\n    xs = [n]\n    xs[n - 3] = 1\n    return xs[0]\n[f(n) for n in range(6)]", [0, 1, 4, 5]),
        ("def f(n):\n    xs = [1] * n\n    return xs.pop()\n[f(n) for n in range(3)]", [0]),
        ("def f(n):\n    xs = [0.0, 1e400 * n]\n    return (xs[1] - xs[1]) in xs\n[f(n) for n in range(2)]", [0, 1]),
        ("def f(n):\n    xs = [1, 2, 3]\n    return xs[::n][0]\n[f(n) for n in range(-1, 2)]", [1]),
    ],
)
def test_what_python_would_raise_stops(text: str, stopped: list[int]) -> None:
    assert check_elements(text) == stopped


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    return len([n, 0.5])", "a list holds an int and a float"),
        ("    xs = [n]\n    xs.append(True)\n    return 1", "a list holds an int first and a bool later"),
        ("    xs = [0] * n\n    xs[0] = 0.5\n    return 1", "a list holds an int first and a float later"),
        ("    xs = [n]\n    return xs.index(n)", "`index` of a list is not compiled"),
        ("    return [n] < [3]", "`<` of a list and a list"),
        ("    xs = [n]\n    xs[0:1] = [2]\n    return 1", "assigning to a slice is not compiled"),
        ("    return len([None])", "a list of what is None is not compiled"),
    ],
)
def test_what_is_not_compiled_says_why(body: str, reason: str) -> None:
    assert reason in refusal_of(f"def f(n):\n{body}\n[f(n) for n in range(3)]").reason


def test_given_lists_are_copied_not_changed() -> None:
    given = [1, 2, 3, 4]
    check("def f(n):\n    ys = xs[n % 3:] + [n]\n    ys[0] = 7\n    return sum(ys)\n[f(n) for n in range(9)]", xs=given)
    text = "def f(n):\n    ys = xs if n < 9 else [n]\n    ys[0] = n\n    return sum(ys)\n[f(n) for n in range(12)]"
    assert check_elements(text, xs=given) == list(range(9))
    assert given == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        """
def f(n):
    xs = list(range(n))
    total = 0
    for k, x in zip(range(9), xs):
        total += k * x
        xs.pop()
    for k, x in zip(range(5), xs):
        xs.append(k)
        total += x
    for k, x in zip(xs, xs):
        xs.pop()
        total += k + x
    return total
""",
        """
def f(n):
    xs = [1, 2, 3]
    total = 0
    for k, x in enumerate(xs):
        if len(xs) < n:
            xs.append(x + k)
        total += x
    for x in reversed(xs):
        total = total * 3 % 1009 + x
    return total
""",
        """
def f(n):
    longest = max([[k] * (k * 7 % 5) for k in range(n + 1)], key=len)
    shortest = min(([k, n] for k in range(n + 1)), key=lambda row: row[0] * 3 % 4)
    others = [[k] for k in range(9)]
    return len(longest) * 100 + sum(longest) + sum(shortest) + len(others)
""",
    ],
)
def test_lists_that_change_under_loops_and_what_outlives_them(text: str) -> None:
    check(f"{text}\n[f(n) for n in range(12)]")


def test_a_list_that_its_own_index_replaces_is_not_compiled() -> None:
    assert "`:=` of a list" in refusal_of("def f(n):\n    xs = [n]\n    return xs[(xs := [0])[0]]\n[f(n) for n in range(3)]").reason
