"""Ints that wrap around at 2**64: generators, hashes and what stands around them."""

import functools

from tests.parity.same import purely_numeric, same_as_python

MASK = 0xFFFFFFFFFFFFFFFF
MODULUS = 2**64
GOLDEN = 0x9E3779B97F4A7C15
EDGES = [0, 1, 2**31, 2**32 - 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1]
SIGNED = [-(2**63), -1, 0, 1, 2**53 + 1, 2**63 - 1]


def knuth(state):
    return (state * 6364136223846793005 + 1442695040888963407) & MASK


def splitmix(state):
    z = (state + GOLDEN) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def xorshift(x, turns):
    for _ in range(turns):
        x ^= (x << 13) & MASK
        x ^= x >> 7
        x ^= (x << 17) & MASK
    return x


def rotate(x, r):
    return ((x << r) | (x >> (64 - r))) & ((1 << 64) - 1)


def fnv(number):
    h = 0xCBF29CE484222325
    for at in range(8):
        h ^= (number >> 8 * at) & 0xFF
        h *= 0x100000001B3
        h &= MASK
    return h


def throw(seed):
    state = seed
    hits = 0
    for _ in range(20):
        state = knuth(state)
        x = (state >> 32) / 4294967296.0
        state = knuth(state)
        y = (state >> 32) / 4294967296.0
        if x * x + y * y < 1.0:
            hits += 1
    return hits


@purely_numeric
def test_darts():
    return sum(throw(seed) for seed in range(100))


@purely_numeric
def test_splitmix():
    return [splitmix(state) for state in range(150)]


@purely_numeric
def test_the_least_and_the_largest_and_the_sum():
    hashes = max(splitmix(state) for state in range(150)), min(splitmix(state) for state in range(150))
    return hashes, sum(splitmix(state) for state in range(150)), [sum(splitmix(i) >> 20 for i in range(n)) for n in range(9)]


@purely_numeric
def test_xorshift():
    return [xorshift(seed + 1, 30) for seed in range(100)]


@purely_numeric
def test_xorshift_star_of_a_seed_from_outside():
    seed = 0x2545F4914F6CDD1D << 1
    return [(xorshift(seed ^ i, 3) * 2685821657736338717) % MODULUS for i in range(100)]


@purely_numeric
def test_pcg():
    def draw(seed):
        state, total = (seed + 1442695040888963407) % 2**64, 0
        for _ in range(10):
            old = state
            state = (old * 6364136223846793005 + 1442695040888963407) % 2**64
            shifted = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
            turn = old >> 59
            total += (shifted >> turn) | ((shifted << (-turn & 31)) & 0xFFFFFFFF)
        return total

    return [draw(seed) for seed in range(60)]


@purely_numeric
def test_fnv():
    return [fnv(number * 123456789) for number in range(-20, 100)]


@purely_numeric
def test_rotations():
    return [[rotate(splitmix(x), r) for r in range(1, 64)] for x in range(5)], [rotate(GOLDEN, r) for r in (0, 64)]


@purely_numeric
def test_xoshiro_in_a_tuple():
    def draw(seed):
        a, b, c, d = splitmix(seed), splitmix(seed + 1), splitmix(seed + 2), splitmix(seed + 3)
        for _ in range(12):
            result = (rotate((b * 5) & MASK, 7) * 9) & MASK
            t = (b << 17) & MASK
            c ^= a
            d ^= b
            b ^= c
            a ^= d
            c ^= t
            d = rotate(d, 45)
        return result, a >> 11, (a >> 11) * 2.0**-53, d

    return [draw(seed) for seed in range(40)]


@purely_numeric
def test_crc_64():
    def table(byte):
        h = byte
        for _ in range(8):
            h = (h >> 1) ^ 0xC96C5795D7870F42 if h & 1 else h >> 1
        return h

    return [table(byte) for byte in range(256)]


@purely_numeric
def test_as_if_with_a_sign():
    def signed(x):
        return x - 2**64 if x >= 2**63 else x

    return [signed(splitmix(n)) for n in range(50)]


@purely_numeric
def test_floats_from_words():
    return [(splitmix(n) * 1.0, splitmix(n) / 2**64, float(splitmix(n)), splitmix(n) / 18446744073709551616.0) for n in range(200)]


@purely_numeric
def test_rounding_to_floats_at_halves():
    return [[float((2**bits + part) & MASK) for part in range(9)] for bits in (53, 54, 55, 62, 63)] + [[float(edge) for edge in EDGES]]


