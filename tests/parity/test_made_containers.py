"""Lists, dicts and sets that functions and loops make, change, hand on and give back."""

from dataclasses import dataclass

from tests.parity.same import same_as_python

TABLE = {number * 7: number * 0.5 for number in range(200)}
ROWS = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
LETTERS = [3, 1, 4, 1, 5, 9, 2, 6]


class Point:
    dimensions = 2

    def __init__(self, x, y=0.5):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Point(self.x * factor, self.y * factor)

    def __lt__(self, other):
        return self.length < other.length

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    @property
    def length(self):
        return self.x * self.x + self.y * self.y

    def move(self, dx, dy):
        self.x += dx
        self.y -= dy
        return self


@dataclass
class Ball:
    place: float
    speed: float

    def fly(self, seconds):
        return Ball(self.place + self.speed * seconds, self.speed - 9.81 * seconds)


@dataclass
class Dotted:
    place: float
    dots: int = 3


class Walker(Point):
    def __init__(self, x):
        self.x = x
        self.y = -0.25
        self.trail = []
        self.places = {0: 1}

    def go(self, steps):
        for k in range(steps):
            self.move(k % 3 - 1.0, k % 5 - 2.0)
            self.trail.append(self.x)
            self.places[k % 4] = self.places.get(k % 4, 0) + 1


ORIGIN = Point(0.0, 0.0)


