"""Items of lists assigned in loops: machine code works on a copy and puts back what changed, and nobody can tell."""

import math

from tests.parity.same import same_as_python

BODIES = [
    [0.0, 0.0, 0.0, 0.0, 39.47],
    [4.84143144246472, -1.1603200440274284, 0.606326392995832, 2.81198684491626, 0.0377],
    [8.34336671824458, 4.124798564124305, -1.0107743461787924, 1.8256623712304119, 0.0113],
]


def advance(bodies, step, turns):
    for _ in range(turns):
        for i in range(len(bodies)):
            for j in range(i + 1, len(bodies)):
                a, b = bodies[i], bodies[j]
                dx = a[0] - b[0]
                dy = a[1] - b[1]
                distance = dx * dx + dy * dy
                pull = step / (distance * math.sqrt(distance))
                a[2] -= dx * b[4] * pull
                a[3] -= dy * b[4] * pull
                b[2] += dx * a[4] * pull
                b[3] += dy * a[4] * pull
        for body in bodies:
            body[0] += step * body[2]
            body[1] += step * body[3]


def fill(xs, first, last):
    for k in range(first, last):
        xs[k] = xs[k - 1] * 3 + k


def halve(xs):
    for k in range(len(xs)):
        xs[k] = xs[k] / 2


def bubble(xs):
    for end in range(len(xs) - 1, 0, -1):
        for k in range(end):
            if xs[k] > xs[k + 1]:
                xs[k], xs[k + 1] = xs[k + 1], xs[k]
    return xs


def shift(source, target, count):
    for k in range(count):
        target[k + 1] = source[k] + 1


def bump(xs, at):
    xs[at] += 1
    return xs[at]


def bump_many(xs, turns):
    total = 0
    for k in range(turns):
        xs[k % len(xs)] += bump(xs, k % len(xs))
        total += xs[0]
    return total


class Counter:
    def __init__(self, size):
        self.counts = [0] * size
        self.size = size

    def count(self, numbers):
        for number in numbers:
            self.counts[number % self.size] += 1


@same_as_python
def test_bodies_that_are_lists_move():
    bodies = [list(body) for body in BODIES]
    before = bodies[1]
    advance(bodies, 0.01, 200)
    return bodies, before is bodies[1]


@same_as_python
def test_bodies_move_in_the_block_itself():
    bodies = [list(body) for body in BODIES]
    for _ in range(300):
        advance(bodies, 0.01, 1)
    for turn in range(200):
        for body in bodies:
            body[0] += 0.01 * body[2]
    return bodies, turn, body is bodies[-1]


@same_as_python
def test_a_sieve():
    is_prime = [True] * 1000
    is_prime[0] = is_prime[1] = False
    for p in range(2, 32):
        if is_prime[p]:
            for multiple in range(p * p, 1000, p):
                is_prime[multiple] = False
    return [p for p in range(1000) if is_prime[p]], is_prime