@purely_numeric
def test_division_and_remainder():
    return [(splitmix(n) // 10, splitmix(n) % 1000003, divmod(splitmix(n), n + 1), splitmix(n) // 2**63) for n in range(80)]


@same_as_python
def test_division_by_zero():
    return [splitmix(n) // (n - 5) for n in range(9)]


@purely_numeric
def test_edges():
    def near(x):
        return (
            (x + 1) & MASK,
            (x - 1) & MASK,
            -x & MASK,
            ~x & MASK,
            (x * x) & MASK,
            (x << 63) & MASK,
            (x << 64) & MASK,
            x >> 0,
            x >> 63,
            x >> 64,
        )

    return [near(x) for x in EDGES], [near(x) for x in SIGNED]


@purely_numeric
def test_comparisons():
    tests = [(x < n, x <= n, x == n, x != n, x > n, x >= n, n < x, n == x, n > x) for x in EDGES for n in SIGNED]
    return tests, [(x < y, x == y, x >= y, min(x, y), max(x, y)) for x in EDGES for y in EDGES], [bool(x) for x in EDGES]


@same_as_python
def test_comparisons_with_floats():
    return [(x < y, x == y, x > y) for x in EDGES for y in (0.0, -1.0, 2.0**53, 2.0**63, 2.0**64, 1e300, float("inf"), float("nan"))]


@same_as_python
def test_negative_seeds():
    return [xorshift(seed, 2) for seed in (-3, -1, 0, 5)], [throw(seed) for seed in range(-20, 20)]


@same_as_python
def test_results_that_leave_64_bits():
    return [(x + x, x - 2**63, x * 3, x << 1, -x, ~x) for x in EDGES]


@same_as_python
def test_an_int_that_is_negative_before():
    def largest(count):
        best = -1
        for n in range(count):
            h = splitmix(n)
            if h > best:
                best = h
        return best

    return [largest(count) for count in range(12)]


@same_as_python
def test_one_is_a_float_sometimes():
    def mixed(n):
        x = n
        for _ in range(3):
            x = knuth(int(x)) >> n if n % 3 else x * 0.5
        return x

    return [mixed(n) for n in range(40)]


@purely_numeric
def test_a_recursive_hash():
    def mix(n):
        if n == 0:
            return 7
        return (mix(n - 1) * 31 + n) & MASK

    return [mix(n) for n in range(60)]


@same_as_python
def test_a_loop_that_stands_alone():
    state, draws, low = 42, 0, 2**64
    for _ in range(500):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        draws += state >> 63
        low = min(low, state)
    while state > 2**40:
        state = (state ^ (state >> 12)) >> 1
    return state, draws, low


@same_as_python
def test_a_loop_that_goes_on_from_a_large_state():
    state, states = 2**63 + 12345, []
    for turn in range(4):
        for _ in range(100):
            state ^= (state << 13) & MASK
            state ^= state >> 7
            state ^= (state << 17) & MASK
        states.append(state + turn)
    return states


@same_as_python
def test_lists_of_words():
    hashes = [splitmix(n) for n in range(100)]
    again = [h ^ (h >> 5) for h in hashes]
    pairs = [(h, n) for n, h in enumerate(hashes)]
    return sum(h & 1 for h in hashes), again, [h % 10 + n for h, n in pairs], sorted(hashes)[:3], hashes[7], max(again)


@same_as_python
def test_long_lists_of_words():
    hashes = [splitmix(n) for n in range(1500)]
    halves = [h >> 1 for h in hashes if h >= 2**63]
    pairs = [(h, h & 1) for h in hashes]
    small = [h & MASK >> n % 3 for n, h in enumerate(hashes[:1200])]
    return hashes, sum(halves), pairs[1000], max(pairs), sum(a ^ b for a, b in zip(hashes, small)), small, sorted(hashes)[:5]


@same_as_python
def test_a_long_list_of_words_that_all_are_small():
    def cut(x):
        return (x * 7) & MASK

    return [cut(x) for x in range(1200)], [(cut(x), 0.5) for x in range(1200)]


@same_as_python
def test_a_list_whose_items_are_assigned():
    def fill(seed, count):
        table = [2**63] * count
        table[0] = seed
        for at in range(1, count):
            table[at] = (table[at - 1] * 6364136223846793005 + at) & MASK
        return table

    return fill(5, 40), fill(2**64 - 1, 3)


@same_as_python
def test_a_list_of_small_ints_gets_large_ones():
    def fill(count):
        table = [0] * count
        for at in range(count):
            table[at] = splitmix(at)
        return table

    return fill(30)


class Generator:
    def __init__(self, seed):
        self.state = seed
        self.mask = MASK

    def draw(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & self.mask
        return self.state >> 33


@same_as_python
def test_an_object_that_holds_the_state():
    generator = Generator(2**63 + 1)
    drawn = [generator.draw() for _ in range(20)]
    total = 0
    for _ in range(50):
        total += generator.draw()
    return drawn, total, generator.state


@purely_numeric
def test_names_of_masks():
    mask, high, modulus = (1 << 64) - 1, 1 << 63, 1 << 64
    return [((n * GOLDEN) & mask, (n * GOLDEN) & high, (n * GOLDEN) % modulus, mask & (n * GOLDEN + 1)) for n in range(50)]


@purely_numeric
def test_masks_that_are_arguments():
    def cut(number, mask):
        return (number * GOLDEN) & mask

    return [cut(number, mask) for number in range(-9, 9) for mask in (MASK, MASK >> 1, 2**63, GOLDEN, 255, 0)]


@same_as_python
def test_masks_that_may_be_negative():
    return [(number * 3 + 1) & mask for number in range(-9, 9) for mask in (-1, -8, 255)], [x & mask for x in EDGES for mask in SIGNED]


@same_as_python
def test_shifts_by_counts_that_vary():
    return [(x << count) & MASK for x in EDGES for count in (0, 1, 63, 64, 200)], [
        x >> count for x in EDGES for count in (0, 1, 63, 64, 200)
    ]


@same_as_python
def test_a_negative_shift():
    return [(n << (5 - n)) & MASK for n in range(10)]


@same_as_python
def test_an_int_beyond_64_bits_that_is_no_mask():
    huge = 10**20 + 7
    return [(n * huge) & MASK for n in range(9)], [n % huge for n in range(-3, 3)]


@same_as_python
def test_reduced_beyond_64_bits():
    return functools.reduce(lambda a, b: (a * GOLDEN + b) % 2**128, range(20))