def sieve(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    for i in range(2, int(n**0.5) + 1):
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
    return sum(flags)


def distance(a, b):
    before = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        now = [i] + [0] * len(b)  # noqa: RUF005 - as it is mostly written
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            now[j] = min(before[j] + 1, now[j - 1] + 1, before[j - 1] + cost)
        before = now
    return before[-1]


def live(grid, steps):
    n = len(grid)
    for _ in range(steps):
        new = [[0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                new[i][j] = (grid[i - 1][j] + grid[i][j - 1] + grid[i][j]) % 5
        grid = new
    return grid


def collect(n):
    found = []
    for k in range(n):
        if k % 3:
            found.append((k, k * 0.5))
    return found


def walk(n):
    seen = {}
    order = []
    x = n + 1
    while x not in seen:
        seen[x] = len(order)
        order.append(x)
        x = (x * x + 1) % 1009
    return len(order), seen[x], order[seen[x]]


@same_as_python
def test_lists_that_functions_make():
    counts = [sieve(n) for n in range(10, 40)]
    ways = [distance([n % 3, n % 5, n % 7], [n % 2, 1, n % 4]) for n in range(40)]
    return counts, ways, sieve(1000), distance(LETTERS, LETTERS[::-1])


@same_as_python
def test_a_list_of_lists_made_again_each_turn():
    return live(ROWS, 5), live(ROWS, 0) is ROWS, [sum(map(sum, live(ROWS, n))) for n in range(6)]


@same_as_python
def test_lists_that_functions_give_back():
    return collect(10), [collect(n) for n in range(8)], collect(0)


@same_as_python
def test_a_list_given_back_twice_is_one_list():
    def pair(n):
        items = [0]
        for k in range(n):
            items.append(k)
        return items, items

    one, other = pair(5)
    one.append(99)
    return one is other, other


@same_as_python
def test_a_list_of_the_block_grows_in_its_loops():
    found = []
    alias = found
    for k in range(300):
        if k % 7 == 3:
            found.append(k * k)
    while len(found) > 30:
        found.pop()
    return found, alias is found


@same_as_python
def test_rows_grow_one_by_one():
    around = [[] for _ in range(20)]
    for k in range(200):
        around[k % 20].append(k * 7 % 20)
    steps = [-1] * 20
    steps[0] = 0
    waiting = [0]
    for u in waiting:
        for v in around[u]:
            if steps[v] < 0:
                steps[v] = steps[u] + 1
                waiting.append(v)
    return around, steps, waiting


@same_as_python
def test_rows_that_are_shared_stay_shared():
    row = [1, 2]
    rows = [row, [3], row]
    for k in range(100):
        rows[k % 3].append(k)
        if k == 50:
            rows.append(row)
    return row is rows[0] is rows[2] is rows[3], rows


@same_as_python
def test_what_a_loop_stops_at_leaves_no_trace():
    items = [5, 0, 2]
    done = []
    try:
        for item in items:
            done.append(100 // item)
    except ZeroDivisionError as error:
        done.append(str(error))
    return done


@same_as_python
def test_lists_of_the_outside_are_not_changed():
    sizes = [len(LETTERS[: n % 8] + [n]) for n in range(30)]
    copies = [sum(LETTERS[::-1][n % 3 :]) for n in range(30)]
    return sizes, copies, LETTERS


@same_as_python
def test_counting_in_a_dict():
    counts = {}
    for k in range(500):
        key = k * k % 37
        counts[key] = counts.get(key, 0) + 1
    return counts, max(counts.values()), sum(counts), list(counts.items())[:4]


@same_as_python
def test_dicts_that_functions_make():
    return [walk(n) for n in range(40)], walk(77)


@same_as_python
def test_a_dict_of_the_outside_is_looked_up():
    total = 0.0
    for k in range(300):
        if k in TABLE:
            total += TABLE[k]
    return total, [TABLE.get(k, -1.0) for k in range(100)]


@same_as_python
def test_a_dict_of_lists():
    groups = {}
    for k in range(100):
        groups.setdefault(k % 7, []).append(k)
    return groups, {key: len(group) for key, group in groups.items()}


@same_as_python
def test_keys_that_are_deleted_and_come_again_stand_last():
    found = {1: 0.5, 2: 1.5, 3: 2.5}
    alias = found
    for k in range(50):
        found[k % 9] = k * 0.25
        if k % 4 == 0:
            found.pop(k % 9)
    del found[5]
    return found, alias is found


@same_as_python
def test_pairs_as_keys():
    seen = set()
    x, y = 0, 0
    for k in range(200):
        if k * k % 3:
            x += 1
        else:
            y -= 2
        if k % 5 == 0:
            x, y = y, x
        seen.add((x, y))
    return len(seen), (0, 0) in seen, (10**6, 1) in seen


@same_as_python
def test_a_set_of_the_block():
    seen, order, x = set(), [], 1
    while x not in seen:
        seen.add(x)
        order.append(x)
        x = x * 48271 % 257
    return sorted(seen), order


@same_as_python
def test_a_dict_that_changes_under_a_loop():
    found = {1: 1}
    try:
        for key in found:
            found[key + 1] = key
    except RuntimeError as error:
        return str(error), found
    return None


@same_as_python
def test_a_list_that_grows_under_a_loop():
    items = [1]
    for item in items:
        if len(items) < 40:
            items.append(item + len(items))
    return items


@same_as_python
def test_names_that_change_places():
    def mix(n):
        a, b = [1, 2], [3]
        for k in range(n):
            a, b = b, a
            a.append(k)
        return a, b

    return mix(9), [sum(mix(n)[0]) for n in range(10)]


@same_as_python
def test_recursion_with_lists():
    def sort(items):
        if len(items) < 2:
            return items
        first = items[0]
        return sort([x for x in items[1:] if x < first]) + [first] + sort([x for x in items[1:] if x >= first])

    def orders(items, k):
        if k == len(items):
            return 1 if items[0] < items[-1] else 0
        total = 0
        for i in range(k, len(items)):
            items[k], items[i] = items[i], items[k]
            total += orders(items, k + 1)
            items[k], items[i] = items[i], items[k]
        return total

    return (
        sort(LETTERS),
        [sort([k * 7 % (n + 1) for k in range(n)]) for n in range(12)],
        [orders(list(range(1, n)), 0) for n in range(3, 6)],
    )


@same_as_python
def test_containers_without_a_machine_type_stay_what_they_are():
    mixed = [1, 0.5, "a", None]
    named = {"a": 1}
    for k in range(100):
        mixed.append(k)
        named["b"] = k
    return mixed, named


@same_as_python
def test_not_a_number_in_lists():
    nan = float("nan")
    items = [nan, 1.0]
    for k in range(80):
        items.append(k * 0.5)
    return items[0] is nan, nan in items, items.count(nan), len(items)


@same_as_python
def test_objects_that_functions_make():
    def centre(n):
        total = Point(0.0, 0.0)
        for k in range(n):
            total = total + Point(k * 0.5) * 2.0
        return total.x, total.y, total.dimensions, (total + ORIGIN).length

    return [centre(n) for n in range(20)], centre(300)


@same_as_python
def test_objects_that_hold_lists_and_dicts():
    def walk(n):
        walker = Walker(n * 1.0)
        walker.go(n * 3)
        return walker.x, walker.y, len(walker.trail), sum(walker.places.values()), walker.length

    return [walk(n) for n in range(20)], walk(100)


@same_as_python
def test_lists_of_objects():
    def farthest(n):
        points = [Point(k * 7 % 11 - 5.0, k * 0.5) for k in range(n + 1)]
        points.sort(key=lambda point: -point.length)
        best = points[-1]
        for point in points:
            if best < point:
                best = point
        best.move(1.0, 2.0)
        return points[0].x, points[0].y, best is points[0], best == Point(best.x, best.y), best == points[-1]

    return [farthest(n) for n in range(30)]


@same_as_python
def test_an_attribute_that_has_no_value():
    def look(n):
        point = Point(1.0)
        if n % 3:
            point.z = n
        try:
            return point.z
        except AttributeError as error:
            return str(error)

    def plain(n):
        point = Point(1.0)
        if n < 100:
            point.z = n
        return point.z + n

    return [look(n) for n in range(9)], [plain(n) for n in range(50)]


@same_as_python
def test_objects_come_home():
    def make(n):
        point = Point(n * 1.0)
        for k in range(n):
            point.move(k * 1.0, 0.5)
        return point

    return [(point.x, point.y) for point in map(make, range(9))], type(make(3)) is Point, isinstance(make(2), Point)


@same_as_python
def test_objects_of_the_outside_are_not_changed():
    def shift(n):
        point = ORIGIN if n < 0 else Point(n * 1.0)
        for _ in range(n):
            point.move(1.0, 1.0)
        return point.x + ORIGIN.x

    return [shift(n) for n in range(20)], ORIGIN.x, ORIGIN.y


@same_as_python
def test_dataclasses():
    def fall(n):
        ball = Ball(100.0, speed=n * 1.0)
        for _ in range(n):
            ball = ball.fly(0.125)
        return ball.place, ball.speed

    def dot(n):
        return Dotted(n * 0.5).dots + Dotted(1.0, n).dots

    return [fall(n) for n in range(30)], [dot(n) for n in range(9)], Ball(1.0, 2.0).fly(1.0), Ball(1.0, 2.0) == Ball(1.0, 2.0)


@same_as_python
def test_what_stops_with_an_empty_dict_or_list_at_hand():
    found, items, seen = {}, [], set()
    for k in range(9):
        found[k % 4] = found.get(k % 4, 0) + k * 10**400
    for k in range(9):
        items.append(k * 10**400)
        seen.add(k * 10**400)
    return found, items, sorted(seen)