@same_as_python
def test_a_table_of_longest_common_parts():
    one, other = [k * 7 % 5 for k in range(60)], [k * 3 % 5 for k in range(50)]
    table = [[0] * 51 for _ in range(61)]
    for i in range(1, 61):
        for j in range(1, 51):
            if one[i - 1] == other[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table


@same_as_python
def test_sorting_in_place_gives_the_list_itself():
    xs = [k * 7919 % 211 for k in range(200)]
    ys = [0.5 * x for x in xs]
    return bubble(xs) is xs, xs, bubble(ys), ys


@same_as_python
def test_two_names_of_one_list_are_one_list():
    xs = list(range(100))
    ys = xs
    shift(xs, ys, 99)
    zs = list(range(100))
    shift(zs, list(zs), 99)
    return xs, ys is xs, zs


@same_as_python
def test_rows_that_are_one_list():
    rows = [[0] * 10] * 5 + [[1] * 10]
    for i in range(6):
        for j in range(10):
            rows[i][j] += i + j
    return rows, rows[0] is rows[4]


@same_as_python
def test_an_exception_leaves_the_items_that_came_before_it():
    answers = []
    for last in (50, 130):
        xs = [1] * 100
        try:
            fill(xs, 30, last)
        except IndexError as error:
            answers.append(str(error))
        answers.append(xs)
    return answers


@same_as_python
def test_items_that_outgrow_64_bits():
    xs = [1] * 90
    fill(xs, 1, 90)
    ys = [2**62] * 70
    for k in range(70):
        ys[k] += 2**62
    return xs, ys


@same_as_python
def test_a_list_that_changes_its_type():
    xs = list(range(100))
    halve(xs)
    ys = [0.5] * 100
    for k in range(100):
        ys[k] = k
    zs = [0] * 100
    for k in range(100):
        zs[k] = k > 50
    return xs, ys, zs


@same_as_python
def test_assigned_nans_are_objects_of_their_own():
    nan = math.nan
    xs = [0.5] * 80
    for k in range(80):
        xs[k] = nan
    ys = [float(k) for k in range(80)]
    ys[3] = float("nan")
    kept = ys[3]
    for k in range(70, 80):
        for _ in range(9):
            ys[k] = ys[3] - 1.0
    return xs.count(nan), ys.count(kept), ys.index(kept), xs[0] is nan


@same_as_python
def test_negative_and_odd_indexes():
    xs = [0] * 70
    for k in range(1, 71):
        xs[-k] = k
        xs[k > 35] += 1
    answers = [xs]
    try:
        for k in range(100):
            xs[-k - 1] = -k
    except IndexError as error:
        answers.append((str(error), k))
    return answers


@same_as_python
def test_a_function_that_changes_the_item_while_it_is_changed():
    xs = list(range(10))
    return bump_many(xs, 500), xs


@same_as_python
def test_reading_a_list_while_it_changes():
    xs = list(range(100))
    total = 0
    for x in xs:
        xs[(x * 7 + 1) % 100] = x % 50
        total += x
    ys = [1.0] * 100
    for k, y in enumerate(ys):
        ys[-1 - k] = y * 1.5 + k
    return xs, total, ys, y


@same_as_python
def test_lists_of_objects():
    counter = Counter(10)
    counter.count(range(1000))
    for number in range(500):
        counter.counts[number % 3] -= 1
    return counter.counts


@same_as_python
def test_lists_from_outside_beside_ones_own():
    sums = [0.0] * len(BODIES)
    for turn in range(100):
        for k in range(len(BODIES)):
            sums[k] += BODIES[k][4] * turn
    return sums


@same_as_python
def test_loops_that_bind_lists_give_the_lists():
    rows = [[k, 2 * k, 3 * k] for k in range(100)]
    total = 0
    for row in rows:
        for x in row:
            total += x
    return row is rows[-1], total, x


@same_as_python
def test_a_while_loop_that_binds_nothing():
    state = [0, 1000]
    while state[0] < state[1]:
        state[0] += 3
    return state


SIZE = 30


def table(rule):
    return [[rule(i, j) for j in range(SIZE)] for i in range(SIZE)]


@same_as_python
def test_products_of_matrices():
    a = [[(i * j % 10) / 10.0 for j in range(SIZE)] for i in range(SIZE)]
    b = [[(i + j) % 10 / 7.0 for j in range(SIZE)] for i in range(SIZE)]
    by_rows = [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]
    by_index = [[sum(a[i][k] * b[k][j] for k in range(SIZE)) for j in range(SIZE)] for i in range(SIZE)]
    return by_rows, by_index, [sum(row) for row in by_rows]


@same_as_python
def test_tables_of_ints_floats_and_bools():
    return [
        table(lambda i, j: i * j),
        table(lambda i, j: i / (j + 1)),
        table(lambda i, j: i < j),
        [[i * 10**17 * j for j in range(i)] for i in range(40)],
        [[] for i in range(40)],
        [[j for j in range(0)] for i in range(400)],
        [[j for j in range(i) if j % 3 == 0] for i in range(40) if i % 4],
        [[(i, j / 2) for j in range(3)] for i in range(40)],
        [[j for k in range(3) for j in range(k + i % 2)] for i in range(40)],
    ]


@same_as_python
def test_a_row_that_raises():
    answers = []
    for limit in (20, 1000):
        try:
            answers.append([[1 // (limit - i - j) for j in range(30)] for i in range(100)])
        except ZeroDivisionError as error:
            answers.append(str(error))
    return answers


@same_as_python
def test_columns():
    rows = [[i * 7 % 13, i, i * i, -i] for i in range(50)] + [[1, 2, 3]]
    flat = [max(col) + col[0] * col[-1] + len(col) for col in zip(*rows)]
    return flat, [sum(a * b for a, b in zip(one, rows[0])) for one in rows], [[len(row)] for row in rows], sum(len(row) for row in rows)


@same_as_python
def test_columns_that_all_elements_go_through():
    rows = [[(i * 7 + j) % 13 / 4.0 for j in range(6)] for i in range(9)] + [[1.0, 2.0, 3.5]]
    whole = [[i * j for j in range(5)] for i in range(4)]
    flags = [[(i + j) % 3 == 0 for j in range(5)] for i in range(4)]
    none, empty = [], [[], []]
    answers = [
        [[sum(x * i for x in column) for column in zip(*rows)] for i in range(40)],
        [[column[0] + column[-1] * i + len(column) for column in zip(*whole)] for i in range(40)],
        [sum(max(column) * i for column in zip(*whole)) + len(whole) + whole[i % 4][2] for i in range(40)],
        [[sum(column) + i for column in zip(*flags)] for i in range(40)],
        [[sum(column) + i for column in zip(*none)] for i in range(40)],
        [[sum(column) + i for column in zip(*empty)] for i in range(40)],
        [[sum(column) for column in zip(*whole)] for whole in [whole, whole[:2]] * 20],
        [[column for column in zip(*whole)] for i in range(40)],
    ]
    whole[1][1] = -100
    answers.append([[sum(column) + i for column in zip(*whole)] for i in range(40)])
    try:
        answers.append([[sum(column) + i for column in zip(*rows, strict=True)] for i in range(40)])
    except ValueError as error:
        answers.append(type(error).__name__)
    return answers


class Body:
    def __init__(self, x, y, u, v, mass):
        self.x, self.y, self.u, self.v, self.mass = x, y, u, v, mass
        self.name = f"body of {mass}"
        self.is_free = True

    def energy(self):
        return 0.5 * self.mass * (self.u**2 + self.v**2)


def move(bodies, step, turns):
    for _ in range(turns):
        for a in bodies:
            for b in bodies:
                if a is not b:
                    dx = a.x - b.x
                    dy = a.y - b.y
                    distance = dx * dx + dy * dy
                    pull = step * b.mass / (distance * math.sqrt(distance))
                    a.u -= dx * pull
                    a.v -= dy * pull
        for body in bodies:
            body.x += step * body.u
            body.y += step * body.v
            body.is_free = body.x * body.x > 1.0


class Walk:
    def __init__(self, seed):
        self.state = seed
        self.steps = 0

    def go(self, turns):
        for _ in range(turns):
            self.state = (self.state * 1103515245 + 12345) % 2**31
            self.steps += 1
        return self

    @property
    def place(self):
        return self.state % 10

    def jump(self, turns):
        for _ in range(turns):
            self.state += self.place
            self.steps += 1


class Watched:
    def __init__(self):
        self.x = 0

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value + 1)


def held(walk):
    return walk.state, walk.steps, getattr(walk, "new", None)


def told(body):
    return body.x, body.y, body.u, body.v, body.mass, body.name, body.is_free


@same_as_python
def test_bodies_that_are_objects_move():
    bodies = [Body(*body) for body in BODIES]
    move(bodies, 0.01, 200)
    return [told(body) for body in bodies], sum(body.energy() for body in bodies)


@same_as_python
def test_objects_that_a_called_function_moves():
    bodies = [Body(*body) for body in BODIES]
    for _ in range(300):
        move(bodies, 0.01, 1)
    return [told(body) for body in bodies]


@same_as_python
def test_a_method_that_changes_its_object():
    walk = Walk(5)
    found = walk.go(1000) is walk, held(walk)
    walk.jump(100)
    return found, held(walk), walk.place


@same_as_python
def test_attributes_that_outgrow_their_type():
    answers = []
    for value in (2**62, 1, 0.5):
        walk = Walk(value)
        for _ in range(100):
            walk.steps += walk.state
            walk.steps += len("ab")
        answers.append(held(walk))
        for k in range(100):
            walk.state = k / 2
        answers.append(held(walk))
        for k in range(100):
            walk.new = k
        answers.append(held(walk))
    return answers


@same_as_python
def test_objects_in_loops_that_stand_alone():
    one, other = Walk(1), Walk(2)
    same = one
    for k in range(300):
        one.steps += k
        same.state += one.steps
        last = other
        last.state -= one.state % 7
    watched = Watched()
    for k in range(100):
        watched.x = watched.x + k
    return held(one), held(other), last is other, watched.x


@same_as_python
def test_objects_and_lists_together():
    walks = [Walk(k) for k in range(10)]
    places = [0] * 10
    for turn in range(100):
        for k, walk in enumerate(walks):
            walk.state = (walk.state * 5 + turn) % 97
            places[walk.state % 10] += 1
            walk.steps += places[k]
    try:
        for turn in range(100):
            for walk in walks:
                walk.steps -= 100 // (70 - turn)
    except ZeroDivisionError as error:
        places.append(str(error))
    return [held(walk) for walk in walks], places
